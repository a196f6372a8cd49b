import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { DriveServer } from '../../../../e2e/servers/drive/drive-server.ts';
import { describeBackend, named } from '../../testing/backend-suite.ts';
import { driveBackend } from '../../testing/drive-means.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';

const servers: DriveServer[] = [];

async function startServer(
  options?: Parameters<typeof DriveServer.start>[0],
): Promise<DriveServer> {
  const server = await DriveServer.start(options);
  servers.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

describeBackend(
  'the Drive backend',
  async () => driveBackend(await startServer()).backend,
  async () => {
    const server = await startServer({ seed: 3 });
    return {
      backend: driveBackend(server).backend,
      breakUp: (isBad) => {
        Object.assign(server.faults, {
          cutUploads: isBad ? 0.5 : 0,
          cutDownloads: isBad ? 0.5 : 0,
        });
      },
    };
  },
);

describe('creates that are repeated', () => {
  it('make one file each, whatever is lost on the way', async () => {
    const server = await startServer({ seed: 7 });
    const { backend } = driveBackend(server);
    await backend.prepare();
    Object.assign(server.faults, { loseAnswers: 0.4, cutUploads: 0.2, unavailable: 0.1 });
    const contents = Array.from({ length: 30 }, (_, i) =>
      randomBytes(i % 5 === 0 ? 6_000_000 : 2000),
    );
    for (const bytes of contents) await backend.write(named('pack', bytes), bytes);
    Object.assign(server.faults, { loseAnswers: 0, cutUploads: 0, unavailable: 0 });
    expect(server.store.duplicates()).toEqual([]);
    for (const bytes of contents) {
      expect((await backend.read(named('pack', bytes))).equals(bytes)).toBe(true);
    }
    const packs = server.store.all().filter(({ name }) => /^[0-9a-f]{64}$/u.test(name));
    expect(packs).toHaveLength(30);
  });

  it('are found again by a later process, and an upload goes on where it was cut', async () => {
    const server = await startServer();
    const indexPath = join(temporaryFolder(), 'index.jsonl');
    const first = driveBackend(server, { indexPath });
    await first.backend.prepare();
    const bytes = randomBytes(20_000_000);
    const stop = new AbortController();
    server.faults.bytesPerSecond = 20_000_000;
    const writing = first.backend.write(named('pack', bytes), bytes, stop.signal);
    setTimeout(() => stop.abort(new Error('stop')), 500);
    await expect(writing).rejects.toThrow('stop');
    server.faults.bytesPerSecond = null;

    const second = driveBackend(server, { indexPath });
    const before = server.calls.get('start') ?? 0;
    await second.backend.write(named('pack', bytes), bytes);
    expect(server.calls.get('start')).toBe(before);
    expect(server.store.duplicates()).toEqual([]);
    expect((await second.backend.read(named('pack', bytes))).equals(bytes)).toBe(true);
  });
});
