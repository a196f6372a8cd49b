import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DriveServer } from '../../../e2e/servers/drive/drive-server.ts';
import { describeBackend, named } from '../testing/backend-suite.ts';
import { driveBackend } from '../testing/drive-means.ts';
import { FaultyBackend } from '../testing/faulty-backend.ts';
import { MemoryBackend } from '../testing/memory-backend.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { CachedBackend } from './cached-backend.ts';

describeBackend('the cache', async () => new CachedBackend(new MemoryBackend(), temporaryFolder()));

async function cached() {
  const memory = new MemoryBackend();
  const inner = new FaultyBackend(memory);
  const folder = temporaryFolder();
  return { memory, inner, folder, backend: new CachedBackend(inner, folder) };
}

const unreachable = {
  operation: 'read',
  effect: { kind: 'fail', code: 'backend/unavailable' },
} as const;

describe('copies on this computer', () => {
  it('serve what never changes without asking the storage', async () => {
    const { inner, backend } = await cached();
    const bytes = randomBytes(5000);
    const trees = { ...named('pack', bytes), holds: 'trees' } as const;
    await backend.write(named('index', bytes), bytes);
    await backend.write(trees, bytes);
    inner.add(unreachable);
    expect(await backend.read(named('index', bytes))).toEqual(bytes);
    expect(await backend.read(trees, { offset: 7, length: 9 })).toEqual(bytes.subarray(7, 16));
    await expect(backend.read(named('pack', bytes))).rejects.toMatchObject({
      code: 'backend/unavailable',
    });
  });

  it('hold no data and no locks', async () => {
    const { folder, backend } = await cached();
    const bytes = randomBytes(100);
    await backend.write({ ...named('pack', bytes), holds: 'data' }, bytes);
    await backend.write(named('lock', bytes), bytes);
    await backend.read(named('pack', bytes));
    expect(readdirSync(folder)).toEqual([]);
  });

  it('are made anew when they were altered, cut off or deleted', async () => {
    const { folder, backend } = await cached();
    const bytes = randomBytes(100);
    const file = named('snapshot', bytes);
    await backend.write(file, bytes);
    const path = join(folder, 'snapshots', file.name);
    for (const spoil of [
      () => writeFileSync(path, randomBytes(100)),
      () => writeFileSync(path, bytes.subarray(0, 50)),
      () => rmSync(path),
    ]) {
      spoil();
      expect(await backend.read(file)).toEqual(bytes);
      expect(readFileSync(path)).toEqual(bytes);
    }
  });

  it('go when they are not trusted any more, and with the file', async () => {
    const { folder, backend, inner } = await cached();
    const bytes = randomBytes(100);
    const file = named('snapshot', bytes);
    await backend.write(file, bytes);
    await backend.distrust(file);
    expect(readdirSync(join(folder, 'snapshots'))).toEqual([]);
    expect(await backend.read(file)).toEqual(bytes);
    await backend.delete(file);
    inner.heal();
    await expect(backend.read(file)).rejects.toMatchObject({ code: 'backend/not-found' });
  });
});

describe('packs on their way', () => {
  let server: DriveServer;
  beforeAll(async () => {
    server = await DriveServer.start();
  });
  afterAll(async () => {
    await server.stop();
  });

  const stagedIn = async (folder: string) => {
    const { backend: inner } = driveBackend(server);
    await inner.prepare();
    return { inner, backend: new CachedBackend(inner, folder) };
  };

  it('need no memory: what is sent is what was given, whatever becomes of it there', async () => {
    const { inner, backend } = await stagedIn(temporaryFolder());
    for (const sizeBytes of [1000, 6_000_000]) {
      const bytes = randomBytes(sizeBytes);
      const given = Buffer.from(bytes);
      const file = { ...named('pack', bytes), holds: 'data' } as const;
      const staged = await backend.stage(file, given);
      given.fill(0);
      await staged?.write();
      expect((await inner.read(file)).equals(bytes)).toBe(true);
    }
  });

  it('arrive although the folder was emptied meanwhile', async () => {
    const folder = temporaryFolder();
    const { inner, backend } = await stagedIn(folder);
    const bytes = randomBytes(6_000_000);
    const file = { ...named('pack', bytes), holds: 'trees' } as const;
    const staged = await backend.stage(file, bytes);
    rmSync(folder, { recursive: true });
    await staged?.write();
    expect((await inner.read(file)).equals(bytes)).toBe(true);
    expect((await backend.read(file)).equals(bytes)).toBe(true);
  });

  it('are not said to be stored when the disk gave back something else', async () => {
    const folder = temporaryFolder();
    const { inner, backend } = await stagedIn(folder);
    const bytes = randomBytes(6_000_000);
    const file = { ...named('pack', bytes), holds: 'data' } as const;
    const staged = await backend.stage(file, bytes);
    writeFileSync(join(folder, 'sending', file.name), randomBytes(6_000_000));
    await expect(staged?.write()).rejects.toMatchObject({ code: 'backend/corrupt-transfer' });
    expect(await inner.stat(file)).toBeNull();
  });

  it('are sent from memory where there is no room for them', async () => {
    const folder = join(temporaryFolder(), 'a file');
    writeFileSync(folder, '');
    const { inner, backend } = await stagedIn(folder);
    const bytes = randomBytes(1000);
    const file = { ...named('pack', bytes), holds: 'data' } as const;
    expect(await backend.stage(file, bytes)).toBeNull();
    await backend.write(file, bytes);
    expect((await inner.read(file)).equals(bytes)).toBe(true);
  });
});
