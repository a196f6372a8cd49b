/**
 * A whole backup through a Drive that goes wrong in every way that others have met. Each run ends with restic's own check of an export of
 * the server's files, and with the archive restored identical.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { DriveServer } from '../../../../e2e/servers/drive/drive-server.ts';
import type { DriveFaults } from '../../../../e2e/servers/drive/drive-faults.ts';
import { runBackup } from '../../backup/archiver.ts';
import { openFileSystem } from '../../native/open-file-system.ts';
import { check } from '../../repository/check.ts';
import { Repository } from '../../repository/repository.ts';
import { planRestore } from '../../restore/restore-plan.ts';
import { runRestore } from '../../restore/restorer.ts';
import { driveBackend, type DriveTestOptions } from '../../testing/drive-means.ts';
import { describeTree } from '../../testing/file-tree.ts';
import { InstantClock } from '../../testing/instant-clock.ts';
import { resticOracle } from '../../testing/restic-oracle.ts';
import { TestJob } from '../../testing/test-ports.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { fastSlot } from '../../testing/test-repository.ts';

const PASSWORD = 'a password for tests';
const PATH = 'Holdfast/test';
const secret = Buffer.from(PASSWORD);

const servers: DriveServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

interface Scene {
  readonly server: DriveServer;
  readonly clock: InstantClock;
  readonly source: string;
  readonly folder: string;
  readonly ports: Parameters<typeof Repository.create>[1];
}

async function scene(seed: number, bigBytes = 9_000_000): Promise<Scene> {
  const clock = new InstantClock();
  const server = await DriveServer.start({ seed, nowMs: () => clock.monotonicMs() });
  servers.push(server);
  const folder = temporaryFolder();
  const source = join(folder, 'source');
  writeTree(source, 0, bigBytes);
  const quiet = (): void => undefined;
  const ports = {
    clock,
    log: { debug: quiet, info: quiet, warn: quiet },
    identity: { hostname: 'test-host', username: 'test', uid: 1000, gid: 1000, pid: process.pid },
    programVersion: 'holdfast 0.0.0-test',
  };
  return { server, clock, source, folder, ports };
}

/** Some small files and some that fill packs. */
function writeTree(folder: string, round: number, bigBytes = 9_000_000): void {
  for (let i = 0; i < 40; i++) {
    const path = join(folder, `round ${round}`, `folder ${i % 7}`);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, `file ${i}`), randomBytes(i % 10 === 0 ? bigBytes : 3000 * i));
  }
}

async function backUp(
  { server, clock, source, ports }: Scene,
  options: DriveTestOptions = {},
): Promise<{ backend: ReturnType<typeof driveBackend>; repository: Repository }> {
  const backend = driveBackend(server, { clock, path: PATH, ...options });
  const exists = (await backend.backend.stat({ kind: 'config', name: '' })) !== null;
  const repository = exists
    ? await Repository.open(backend.backend, ports, { kind: 'secret', secret })
    : await Repository.create(backend.backend, ports, { secret, slot: fastSlot });
  const request = { sources: [source], excludes: [], excludedPlaces: [] };
  await runBackup(
    repository,
    request,
    { ports, fileSystem: await openFileSystem(ports.log) },
    new TestJob(),
  );
  return { backend, repository };
}

/** restic on an export, and a restore through the faults. */
async function verify(at: Scene, repository: Repository): Promise<void> {
  const target = join(at.folder, `restored-${randomBytes(3).toString('hex')}`);
  const snapshot = await repository.findSnapshot('latest');
  await repository.refreshIndex();
  const plan = await planRestore(repository, snapshot, {
    include: ['/'],
    target: { kind: 'folder', path: target, keepParents: false },
    conflictPolicy: 'keep-both',
    repositoryFolder: null,
  });
  const fileSystem = await openFileSystem(at.ports.log);
  const result = await runRestore(repository, plan, { ports: at.ports, fileSystem }, new TestJob());
  expect(result.warningCount).toBe(0);
  expect(describeTree(join(target, at.source))).toEqual(describeTree(at.source));
  const found = await check(repository, { readData: true }, new TestJob());
  expect(found.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(at.server.store.duplicates()).toEqual([]);
  const exported = join(at.folder, `export-${randomBytes(3).toString('hex')}`);
  at.server.store.exportTo(at.server.store.at(PATH)?.id ?? '', exported);
  resticOracle(exported, at.folder, PASSWORD).check();
}

const FAULTS: readonly (readonly [string, Partial<DriveFaults>])[] = [
  ['10 % of calls answered 403 rate limit', { rateLimited: 0.1 }],
  ['rate limits with Retry-After', { rateLimited: 0.1, retryAfterSeconds: 7 }],
  ['5 % answered 503', { unavailable: 0.05 }],
  ['uploads cut at random bytes', { cutUploads: 0.3 }],
  ['answers lost after the commit', { loseAnswers: 0.2 }],
  ['listings 30 seconds behind', { listLagMs: 30_000 }],
  ['listings and changes 30 seconds behind', { listLagMs: 30_000, changesLagMs: 30_000 }],
  ['tokens that live for 20 calls', { callsPerToken: 20 }],
  ['one bit turned over in 1 of 20 downloads', { flipDownloads: 0.05 }],
  ['downloads that break off', { cutDownloads: 0.1 }],
  ['upload sessions that are lost', { loseSessions: 0.3 }],
  ['no sha256 in answers', { withSha256: false }],
  ['ranges ignored', { ignoresRanges: true }],
  ['several parents answered with nothing', { deafToSeveralParents: true }],
  [
    'everything at once',
    {
      rateLimited: 0.05,
      unavailable: 0.03,
      cutUploads: 0.1,
      loseAnswers: 0.05,
      cutDownloads: 0.03,
      flipDownloads: 0.02,
      listLagMs: 30_000,
      callsPerToken: 20,
    },
  ],
];

describe('a backup through faults', () => {
  it.each(FAULTS)('%s', async (_, faults) => {
    // Where every part means the whole, the whole had better be small.
    const bigBytes = faults.ignoresRanges === true ? 200_000 : 9_000_000;
    const at = await scene(11, bigBytes);
    Object.assign(at.server.faults, faults);
    await backUp(at);
    writeTree(at.source, 1, bigBytes);
    const { repository, backend } = await backUp(at);
    await verify(at, repository);
    expect(at.server.peakInFlight).toBeLessThanOrEqual(8);
    // Before a refusal is read, each of the seven others may have a call on its way, and have begun one more. The next test shows that nobody else comes.
    expect(at.server.mostImpatient).toBeLessThanOrEqual(14);
    expect(backend.gate.peakInFlight).toBeLessThanOrEqual(8);
  });
});

it('waits as long as it is asked to, always', async () => {
  const at = await scene(12, 3_000_000);
  Object.assign(at.server.faults, { rateLimited: 0.1, retryAfterSeconds: 7 });
  // One at a time, so that none is on its way when the refusal comes.
  const { repository } = await backUp(at, { limits: { maxInFlight: 1 } });
  expect(at.server.refusals).toBeGreaterThan(3);
  expect(at.server.impatientCalls).toBe(0);
  await verify(at, repository);
});

describe('what ends a run', () => {
  it('a full Drive leaves a consistent repository, and the next run goes on', async () => {
    const at = await scene(3);
    await backUp(at);
    writeTree(at.source, 1);
    at.server.faults.quotaBytes = at.server.store.usage() + 5_000_000;
    await expect(backUp(at)).rejects.toMatchObject({ code: 'drive/quota-full', retry: 'later' });
    const exported = join(at.folder, 'export-full');
    at.server.store.exportTo(at.server.store.at(PATH)?.id ?? '', exported);
    resticOracle(exported, at.folder, PASSWORD).check();
    at.server.faults.quotaBytes = Number.POSITIVE_INFINITY;
    const { repository } = await backUp(at);
    await verify(at, repository);
  });

  it('a sign-in that was withdrawn stops it, and a new one goes on', async () => {
    const at = await scene(4);
    await backUp(at);
    writeTree(at.source, 1);
    at.server.faults.callsPerToken = 20;
    const running = backUp(at);
    setTimeout(() => {
      at.server.faults.revoked = true;
    }, 100);
    await expect(running).rejects.toMatchObject({ code: 'drive/sign-in-ended', retry: 'never' });
    at.server.faults.revoked = false;
    const { repository } = await backUp(at);
    // The first run could not take its lock back; the second has, though their process is still alive.
    expect(await repository.removeLocks('all')).toBe(0);
    await verify(at, repository);
  });
});
