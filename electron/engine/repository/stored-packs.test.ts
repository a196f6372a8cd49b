/** A run that is cut off: what had arrived is not sent again. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../shared/errors.ts';
import { DriveServer } from '../../../e2e/servers/drive/drive-server.ts';
import { CachedBackend } from '../backend/cached-backend.ts';
import { LOCAL_TRAITS, type Backend } from '../backend/backend.ts';
import { runBackup } from '../backup/archiver.ts';
import type { EnginePorts } from '../ports.ts';
import { driveBackend } from '../testing/drive-means.ts';
import {
  createTestRepository,
  openTestRepository,
  testFileSystem,
  testJob,
  testPorts,
} from '../testing/engine-means.ts';
import { InstantClock } from '../testing/instant-clock.ts';
import { LocalBackend } from '../backend/local-backend.ts';
import { resticOracle } from '../testing/restic-oracle.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const servers: DriveServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

/** Small ones, so that little is enough for several. */
function withPacksOf(backend: Backend, packSizeBytes: number): Backend {
  return new Proxy(backend, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (name !== 'traits') return typeof value === 'function' ? value.bind(target) : value;
      return async () => ({ ...((await target.traits?.()) ?? LOCAL_TRAITS), packSizeBytes });
    },
  });
}

/** A process that is gone. */
const DEAD_PID = 2 ** 30;

function portsOf(pid: number, clock = new InstantClock()): EnginePorts {
  const ports = testPorts();
  return { ...ports, clock, identity: { ...ports.identity, pid } };
}

function sourceOf(folder: string, bytesEach: number): string {
  const source = join(folder, 'source');
  mkdirSync(source);
  for (let i = 0; i < 12; i++) writeFileSync(join(source, `file ${i}`), randomBytes(bytesEach));
  return source;
}

/** Nothing is written any more from a moment on, not even the end of the run: as when the process is killed. */
function cutAfter(backend: Backend, packs: number): Backend & { readonly stored: () => number } {
  let stored = 0;
  const forever = new Promise<never>(() => undefined);
  const cut = Object.create(backend) as Backend & { stored: () => number };
  cut.write = async (file, bytes, signal) => {
    if (stored >= packs) await forever;
    await backend.write(file, bytes, signal);
    if (file.kind === 'pack') stored += 1;
  };
  for (const method of [
    'read',
    'stat',
    'prepare',
    'space',
    'traits',
    'unsent',
    'forgetUnsent',
  ] as const) {
    if (backend[method] !== undefined)
      Object.assign(cut, { [method]: backend[method].bind(backend) });
  }
  cut.list = (kind, signal) => backend.list(kind, signal);
  cut.delete = () => forever;
  cut.stored = () => stored;
  return cut;
}

async function packBytes(backend: Backend): Promise<number> {
  let bytes = 0;
  for await (const { sizeBytes } of backend.list('pack')) bytes += sizeBytes;
  return bytes;
}

/** A backup of twelve files whose process is gone: three packs have arrived, and no index names them. */
async function cutOff() {
  const folder = temporaryFolder();
  const path = join(folder, 'repo');
  const source = sourceOf(folder, 700_000);
  const request = { sources: [source], excludes: [], excludedPlaces: [] };
  const fileSystem = testFileSystem();
  const local = withPacksOf(new LocalBackend(path), 1_500_000);
  await createTestRepository(local, portsOf(process.pid));
  const cut = cutAfter(local, 3);
  const ports = portsOf(DEAD_PID);
  const repository = await openTestRepository(cut, ports);
  void runBackup(repository, request, { ports, fileSystem }, testJob()).catch(() => undefined);
  await expect.poll(() => cut.stored(), { timeout: 25_000 }).toBeGreaterThanOrEqual(3);
  expect(readdirSync(join(path, 'index'))).toEqual([]);
  return { folder, path, local, request, fileSystem };
}

describe('a run that is cut off', () => {
  it('is taken up by the next one: no blob is stored twice', async () => {
    const { folder, path, local, request, fileSystem } = await cutOff();
    const arrived = await packBytes(local);
    expect(arrived).toBeGreaterThan(4_000_000);

    const second = portsOf(process.pid);
    const repository = await openTestRepository(local, second);
    const result = await runBackup(repository, request, { ports: second, fileSystem }, testJob());
    expect(result.filesNew).toBe(12);
    // Random bytes do not compress: everything is there about once.
    expect(await packBytes(local)).toBeLessThan(12 * 700_000 * 1.02);
    expect(result.bytesAddedPacked).toBeLessThan(12 * 700_000 * 1.02 - arrived);
    resticOracle(path, folder).check();
  });

  it('is not built on by who failed to take it up, once somebody has pruned it', async () => {
    const { folder, path, local, request, fileSystem } = await cutOff();
    const packs: string[] = [];
    for await (const { name } of local.list('pack')) packs.push(name);
    let reads = 0;
    const failing = Object.create(local) as Backend;
    failing.read = async (file, range, signal) => {
      if (file.kind === 'pack') reads += 1;
      // Not the first: that one is entered.
      if (reads === 2) throw new HoldfastError('backend/unavailable');
      return local.read(file, range, signal);
    };
    const ports = portsOf(process.pid);
    const repository = await openTestRepository(failing, ports);
    const means = { ports, fileSystem };
    await expect(runBackup(repository, request, means, testJob())).rejects.toMatchObject({
      code: 'backend/unavailable',
    });
    for (const name of packs) await local.delete({ kind: 'pack', name });
    await runBackup(repository, request, means, testJob());
    resticOracle(path, folder).check();
  });

  it('leaves packs alone that are not whole, or of another backup', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'repo');
    const source = join(folder, 'source');
    mkdirSync(source);
    writeFileSync(join(source, 'a'), 'a');
    const fileSystem = testFileSystem();
    const local = new LocalBackend(path);
    const dead = portsOf(DEAD_PID);
    const repository = await createTestRepository(local, dead);
    // The lock of a process that is gone makes the next run look.
    await repository.lock('shared');
    const strange = randomBytes(5000);
    const { named } = await import('../testing/backend-suite.ts');
    await local.write(named('pack', strange), strange);
    const ports = portsOf(process.pid);
    const next = await openTestRepository(local, ports);
    const request = { sources: [source], excludes: [], excludedPlaces: [] };
    await runBackup(next, request, { ports, fileSystem }, testJob());
    await next.refreshIndex();
    expect(next.has('data', 'f'.repeat(64))).toBe(false);
    expect(readdirSync(join(path, 'snapshots'))).toHaveLength(1);
  });
});

describe('an upload that a restart cut off', () => {
  it('goes on with the very same pack', async () => {
    const server = await DriveServer.start();
    servers.push(server);
    const folder = temporaryFolder();
    const source = sourceOf(folder, 1_500_000);
    const fileSystem = testFileSystem();
    const indexPath = join(folder, 'index.jsonl');
    const clock = new InstantClock();
    const open = (): Backend =>
      new CachedBackend(
        // Large enough for uploads that can be resumed.
        withPacksOf(driveBackend(server, { indexPath, clock }).backend, 6_000_000),
        join(folder, 'cache'),
      );
    const request = { sources: [source], excludes: [], excludedPlaces: [] };
    await createTestRepository(open(), portsOf(process.pid, clock));

    // Killed while a pack is on its way: the line is so slow that it cannot have arrived.
    server.faults.bytesPerSecond = 100_000;
    const stop = new AbortController();
    const first = portsOf(DEAD_PID, clock);
    const job = { ...testJob(), signal: stop.signal };
    const running = runBackup(
      await openTestRepository(open(), first),
      request,
      { ports: first, fileSystem },
      job,
    ).catch(() => undefined);
    const sending = join(folder, 'cache', 'sending');
    await expect
      .poll(() => server.calls.get('upload') ?? 0, { timeout: 20_000, interval: 20 })
      .toBeGreaterThan(0);
    stop.abort(new Error('killed'));
    await running;
    const waiting = readdirSync(sending);
    expect(waiting.length).toBeGreaterThan(0);
    server.faults.bytesPerSecond = null;

    const starts = server.calls.get('start') ?? 0;
    const second = portsOf(process.pid, clock);
    const repository = await openTestRepository(open(), second);
    await runBackup(repository, request, { ports: second, fileSystem }, testJob());
    expect(readdirSync(sending)).toEqual([]);
    const names = new Set(server.store.all().map(({ name }) => name));
    for (const pack of waiting) expect(names.has(pack)).toBe(true);
    expect(server.store.duplicates()).toEqual([]);
    // Those that had begun needed no new session.
    const packs = [...names].filter((name) => /^[0-9a-f]{64}$/u.test(name)).length;
    expect((server.calls.get('start') ?? 0) - starts).toBeLessThan(packs);
    const exported = join(folder, 'export');
    server.store.exportTo(server.store.at('Holdfast/test')?.id ?? '', exported);
    resticOracle(exported, folder).check();
  });
});
