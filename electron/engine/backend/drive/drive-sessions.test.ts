/** Several sessions and several processes on one Drive folder, with one memory of it on the disk: none may spoil what another has made. */
import { randomBytes } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DriveServer } from '../../../../e2e/servers/drive/drive-server.ts';
import { named } from '../../testing/backend-suite.ts';
import { driveBackend, googleCredentials } from '../../testing/drive-means.ts';
import { driveServers, namesOf } from '../../testing/drive-servers.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { testPorts } from '../../testing/test-ports.ts';
import { Storages } from '../storages.ts';
import { DriveIndex } from './drive-index.ts';
import { DriveIntents } from './drive-intents.ts';

const CONFIG = { kind: 'config', name: '' } as const;
const startServer = driveServers();

/** A repository's folder that an earlier process has made, and two later ones that know of it. */
async function twoProcesses(first: Buffer = randomBytes(1000)) {
  const server = await startServer();
  const indexPath = join(temporaryFolder(), 'drive-index.jsonl');
  const earlier = driveBackend(server, { indexPath }).backend;
  await earlier.prepare();
  await earlier.write(CONFIG, randomBytes(100));
  await earlier.write(named('pack', first), first);
  const one = driveBackend(server, { indexPath }).backend;
  const two = driveBackend(server, { indexPath }).backend;
  await one.stat(CONFIG);
  await two.stat(CONFIG);
  return { server, indexPath, one, two, prefix: named('pack', first).name.slice(0, 2) };
}

function isStored(server: DriveServer, { name }: { readonly name: string }): boolean {
  return server.store.all().some((item) => item.name === name && !server.store.isTrashed(item));
}

/** A pack for a folder that is there. */
function packIn(prefix: string, bytes: number): Buffer {
  const pack = randomBytes(bytes);
  for (let i = 0; !named('pack', pack).name.startsWith(prefix); i++) pack.writeUInt32LE(i, 0);
  return pack;
}

describe('two processes', () => {
  it('never take what the other has made for their own: neither a large pack nor a small one', async () => {
    const { server, one, two } = await twoProcesses();
    const key = randomBytes(400);
    await two.write(named('key', key), key);
    for (const bytes of [5_300_000, 2000]) {
      const pack = randomBytes(bytes);
      await one.write(named('pack', pack), pack);
      expect(isStored(server, named('pack', pack))).toBe(true);
      expect(isStored(server, named('key', key))).toBe(true);
    }
    expect(server.calls.get('delete') ?? 0).toBe(0);
  });

  it('drop a noted create whose id somebody else has used, and leave theirs alone', async () => {
    const { server, indexPath, one, prefix } = await twoProcesses();
    const lock = randomBytes(50);
    await one.write(named('lock', lock), lock);
    const theirs = server.store.all().find(({ name }) => name === named('lock', lock).name);
    const pack = packIn(prefix, 2000);
    const { name } = named('pack', pack);
    const intents = new DriveIntents(join(indexPath, '..', 'creating'));
    await intents.claim(`data/${prefix}/${name}`, async () => theirs?.id ?? '');
    await one.write(named('pack', pack), pack);
    expect(isStored(server, { name })).toBe(true);
    expect(isStored(server, named('lock', lock))).toBe(true);
    expect(readdirSync(join(indexPath, '..', 'creating'))).toEqual([]);
  });

  it('make one file of what both write at once', async () => {
    const pack = randomBytes(6_000_000);
    const file = named('pack', pack);
    const { server, one, two } = await twoProcesses(packIn(file.name.slice(0, 2), 1000));
    // Long enough that neither has made it before the other one has begun: then there would be two, each of them whole.
    server.faults.latencyMs = 200;
    await Promise.all([one.write(file, pack), two.write(file, pack)]);
    expect(server.store.all().filter(({ name }) => name === file.name)).toHaveLength(1);
    expect((await one.read(file)).equals(pack)).toBe(true);
  });

  it('claim one id for what both create at once', async () => {
    const folder = join(temporaryFolder(), 'creating');
    const [one, two] = [new DriveIntents(folder), new DriveIntents(folder)];
    for (let round = 0; round < 200; round += 1) {
      const path = `data/${round}`;
      const claims = await Promise.all([
        one.claim(path, async () => `one ${round}`),
        two.claim(path, async () => `two ${round}`),
      ]);
      expect(new Set(claims.map(({ id }) => id)).size).toBe(1);
      expect(claims.filter(({ isOld }) => !isOld)).toHaveLength(1);
    }
    // And while one notes how far it is.
    const { id } = await one.claim('data/0', async () => 'never');
    for (let round = 0; round < 200; round += 1) {
      const later = new DriveIntents(folder);
      const [, claimed] = await Promise.all([
        one.noteSession('data/0', { id, session: `session ${round}` }),
        later.claim('data/0', async () => 'another'),
      ]);
      expect(claimed.id).toBe(id);
    }
  });

  it('both see all, whoever has written the memory anew', async () => {
    const { server, indexPath, one, two } = await twoProcesses();
    const write = async (backend: typeof one): Promise<string> => {
      const bytes = randomBytes(30);
      await backend.write(named('index', bytes), bytes);
      return named('index', bytes).name;
    };
    const names = [await write(one), await write(two)];
    // The memory is written anew by the one; the lines of the other would not stand on it.
    await one.listAnew();
    names.push(await write(two), await write(one), await write(two));
    await two.stat(CONFIG);
    const later = driveBackend(server, { indexPath }).backend;
    for (const backend of [one, two, later]) {
      await backend.listAnew();
      expect(await namesOf(backend, 'index')).toEqual(names.toSorted());
    }
  });
});

describe('the sessions of one process', () => {
  it('share one memory of a place', async () => {
    const server = await startServer();
    const { clock, log } = testPorts();
    const storages = new Storages({ clock, log, cacheFolder: temporaryFolder() });
    const place = {
      location: {
        kind: 'gdrive',
        path: 'Holdfast/x',
        folderId: null,
        accountId: '1',
        clientId: 'test-client',
        accountName: 'a',
      },
      credentials: googleCredentials(server),
    } as const;
    const [backend, again] = await Promise.all([storages.open(place), storages.open(place)]);
    expect(again).toBe(backend);
    const other = { ...place.location, path: 'Holdfast/y' };
    expect(await storages.open({ ...place, location: other })).not.toBe(backend);
  });
});

describe('the memory of a Drive', () => {
  const copy = (id: string) => ({ id, sizeBytes: 1, md5: null, sha256: null, createdMs: 0 });
  const listed = { token: '1', listedMs: 5, provisionalSince: null };

  async function stored(path: string): Promise<DriveIndex> {
    const index = await DriveIndex.open(path);
    index.replace({ files: new Map([['config', [copy('c')]]]), folders: new Map() }, listed);
    await index.written();
    return index;
  }

  it('loses no line after one that was cut off', async () => {
    const path = join(temporaryFolder(), 'log');
    const first = await stored(path);
    appendFileSync(path, '{"file":"index/a","co');
    first.addFile('index/b', copy('b'));
    first.setToken('2');
    await first.written();
    const again = await DriveIndex.open(path);
    expect(again.copies('index/b')).toEqual([copy('b')]);
    expect(again.pageToken).toBe('2');
  });

  it('adds no line to a log that somebody else has written anew', async () => {
    const path = join(temporaryFolder(), 'log');
    const first = await stored(path);
    const second = await DriveIndex.open(path);
    second.replace({ files: new Map([['index/x', [copy('x')]]]), folders: new Map() }, listed);
    await second.written();
    first.addFile('index/a', copy('a'));
    first.setToken('7');
    await first.written();
    const again = await DriveIndex.open(path);
    expect(again.pageToken).toBe('1');
    expect(again.copies('index/a')).toEqual([]);
    expect(again.copies('index/x')).toEqual([copy('x')]);
    // What it knows itself is as it was.
    expect(first.copies('index/a')).toEqual([copy('a')]);
  });

  it('lets two add to the same log', async () => {
    const path = join(temporaryFolder(), 'log');
    const first = await stored(path);
    const second = await DriveIndex.open(path);
    first.addFile('index/a', copy('a'));
    await first.written();
    second.addFile('index/b', copy('b'));
    second.setToken('3');
    await second.written();
    const again = await DriveIndex.open(path);
    expect(again.copies('index/a')).toEqual([copy('a')]);
    expect(again.copies('index/b')).toEqual([copy('b')]);
  });

  it('relies on nothing of a log of before', async () => {
    const path = join(temporaryFolder(), 'log');
    writeFileSync(path, `${JSON.stringify({ token: '9', listedMs: 1 })}\n`);
    expect((await DriveIndex.open(path)).pageToken).toBeNull();
  });

  it('stays short, however much comes and goes', async () => {
    const path = join(temporaryFolder(), 'log');
    const index = await stored(path);
    for (let i = 0; i < 3000; i++) {
      index.addFile('index/a', copy(`a${i}`));
      index.remove(`a${i}`, false);
      if (i % 100 === 0) await index.written();
    }
    await index.written();
    expect(readFileSync(path, 'utf8').split('\n').length).toBeLessThan(3500);
    expect((await DriveIndex.open(path)).copies('config')).toEqual([copy('c')]);
  });
});

describe('notes of creates', () => {
  it('are found by a later process, and gone when the create has ended', async () => {
    const folder = join(temporaryFolder(), 'creating');
    const first = new DriveIntents(folder);
    const noted = await first.claim('index/a', async () => 'id-1');
    expect(noted).toEqual({ id: 'id-1', session: null, isOld: false });
    await first.noteSession('index/a', { id: 'id-1', session: 'https://secret' });
    const later = new DriveIntents(folder);
    expect(await later.claim('index/a', async () => 'id-2')).toEqual({
      id: 'id-1',
      session: 'https://secret',
      isOld: true,
    });
    await later.settle('index/a');
    expect(readdirSync(folder)).toEqual([]);
  });
});
