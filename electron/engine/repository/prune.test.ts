import { beforeEach, describe, expect, it } from 'vitest';

import type { PruneRequest } from '../../../shared/model/retention.ts';
import { sha256Hex } from '../format/id.ts';
import { ArchivesToPrune } from '../testing/archives-to-prune.ts';
import type { MemoryBackend } from '../testing/memory-backend.ts';
import { CHUNK_BYTES, chunkOf, seedsOf } from '../testing/prune-scene.ts';
import type { SmallPacks } from '../testing/small-packs.ts';
import { TestJob } from '../testing/test-ports.ts';
import { openTestRepository, writing } from '../testing/test-repository.ts';

let scene: ArchivesToPrune;
let memory: MemoryBackend;
let storage: SmallPacks;

beforeEach(async () => {
  scene = await ArchivesToPrune.create();
  ({ memory, storage } = scene);
});

describe('prune', () => {
  it('finds nothing to do where all is needed, and changes nothing', async () => {
    await scene.store({ a: seedsOf('a', 40) });
    memory.journal.length = 0;
    const before = scene.stored();
    const result = await scene.run();
    expect(scene.stored()).toEqual(before);
    expect(result).toMatchObject({
      kind: 'prune',
      packs: { repacked: 0, removed: 0, unindexed: 0, missing: 0 },
      bytes: { freed: 0, unusedAfter: 0, repacked: 0 },
    });
    expect(memory.names('lock')).toEqual([]);
    await scene.requireSound();
  });

  it('removes packs that nothing needs, and leaves the others as they are', async () => {
    const first = await scene.store({ a: seedsOf('old', 30) });
    await scene.store({ b: seedsOf('new', 30) });
    const before = new Set(memory.names('pack'));
    await scene.forget(first);
    memory.journal.length = 0;
    const result = await scene.run();
    expect(result.packs.removed).toBeGreaterThanOrEqual(3);
    expect(result.packs.repacked).toBe(0);
    expect(memory.names('pack').every((pack) => before.has(pack))).toBe(true);
    expect(result.bytes.freed).toBeGreaterThan(30 * CHUNK_BYTES);
    expect(scene.order()).toEqual(['write index', 'delete index', 'delete data']);
    await scene.requireSound();
    expect((await scene.run()).packs).toMatchObject({ removed: 0, repacked: 0 });
  });

  it('rewrites packs that are needed in part: new packs, new index, old index, old packs', async () => {
    await scene.halfForgotten();
    const planned = await scene.run({ dryRun: true });
    const result = await scene.run();
    expect(scene.order()).toEqual(['write data', 'write index', 'delete index', 'delete data']);
    expect(result.packs).toEqual(planned.packs);
    expect(result.packs.repacked).toBeGreaterThan(2);
    expect(result.bytes.unusedAfter).toBe(0);
    expect(Math.abs(result.bytes.freed - planned.bytes.freed)).toBeLessThan(2_000);
    expect(memory.names('index')).toHaveLength(1);
    await scene.requireSound();
    memory.journal.length = 0;
    expect((await scene.run()).packs).toMatchObject({ removed: 0, repacked: 0 });
    expect(scene.order()).toEqual([]);
  });

  it('deletes first what no index names', async () => {
    const lock = await scene.repository.lock('shared');
    await scene.repository.refreshIndex();
    storage.add({
      operation: 'write',
      kind: 'index',
      effect: { kind: 'fail', code: 'backend/unavailable' },
    });
    const writer = scene.repository.startWriter();
    for (const seed of seedsOf('cut off', 30)) await writer.save('data', chunkOf(seed));
    await expect(writer.finish()).rejects.toMatchObject({ code: 'backend/unavailable' });
    await writer.abandon().catch(() => undefined);
    await lock.release();
    storage.heal();
    const left = memory.names('pack');
    await scene.reopen();
    await scene.halfForgotten();
    const result = await scene.run();
    expect(result.packs.unindexed).toBe(left.length);
    expect(scene.order()[0]).toBe('delete data');
    expect(memory.names('pack').filter((pack) => left.includes(pack))).toEqual([]);
    await scene.requireSound();
  });

  it('changes nothing in a dry run, which may look as if archives had been removed', async () => {
    const first = await scene.store({ a: seedsOf('old', 30) });
    await scene.store({ b: seedsOf('new', 30) });
    const before = memory.contents();
    const shared = await scene.repository.lock('shared');
    expect((await scene.run({ dryRun: true })).bytes.freed).toBe(0);
    const result = await scene.run({ dryRun: true, withoutSnapshots: [first] });
    expect(result).toMatchObject({ dryRun: true });
    expect(result.bytes.freed).toBeGreaterThan(30 * CHUNK_BYTES);
    await expect(scene.run()).rejects.toMatchObject({ code: 'repo/locked' });
    await shared.release();
    expect(memory.contents()).toEqual(before);
    await expect(scene.run({ withoutSnapshots: [first] })).rejects.toMatchObject({
      code: 'internal/unexpected',
    });
    expect(memory.contents()).toEqual(before);
  });

  it('empties a repository without archives', async () => {
    await scene.forget(await scene.store({ a: seedsOf('a', 20) }));
    await scene.run();
    expect(memory.names('pack')).toEqual([]);
    expect(memory.names('index')).toEqual([]);
    await scene.store({ b: seedsOf('b', 5) });
    await scene.requireSound();
  });

  it('gathers index files, and works in a session that goes on afterwards', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await scene.store({ [name]: seedsOf(name, 3) });
    expect(memory.names('index')).toHaveLength(4);
    await scene.run();
    expect(memory.names('index')).toHaveLength(1);
    await scene.store({ e: seedsOf('a', 3) });
    await scene.requireSound();
  });

  it('does not keep a session from reading that had loaded the index before', async () => {
    await scene.halfForgotten();
    const reader = await openTestRepository(storage);
    await reader.refreshIndex();
    await scene.run();
    await Promise.all(
      seedsOf('shared', 30).map(async (seed) => {
        const wanted = chunkOf(seed);
        expect((await reader.loadBlob('data', sha256Hex(wanted))).equals(wanted)).toBe(true);
      }),
    );
    for (const name of memory.names('pack')) memory.lose({ kind: 'pack', name });
    const lost = sha256Hex(chunkOf('shared 1'));
    await expect(reader.loadBlob('data', lost)).rejects.toMatchObject({
      code: 'repo/blob-missing',
    });
  });

  it('stops between packs when it is cancelled, and loses nothing', async () => {
    await scene.halfForgotten();
    const job = new TestJob();
    const told = job.progress.bind(job);
    job.progress = (progress) => {
      told(progress);
      if (progress.phase === 'transferring' && progress.filesDone > 2) job.cancel();
    };
    await expect(scene.run({}, job)).rejects.toMatchObject({ code: 'job/cancelled' });
    expect(memory.names('lock')).toEqual([]);
    expect(memory.journal.filter((entry) => /delete (?:data|index)/u.test(entry))).toEqual([]);
    await scene.requireSound();
    await scene.run();
    await scene.requireSound();
  });
});

describe('blobs that lie in several packs', () => {
  it('are kept once, where most is kept anyway', async () => {
    await scene.store({ a: seedsOf('a', 8) });
    // A second writer that did not know of the first one.
    const parallel = await openTestRepository(storage);
    const lock = await parallel.lock('shared');
    await parallel.refreshIndex();
    await writing(scene.repository, (writer) =>
      Promise.all(seedsOf('b', 4).map((seed) => writer.save('data', chunkOf(seed)))),
    );
    const writer = parallel.startWriter();
    for (const seed of seedsOf('b', 4)) await writer.save('data', chunkOf(seed));
    await writer.finish();
    await lock.release();
    await scene.store({ b: seedsOf('b', 4) });
    const copies = async (): Promise<number> => {
      const reader = await openTestRepository(storage);
      await reader.refreshIndex();
      return reader.locate('data', sha256Hex(chunkOf('b 0'))).length;
    };
    expect(await copies()).toBe(2);
    const result = await scene.run();
    expect(result.packs).toMatchObject({ removed: 1, repacked: 0 });
    expect(await copies()).toBe(1);
    await scene.requireSound();
  });

  it('are found in the pack that is left when the other one is gone', async () => {
    await scene.store({ a: seedsOf('a', 4) });
    const contents = memory.contents();
    const packs = memory.names('pack');
    // Written again from nothing: the same blobs in other packs.
    const indexes = memory.names('index');
    for (const name of indexes) memory.lose({ kind: 'index', name });
    await scene.reopen();
    await scene.store({ a: seedsOf('a', 4) });
    for (const name of indexes) {
      memory.plant({ kind: 'index', name }, contents.get(`index/${name}`) ?? Buffer.alloc(0));
    }
    for (const name of packs) memory.lose({ kind: 'pack', name });
    await scene.reopen();
    const result = await scene.run();
    expect(result.packs).toMatchObject({ missing: packs.length, repacked: 0, removed: 0 });
    await scene.requireSound();
  });
});

describe('limits', () => {
  it('leaves unused bytes as they are up to a share, a size, or at all', async () => {
    await scene.halfForgotten();
    const repacked = async (request: Partial<PruneRequest>): Promise<number> =>
      (await scene.run({ ...request, dryRun: true })).packs.repacked;
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
    await scene.halfForgotten();
    const limit = 250_000;
    let rounds = 0;
    for (; rounds < 20; rounds++) {
      const result = await scene.run({ maxRepackBytes: limit });
      expect(result.bytes.repacked).toBeLessThan(limit);
      await scene.requireSound();
      if (result.packs.repacked === 0) break;
    }
    expect(rounds).toBeGreaterThan(1);
    expect((await scene.run({ dryRun: true })).packs.repacked).toBe(0);
  });

  it('gathers small packs when there are many, and not for ever', async () => {
    for (let at = 0; at < 12; at++) await scene.store({ [`f${at}`]: [`small ${at}`] });
    expect((await scene.run({ dryRun: true })).packs.repacked).toBe(12);
    expect((await scene.run({ dryRun: true, repackSmall: true })).packs.repacked).toBe(24);
    await scene.run({ repackSmall: true });
    expect(memory.names('pack').length).toBeLessThan(6);
    await scene.requireSound();
    expect((await scene.run({ repackSmall: true })).packs.repacked).toBe(0);
  });
});
