import { beforeEach, describe, expect, it } from 'vitest';

import type { PruneRequest, PruneResult } from '../../../shared/model/retention.ts';
import type { FileHandle } from '../backend/backend.ts';
import { sha256Hex } from '../format/id.ts';
import { forgetByName } from '../retention/forget.ts';
import { randomBytesFor } from '../testing/file-tree.ts';
import { flipBit } from '../testing/faulty-backend.ts';
import { MemoryBackend } from '../testing/memory-backend.ts';
import { SmallPacks } from '../testing/small-packs.ts';
import { TestJob, testPorts } from '../testing/test-ports.ts';
import {
  createTestRepository,
  openTestRepository,
  storeSnapshot,
  writing,
} from '../testing/test-repository.ts';
import { check } from './check.ts';
import { prune } from './prune.ts';
import type { Repository } from './repository.ts';

const CHUNK = 10_000;
const EVERYTHING: PruneRequest = {
  maxUnused: { kind: 'bytes', bytes: 0 },
  maxRepackBytes: null,
  repackSmall: false,
  dryRun: false,
  withoutSnapshots: [],
};

let memory: MemoryBackend;
let storage: SmallPacks;
let repository: Repository;
/** What the archives hold: file name and seeds of its chunks. */
let archives: Map<string, Record<string, readonly string[]>>;

beforeEach(async () => {
  memory = new MemoryBackend();
  storage = new SmallPacks(memory);
  repository = await createTestRepository(storage, testPorts());
  archives = new Map();
});

async function store(files: Record<string, readonly string[]>): Promise<string> {
  const contents = Object.entries(files).map(([name, seeds]) => [
    name,
    seeds.map((seed) => randomBytesFor(seed, CHUNK)),
  ]);
  const { snapshot } = await storeSnapshot(
    repository,
    Object.fromEntries(contents) as Record<string, Buffer[]>,
  );
  archives.set(snapshot, files);
  return snapshot;
}

const seeds = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${prefix} ${at}`);

async function forget(...ids: string[]): Promise<void> {
  await forgetByName(repository, ids, false, new TestJob());
  for (const id of ids) archives.delete(id);
}

function run(request: Partial<PruneRequest> = {}, job = new TestJob()): Promise<PruneResult> {
  return prune(repository, { ...EVERYTHING, ...request }, job);
}

/** Opened anew, every byte is read, and each archive gives back what went into it. */
async function requireSound(): Promise<void> {
  const reader = await openTestRepository(storage);
  const result = await check(reader, { readData: true }, new TestJob());
  expect(result.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect((await reader.listSnapshots()).map(({ id }) => id).toSorted()).toEqual(
    [...archives.keys()].toSorted(),
  );
  await reader.refreshIndex();
  for (const files of archives.values()) {
    for (const seed of Object.values(files).flat()) {
      const wanted = randomBytesFor(seed, CHUNK);
      expect((await reader.loadBlob('data', sha256Hex(wanted))).equals(wanted)).toBe(true);
    }
  }
}

const packsAndIndexes = (): string[] =>
  [...memory.contents().keys()]
    .filter((path) => /^(?:data|index|snapshots)/u.test(path))
    .toSorted();

function order(): string[] {
  const steps = memory.journal
    .filter((entry) => !entry.includes('locks/'))
    .map((entry) => entry.replace(/\/.*$/u, ''));
  return steps.filter((step, at) => step !== steps[at - 1]);
}

/** Two archives that share half of their packs' blobs; the first one is forgotten. */
async function halfForgotten(): Promise<void> {
  const mixed = seeds('shared', 30).flatMap((seed) => [seed, `old ${seed}`]);
  const first = await store({ mixed });
  await store({ mixed: seeds('shared', 30) });
  await forget(first);
  memory.journal.length = 0;
}

describe('prune', () => {
  it('finds nothing to do where all is needed, and changes nothing', async () => {
    await store({ a: seeds('a', 40) });
    memory.journal.length = 0;
    const before = packsAndIndexes();
    const result = await run();
    expect(packsAndIndexes()).toEqual(before);
    expect(result).toMatchObject({
      kind: 'prune',
      packs: { repacked: 0, removed: 0, unindexed: 0, missing: 0 },
      bytes: { freed: 0, unusedAfter: 0, repacked: 0 },
    });
    expect(memory.names('lock')).toEqual([]);
    await requireSound();
  });

  it('removes packs that nothing needs, and leaves the others as they are', async () => {
    const first = await store({ a: seeds('old', 30) });
    await store({ b: seeds('new', 30) });
    const before = new Set(memory.names('pack'));
    await forget(first);
    memory.journal.length = 0;
    const result = await run();
    expect(result.packs.removed).toBeGreaterThanOrEqual(3);
    expect(result.packs.repacked).toBe(0);
    expect(memory.names('pack').every((pack) => before.has(pack))).toBe(true);
    expect(result.bytes.freed).toBeGreaterThan(30 * CHUNK);
    expect(order()).toEqual(['write index', 'delete index', 'delete data']);
    await requireSound();
    expect((await run()).packs).toMatchObject({ removed: 0, repacked: 0 });
  });

  it('rewrites packs that are needed in part: new packs, new index, old index, old packs', async () => {
    await halfForgotten();
    const planned = await run({ dryRun: true });
    const result = await run();
    expect(order()).toEqual(['write data', 'write index', 'delete index', 'delete data']);
    expect(result.packs).toEqual(planned.packs);
    expect(result.packs.repacked).toBeGreaterThan(2);
    expect(result.bytes.unusedAfter).toBe(0);
    expect(Math.abs(result.bytes.freed - planned.bytes.freed)).toBeLessThan(2_000);
    expect(memory.names('index')).toHaveLength(1);
    await requireSound();
    memory.journal.length = 0;
    expect((await run()).packs).toMatchObject({ removed: 0, repacked: 0 });
    expect(order()).toEqual([]);
  });

  it('deletes first what no index names', async () => {
    const lock = await repository.lock('shared');
    await repository.refreshIndex();
    storage.add({
      operation: 'write',
      kind: 'index',
      effect: { kind: 'fail', code: 'backend/unavailable' },
    });
    const writer = repository.startWriter();
    for (const seed of seeds('cut off', 30)) await writer.save('data', randomBytesFor(seed, CHUNK));
    await expect(writer.finish()).rejects.toMatchObject({ code: 'backend/unavailable' });
    await writer.abandon().catch(() => undefined);
    await lock.release();
    storage.heal();
    const left = memory.names('pack');
    repository = await openTestRepository(storage);
    await halfForgotten();
    const result = await run();
    expect(result.packs.unindexed).toBe(left.length);
    expect(order()[0]).toBe('delete data');
    expect(memory.names('pack').filter((pack) => left.includes(pack))).toEqual([]);
    await requireSound();
  });

  it('changes nothing in a dry run, which may look as if archives had been removed', async () => {
    const first = await store({ a: seeds('old', 30) });
    await store({ b: seeds('new', 30) });
    const before = memory.contents();
    const shared = await repository.lock('shared');
    expect((await run({ dryRun: true })).bytes.freed).toBe(0);
    const result = await run({ dryRun: true, withoutSnapshots: [first] });
    expect(result).toMatchObject({ dryRun: true });
    expect(result.bytes.freed).toBeGreaterThan(30 * CHUNK);
    await expect(run()).rejects.toMatchObject({ code: 'repo/locked' });
    await shared.release();
    expect(memory.contents()).toEqual(before);
    await expect(run({ withoutSnapshots: [first] })).rejects.toMatchObject({
      code: 'internal/unexpected',
    });
    expect(memory.contents()).toEqual(before);
  });

  it('empties a repository without archives', async () => {
    await forget(await store({ a: seeds('a', 20) }));
    await run();
    expect(memory.names('pack')).toEqual([]);
    expect(memory.names('index')).toEqual([]);
    await store({ b: seeds('b', 5) });
    await requireSound();
  });

  it('gathers index files, and works in a session that goes on afterwards', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await store({ [name]: seeds(name, 3) });
    expect(memory.names('index')).toHaveLength(4);
    await run();
    expect(memory.names('index')).toHaveLength(1);
    await store({ e: seeds('a', 3) });
    await requireSound();
  });

  it('does not keep a session from reading that had loaded the index before', async () => {
    await halfForgotten();
    const reader = await openTestRepository(storage);
    await reader.refreshIndex();
    await run();
    await Promise.all(
      seeds('shared', 30).map(async (seed) => {
        const wanted = randomBytesFor(seed, CHUNK);
        expect((await reader.loadBlob('data', sha256Hex(wanted))).equals(wanted)).toBe(true);
      }),
    );
    for (const name of memory.names('pack')) memory.lose({ kind: 'pack', name });
    const lost = sha256Hex(randomBytesFor('shared 1', CHUNK));
    await expect(reader.loadBlob('data', lost)).rejects.toMatchObject({
      code: 'repo/blob-missing',
    });
  });

  it('stops between packs when it is cancelled, and loses nothing', async () => {
    await halfForgotten();
    const job = new TestJob();
    const told = job.progress.bind(job);
    job.progress = (progress) => {
      told(progress);
      if (progress.phase === 'transferring' && progress.filesDone > 2) job.cancel();
    };
    await expect(run({}, job)).rejects.toMatchObject({ code: 'job/cancelled' });
    expect(memory.names('lock')).toEqual([]);
    expect(memory.journal.filter((entry) => /delete (?:data|index)/u.test(entry))).toEqual([]);
    await requireSound();
    await run();
    await requireSound();
  });
});

describe('prune refuses, and deletes nothing, when', () => {
  const refused = { code: 'prune/backup-not-whole' };

  async function requireRefusal(context: Record<string, string> = {}): Promise<void> {
    repository = await openTestRepository(storage);
    const before = packsAndIndexes();
    await expect(run()).rejects.toMatchObject({ ...refused, context });
    expect(packsAndIndexes()).toEqual(before);
    await expect(run({ dryRun: true })).rejects.toMatchObject(refused);
    expect(memory.names('lock')).toEqual([]);
  }

  const first = (kind: 'pack' | 'index' | 'snapshot'): FileHandle => ({
    kind,
    name: memory.names(kind)[0] ?? '',
  });

  it('an index file is missing', async () => {
    await store({ a: seeds('a', 5) });
    await forget(await store({ b: seeds('b', 20) }));
    memory.lose(first('index'));
    await requireRefusal({ kind: 'tree' });
  });

  it.each(['index', 'snapshot'] as const)('one %s is damaged', async (kind) => {
    await store({ a: seeds('a', 5) });
    await forget(await store({ b: seeds('b', 20) }));
    memory.tamper(first(kind), (bytes) => flipBit(bytes, 50));
    await requireRefusal({ kind });
  });

  it('a pack with a needed blob is missing, or has another size', async () => {
    await halfForgotten();
    const contents = memory.contents();
    const planned = await run({ dryRun: true });
    let unneeded = 0;
    for (const pack of memory.names('pack')) {
      const file = { kind: 'pack', name: pack } as const;
      memory.lose(file);
      const { missing } = (await run({ dryRun: true }).catch(() => null))?.packs ?? {};
      if (missing === 1) {
        unneeded += 1;
        memory.plant(file, contents.get(`data/${pack.slice(0, 2)}/${pack}`) ?? Buffer.alloc(0));
        continue;
      }
      await requireRefusal();
      const bytes = contents.get(`data/${pack.slice(0, 2)}/${pack}`) ?? Buffer.alloc(0);
      memory.plant(file, bytes.subarray(0, bytes.length - 1));
      await requireRefusal();
      memory.plant(file, bytes);
    }
    expect(unneeded).toBe(planned.packs.removed);
    await run();
    await requireSound();
  });

  it('a blob that would be rewritten is damaged, and has no other copy', async () => {
    await halfForgotten();
    for (const pack of memory.names('pack')) {
      memory.tamper({ kind: 'pack', name: pack }, (bytes) => flipBit(bytes, 5_000));
    }
    const before = packsAndIndexes();
    await expect(run()).rejects.toMatchObject(refused);
    expect(packsAndIndexes()).toEqual(expect.arrayContaining(before));
  });

  it('the lock is lost before it deletes', async () => {
    await halfForgotten();
    const write = memory.write.bind(memory);
    memory.write = async (file, bytes, signal) => {
      await write(file, bytes, signal);
      if (file.kind !== 'index') return;
      for (const name of memory.names('lock')) memory.lose({ kind: 'lock', name });
    };
    await expect(run()).rejects.toMatchObject({ code: 'repo/lock-lost' });
    memory.write = write;
    expect(memory.journal.filter((entry) => entry.startsWith('delete data'))).toEqual([]);
    expect(memory.journal.filter((entry) => entry.startsWith('delete index'))).toEqual([]);
    await requireSound();
    await run();
    await requireSound();
  });

  it('what it wrote itself did not arrive', async () => {
    await halfForgotten();
    const write = memory.write.bind(memory);
    let swallowed = 0;
    memory.write = async (file, bytes, signal) => {
      if (file.kind === 'pack' && swallowed++ === 1) return;
      await write(file, bytes, signal);
    };
    await expect(run()).rejects.toMatchObject({ code: 'internal/unexpected' });
    memory.write = write;
    expect(memory.journal.filter((entry) => /delete (?:data|index)/u.test(entry))).toEqual([]);
  });
});

describe('blobs that lie in several packs', () => {
  it('are kept once, where most is kept anyway', async () => {
    await store({ a: seeds('a', 8) });
    // A second writer that did not know of the first one.
    const parallel = await openTestRepository(storage);
    const lock = await parallel.lock('shared');
    await parallel.refreshIndex();
    await writing(repository, (writer) =>
      Promise.all(seeds('b', 4).map((seed) => writer.save('data', randomBytesFor(seed, CHUNK)))),
    );
    const writer = parallel.startWriter();
    for (const seed of seeds('b', 4)) await writer.save('data', randomBytesFor(seed, CHUNK));
    await writer.finish();
    await lock.release();
    await store({ b: seeds('b', 4) });
    const copies = async (): Promise<number> => {
      const reader = await openTestRepository(storage);
      await reader.refreshIndex();
      return reader.locate('data', sha256Hex(randomBytesFor('b 0', CHUNK))).length;
    };
    expect(await copies()).toBe(2);
    const result = await run();
    expect(result.packs).toMatchObject({ removed: 1, repacked: 0 });
    expect(await copies()).toBe(1);
    await requireSound();
  });

  it('are found in the pack that is left when the other one is gone', async () => {
    await store({ a: seeds('a', 4) });
    const contents = memory.contents();
    const packs = memory.names('pack');
    // Written again from nothing: the same blobs in other packs.
    const indexes = memory.names('index');
    for (const name of indexes) memory.lose({ kind: 'index', name });
    repository = await openTestRepository(storage);
    await store({ a: seeds('a', 4) });
    for (const name of indexes) {
      memory.plant({ kind: 'index', name }, contents.get(`index/${name}`) ?? Buffer.alloc(0));
    }
    for (const name of packs) memory.lose({ kind: 'pack', name });
    repository = await openTestRepository(storage);
    const result = await run();
    expect(result.packs).toMatchObject({ missing: packs.length, repacked: 0, removed: 0 });
    await requireSound();
  });
});

describe('limits', () => {
  it('leaves unused bytes as they are up to a share, a size, or at all', async () => {
    await halfForgotten();
    const repacked = async (request: Partial<PruneRequest>): Promise<number> =>
      (await run({ ...request, dryRun: true })).packs.repacked;
    const all = await repacked({});
    const few = await repacked({ maxUnused: { kind: 'unlimited' } });
    expect(few).toBeLessThan(all);
    expect(await repacked({ maxUnused: { kind: 'percent', percent: 100 } })).toBe(few);
    expect(await repacked({ maxUnused: { kind: 'bytes', bytes: 1e9 } })).toBe(few);
    const some = await repacked({ maxUnused: { kind: 'percent', percent: 25 } });
    expect(some).toBeGreaterThan(few);
    expect(some).toBeLessThan(all);
  });

  it('rewrites only so much at a time, and the rest the next time', async () => {
    await halfForgotten();
    const limit = 250_000;
    let rounds = 0;
    for (; rounds < 20; rounds++) {
      const result = await run({ maxRepackBytes: limit });
      expect(result.bytes.repacked).toBeLessThan(limit);
      await requireSound();
      if (result.packs.repacked === 0) break;
    }
    expect(rounds).toBeGreaterThan(1);
    expect((await run({ dryRun: true })).packs.repacked).toBe(0);
  });

  it('gathers small packs when there are many, and not for ever', async () => {
    for (let at = 0; at < 12; at++) await store({ [`f${at}`]: [`small ${at}`] });
    expect((await run({ dryRun: true })).packs.repacked).toBe(12);
    expect((await run({ dryRun: true, repackSmall: true })).packs.repacked).toBe(24);
    await run({ repackSmall: true });
    expect(memory.names('pack').length).toBeLessThan(6);
    await requireSound();
    expect((await run({ repackSmall: true })).packs.repacked).toBe(0);
  });
});
