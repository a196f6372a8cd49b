/** Uploads and creates over a bad line. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { named } from '../../testing/backend-suite.ts';
import { driveBackend } from '../../testing/drive-means.ts';
import { driveServers } from '../../testing/drive-servers.ts';

const MIB = 1024 * 1024;
const startServer = driveServers();

describe('an upload', () => {
  it('goes on however often the line is cut, in one session', async () => {
    const server = await startServer();
    const { backend } = driveBackend(server);
    await backend.prepare();
    const pack = randomBytes(16 * MIB);
    server.faults.cutUploadsAfterBytes = 2 * MIB;
    await backend.write(named('pack', pack), pack);
    expect(server.cutUploads).toBeGreaterThanOrEqual(6);
    expect(server.calls.get('start')).toBe(1);
    // Each time it went on from the byte that Google has told.
    expect(server.disagreements).toBe(0);
    expect((await backend.read(named('pack', pack))).equals(pack)).toBe(true);
  });
});

describe('a create that Google says was made already', () => {
  it('is taken for our own, when it is: a small file, and the folder for it', async () => {
    const server = await startServer();
    const { backend, client } = driveBackend(server);
    await backend.prepare();
    const [root] = await client.foldersNamed('root', 'Holdfast');
    const [id = '', other = ''] = await client.newIds(2);
    const folder = { id, name: 'x', parent: root?.id ?? '' };
    const made = await client.createFolder(folder, false);
    expect(await client.createFolder(folder, false)).toEqual(made);
    const file = { id: other, name: 'y', parent: root?.id ?? '' };
    const bytes = randomBytes(10);
    const stored = await client.uploads.createSmall(file, bytes, false);
    expect(await client.uploads.createSmall(file, bytes, false)).toEqual(stored);
    expect(server.store.duplicates()).toEqual([]);
  });

  it('is not ours when it cannot be seen', async () => {
    const server = await startServer();
    const { client } = driveBackend(server);
    const [id = ''] = await client.newIds(1);
    server.store.create({
      id,
      name: 'of another app',
      mimeType: 'text/plain',
      parents: [server.store.rootId],
      content: Buffer.from('x'),
      clientId: 'another client',
    });
    const file = { id, name: 'z', parent: 'root' };
    expect(await client.uploads.createSmall(file, randomBytes(3), false)).toBeNull();
    expect(await client.createFolder(file, false)).toBeNull();
  });
});
