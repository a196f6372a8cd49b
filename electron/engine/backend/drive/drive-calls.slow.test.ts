/** How many calls things cost: whoever is asked for little is not slowed down. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { DriveServer } from '../../../../e2e/servers/drive/drive-server.ts';
import { runBackup } from '../../backup/archiver.ts';
import { openFileSystem } from '../../native/open-file-system.ts';
import { Repository } from '../../repository/repository.ts';
import { driveBackend } from '../../testing/drive-means.ts';
import { InstantClock } from '../../testing/instant-clock.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { TestJob } from '../../testing/test-ports.ts';
import { fastSlot, testSecret } from '../../testing/test-repository.ts';
import type { Backend } from '../backend.ts';
import { CachedBackend } from '../cached-backend.ts';

const PACKS = process.env['HOLDFAST_FULL_TESTS'] === '1' ? 10_000 : 1000;

const servers: DriveServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

/** As it is, but with packs of one file each. */
function withTinyPacks(backend: Backend): Backend {
  return new Proxy(backend, {
    get: (target, name) => {
      if (name !== 'traits') {
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      }
      return async () => ({ ...(await target.traits?.()), packSizeBytes: 2000 });
    },
  });
}

it(`a run that finds nothing new in ${PACKS} packs needs at most 10 calls`, async () => {
  const clock = new InstantClock();
  const server = await DriveServer.start({ nowMs: () => clock.monotonicMs() });
  servers.push(server);
  const folder = temporaryFolder();
  const source = join(folder, 'source');
  for (let i = 0; i < PACKS; i++) {
    const into = join(source, `folder ${i % 100}`);
    mkdirSync(into, { recursive: true });
    writeFileSync(join(into, `file ${i}`), randomBytes(2100));
  }
  const quiet = (): void => undefined;
  const ports = {
    clock,
    log: { debug: quiet, info: quiet, warn: quiet },
    identity: { hostname: 'test-host', username: 'test', uid: 1000, gid: 1000, pid: process.pid },
    programVersion: 'holdfast 0.0.0-test',
  };
  const refreshToken = server.accounts.signedIn();
  /** A process of its own each time: what it knows is on the disk. */
  const open = (): Backend => {
    const { backend } = driveBackend(server, {
      clock,
      refreshToken,
      indexPath: join(folder, 'index.jsonl'),
    });
    return withTinyPacks(new CachedBackend(backend, join(folder, 'cache')));
  };
  const backUp = async (repository: Repository): Promise<number> => {
    const request = { sources: [source], excludes: [], excludedPlaces: [] };
    const means = { ports, fileSystem: await openFileSystem(ports.log) };
    return (await runBackup(repository, request, means, new TestJob())).filesNew;
  };
  const repository = await Repository.create(open(), ports, {
    secret: testSecret,
    slot: fastSlot,
  });
  expect(await backUp(repository)).toBe(PACKS);
  expect(server.store.all().length).toBeGreaterThan(PACKS);

  const before = server.totalCalls;
  const again = await Repository.open(open(), ports, { kind: 'secret', secret: testSecret });
  expect(await backUp(again)).toBe(0);
  expect(server.totalCalls - before).toBeLessThanOrEqual(10);
});

it('one call in ten that is refused costs no more than one in five', async () => {
  const needed = await callsOf(0);
  const made = await callsOf(0.1);
  expect(made / needed).toBeLessThanOrEqual(1.2);
});

async function callsOf(rateLimited: number): Promise<number> {
  const clock = new InstantClock();
  const server = await DriveServer.start({ seed: 5, nowMs: () => clock.monotonicMs() });
  servers.push(server);
  const { backend } = driveBackend(server, { clock });
  await backend.prepare();
  server.faults.rateLimited = rateLimited;
  const before = server.totalCalls;
  for (let i = 0; i < 300; i++) {
    const bytes = Buffer.alloc(i % 10 === 0 ? 6_000_000 : 1000, i);
    bytes.writeUInt32LE(i, 0);
    const name = createHash('sha256').update(bytes).digest('hex');
    await backend.write({ kind: 'index', name }, bytes);
    await backend.read({ kind: 'index', name }, { offset: 0, length: 100 });
  }
  return server.totalCalls - before;
}
