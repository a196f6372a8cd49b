/** Two computers on one Drive whose listings are half a minute behind, each with a memory of its own. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeTree } from '../../format/tree.ts';
import { check } from '../../repository/check.ts';
import { prune } from '../../repository/prune.ts';
import { Repository } from '../../repository/repository.ts';
import { named } from '../../testing/backend-suite.ts';
import { driveBackend } from '../../testing/drive-means.ts';
import { driveServers, namesOf, sharedClock } from '../../testing/drive-servers.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { TestJob, testPorts } from '../../testing/test-ports.ts';
import {
  fastSlot,
  storeSnapshot,
  testSecret,
  TEST_POLYNOMIAL,
} from '../../testing/test-repository.ts';
import type { Backend } from '../backend.ts';

const LAG_MS = 30_000;
const startServer = driveServers();

async function lateDrive() {
  const { clock, nowMs } = sharedClock();
  const server = await startServer({ nowMs });
  const folder = temporaryFolder();
  let computers = 0;
  /** Another one, or the same after a restart when `name` is given. */
  const computer = (name = `computer ${(computers += 1)}`): Backend =>
    driveBackend(server, { clock, indexPath: join(folder, name, 'index.jsonl') }).backend;
  const fallBehind = (changesLagMs: number): void => {
    Object.assign(server.faults, { listLagMs: LAG_MS, changesLagMs });
  };
  return { clock, server, computer, fallBehind };
}

async function write(backend: Backend, kind: 'lock' | 'index' | 'pack'): Promise<string> {
  const bytes = randomBytes(100);
  const file = named(kind, bytes);
  await backend.write(file, bytes);
  return file.name;
}

describe.each([
  ['listings', 0],
  ['listings and changes', LAG_MS],
] as const)('%s that are behind', (_, changesLagMs) => {
  it('hide nothing for good from who comes for the first time', async () => {
    const { clock, computer, fallBehind } = await lateDrive();
    const first = computer();
    await first.prepare();
    await clock.sleep(120_000);
    fallBehind(changesLagMs);
    const lock = await write(first, 'lock');
    const second = computer();
    await namesOf(second, 'lock');
    await clock.sleep(36_000);
    expect(await namesOf(second, 'lock')).toEqual([lock]);
  });

  it('are looked through again by a later process, when the first had no time to', async () => {
    const { clock, computer, fallBehind } = await lateDrive();
    const first = computer();
    await first.prepare();
    await clock.sleep(120_000);
    fallBehind(changesLagMs);
    const index = await write(first, 'index');
    await namesOf(computer('second'), 'index');
    await clock.sleep(36_000);
    expect(await namesOf(computer('second'), 'index')).toEqual([index]);
  });

  it('are waited for until all there was is known', async () => {
    const { clock, computer, fallBehind } = await lateDrive();
    const first = computer();
    await first.prepare();
    await clock.sleep(120_000);
    fallBehind(changesLagMs);
    const lock = await write(first, 'lock');
    const second = computer();
    await second.untilComplete?.();
    expect(await namesOf(second, 'lock')).toEqual([lock]);
  });

  it('take nothing away that was known, in the weekly listing', async () => {
    const { clock, server, computer, fallBehind } = await lateDrive();
    const first = computer('first');
    await first.prepare();
    await clock.sleep(100_000);
    await namesOf(first, 'pack');
    const second = computer();
    await second.untilComplete?.();
    for (let day = 0; day < 8 * 720; day++) await clock.sleep(120_000);
    const own = await write(first, 'pack');
    const deleted = await write(second, 'pack');
    const theirs = await write(second, 'pack');
    await clock.sleep(3000);
    expect(await namesOf(second, 'pack')).toEqual([own, deleted, theirs].toSorted());
    fallBehind(changesLagMs);
    await second.delete({ kind: 'pack', name: deleted });
    // Begun anew: nothing that a process remembers of its own writes helps.
    const again = computer('first');
    const before = server.calls.get('list') ?? 0;
    await namesOf(again, 'pack');
    expect(server.calls.get('list') ?? 0).toBeGreaterThan(before);
    await clock.sleep(36_000);
    expect(await namesOf(again, 'pack')).toEqual([own, theirs].toSorted());
  });
});

describe('two computers with one repository', () => {
  const ports = (clock: ReturnType<typeof sharedClock>['clock'], hostname: string) => ({
    ...testPorts({ hostname }),
    clock,
  });

  async function shared(changesLagMs: number) {
    const drive = await lateDrive();
    const first = await Repository.create(drive.computer(), ports(drive.clock, 'first'), {
      secret: testSecret,
      slot: fastSlot,
      prepared: Repository.prepare(TEST_POLYNOMIAL),
    });
    const common = await storeSnapshot(first, { common: [Buffer.from('common')] });
    await drive.clock.sleep(120_000);
    drive.fallBehind(changesLagMs);
    const open = async (hostname: string): Promise<Repository> =>
      Repository.open(drive.computer(), ports(drive.clock, hostname), {
        kind: 'secret',
        secret: testSecret,
      });
    return { ...drive, first, common, open };
  }

  /** What no archive needs goes. */
  async function deleteUnneeded(repository: Repository): Promise<void> {
    await prune(
      repository,
      {
        maxUnused: { kind: 'percent', percent: 0 },
        maxRepackBytes: null,
        repackSmall: false,
        dryRun: false,
        withoutSnapshots: [],
      },
      new TestJob(),
    );
  }

  async function begin(repository: Repository) {
    const lock = await repository.lock('shared');
    await repository.refreshIndex();
    return { lock, writer: repository.startWriter(lock.lostSignal) };
  }

  async function finish(
    repository: Repository,
    { lock, writer }: Awaited<ReturnType<typeof begin>>,
    content: string,
  ): Promise<string> {
    try {
      const { id } = await writer.save('data', Buffer.from(content));
      const { id: tree } = await writer.save('tree', encodeTree([]));
      await writer.finish();
      expect(repository.has('data', id)).toBe(true);
      const time = { epochNs: repository.core.ports.clock.nowNs(), offsetMinutes: 0 };
      return await repository.saveSnapshot({ time, tree, paths: ['/x'], hostname: 'x' }, lock);
    } catch (error) {
      await writer.abandon().catch(() => undefined);
      throw error;
    } finally {
      await lock.release();
    }
  }

  it.each([0, LAG_MS])(
    'let two write and keep a deleter out, who comes for the first time (changes %i ms behind)',
    async (changesLagMs) => {
      const { first, common, open, clock } = await shared(changesLagMs);
      const second = await open('second');
      const third = await open('third');
      const one = await begin(first);
      const two = await begin(second);
      await expect(deleteUnneeded(third)).rejects.toMatchObject({ code: 'repo/locked' });
      const made = await Promise.all([finish(first, one, 'one'), finish(second, two, 'two')]);
      await clock.sleep(120_000);
      const fresh = await open('fresh');
      await clock.sleep(120_000);
      const ids = (await fresh.listSnapshots()).map(({ id }) => id).toSorted();
      expect(ids).toEqual([common.snapshot, ...made].toSorted());
      const { errorCount } = await check(fresh, { readData: true }, new TestJob());
      expect(errorCount).toBe(0);
    },
  );

  it.each([0, LAG_MS])(
    'store nothing that is not whole when a writer and a deleter come at the same moment (changes %i ms behind)',
    async (changesLagMs) => {
      const { first, common, open, clock } = await shared(changesLagMs);
      const second = await open('second');
      await first.backend.delete({ kind: 'snapshot', name: common.snapshot });
      const [, running] = await Promise.allSettled([deleteUnneeded(second), begin(first)]);
      const done =
        running.status === 'fulfilled'
          ? await finish(first, running.value, 'new').then(
              () => 'stored',
              (error: { readonly code?: string }) => error.code,
            )
          : (running.reason as { readonly code?: string }).code;
      // Both may have been stopped. Whatever was stored is whole.
      expect(['stored', 'repo/locked', 'repo/lock-lost']).toContain(done);
      await clock.sleep(120_000);
      const judge = await open('judge');
      await clock.sleep(120_000);
      expect((await check(judge, { readData: true }, new TestJob())).errorCount).toBe(0);
    },
  );

  it('stop a writer who builds on what a deleter has just deleted', async () => {
    const { server, first, common, open } = await shared(LAG_MS);
    const second = await open('second');
    await second.refreshIndex();
    // No archive needs anything any more.
    await first.backend.delete({ kind: 'snapshot', name: common.snapshot });
    await deleteUnneeded(first);
    // The other knows the old index, and still sees its file.
    const before = server.store.all().filter((item) => !server.store.isTrashed(item)).length;
    const running = await begin(second);
    const done = await finish(second, running, 'common').then(
      () => null,
      (error: { readonly code?: string }) => error.code,
    );
    if (done !== null) {
      expect(done).toBe('repo/lock-lost');
      const after = server.store.all().filter((item) => !server.store.isTrashed(item)).length;
      expect(after).toBeLessThanOrEqual(before + 2);
      return;
    }
    const { errorCount } = await check(await open('judge'), { readData: true }, new TestJob());
    expect(errorCount).toBe(0);
  });

  it('prune nothing for the sake of what was damaged at rest', async () => {
    const { server, first, clock } = await shared(0);
    await clock.sleep(120_000);
    await namesOf(first.backend, 'pack');
    const packs = server.store.all().filter(({ content }) => (content?.length ?? 0) > 0);
    const used = new Set(await namesOf(first.backend, 'pack'));
    for (const { id, name } of packs) if (used.has(name)) server.store.damage(id);
    await expect(deleteUnneeded(first)).rejects.toMatchObject({ code: 'prune/backup-not-whole' });
    expect(await namesOf(first.backend, 'pack')).toEqual([...used].toSorted());
  });

  it('find damage at rest by one listing, and no list of changes tells of it', async () => {
    const { server, first, clock } = await shared(0);
    await clock.sleep(120_000);
    expect((await check(first, { readData: false }, new TestJob())).errorCount).toBe(0);
    const [pack = ''] = await namesOf(first.backend, 'pack');
    server.store.damage(server.store.all().find(({ name }) => name === pack)?.id ?? '');
    const { findings } = await check(first, { readData: false }, new TestJob());
    expect(findings).toContainEqual(
      expect.objectContaining({ severity: 'error', subject: 'pack', id: pack }),
    );
    expect(server.calls.get('download') ?? 0).toBeLessThan(20);
  });
});
