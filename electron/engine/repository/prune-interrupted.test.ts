/** Prune is killed before and after each of its writes and deletes: nothing is lost, and the next one ends it. */
import { beforeAll, describe, expect, it } from 'vitest';

import { sha256Hex } from '../format/id.ts';
import { DyingBackend } from '../testing/dying-backend.ts';
import { MemoryBackend } from '../testing/memory-backend.ts';
import { chunkOf, makePruneScene, PRUNE_ALL, type KeptArchives } from '../testing/prune-scene.ts';
import { SmallPacks } from '../testing/small-packs.ts';
import { TestJob, testPorts } from '../testing/test-ports.ts';
import { openTestRepository } from '../testing/test-repository.ts';
import { check } from './check.ts';
import { prune } from './prune.ts';

/** No process has it: the lock is known to be of somebody who was killed. */
const DEAD_PID = 2 ** 22 + 1;

let template: MemoryBackend;
let kept: KeptArchives;

beforeAll(async () => {
  template = new MemoryBackend();
  kept = await makePruneScene(new SmallPacks(template), 16);
});

async function pruneUntilDeath(storage: DyingBackend): Promise<void> {
  const repository = await openTestRepository(storage, testPorts({ pid: DEAD_PID }));
  await prune(repository, PRUNE_ALL, new TestJob());
}

async function pruneAgain(memory: MemoryBackend) {
  const repository = await openTestRepository(new SmallPacks(memory));
  return await prune(repository, PRUNE_ALL, new TestJob());
}

async function requireSound(memory: MemoryBackend): Promise<void> {
  const repository = await openTestRepository(memory);
  const { findings } = await check(repository, { readData: true }, new TestJob());
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  await repository.refreshIndex();
  expect((await repository.listSnapshots()).map(({ id }) => id)).toEqual([...kept.keys()]);
  for (const seed of new Set([...kept.values()].flat())) {
    const wanted = chunkOf(seed);
    expect((await repository.loadBlob('data', sha256Hex(wanted))).equals(wanted)).toBe(true);
  }
}

function packBytes(memory: MemoryBackend): number {
  return [...memory.contents()]
    .filter(([path]) => path.startsWith('data/'))
    .reduce((sum, [, { length }]) => sum + length, 0);
}

describe('a prune that is killed', () => {
  it('loses nothing wherever it is, and the next one ends it', { timeout: 300_000 }, async () => {
    const finished = template.copy();
    const whole = new DyingBackend(finished);
    await pruneUntilDeath(whole);
    await requireSound(finished);
    expect(whole.changes).toBeGreaterThan(15);
    for (let dieAt = 1; dieAt <= whole.changes; dieAt++) {
      for (const isDone of [false, true]) {
        const memory = template.copy();
        const storage = new DyingBackend(memory, dieAt, isDone);
        await pruneUntilDeath(storage).catch(() => undefined);
        // Random places in packs make one change more or less.
        if (!storage.isDead) continue;
        await requireSound(memory);
        await pruneAgain(memory);
        await requireSound(memory);
        const again = await pruneAgain(memory);
        expect(again.packs).toMatchObject({ repacked: 0, removed: 0, unindexed: 0, missing: 0 });
        expect(again.bytes.unusedAfter).toBe(0);
        expect(Math.abs(packBytes(memory) - packBytes(finished))).toBeLessThan(2_000);
      }
    }
  });

  it.each([
    ['before it wrote an index', /^write index/u],
    ['before it deleted the old index', /^delete index/u],
    ['before it deleted the old packs', /^delete data/u],
  ])('%s does not rewrite the same again', async (_, moment) => {
    const finished = template.copy();
    await pruneUntilDeath(new DyingBackend(finished));
    const { journal } = finished;
    // The left-overs of the cut run go first; that is not what is meant here.
    const firstPack = journal.findIndex((entry) => entry.startsWith('write data'));
    const dieAt = journal.findIndex((entry, at) => at > firstPack && moment.test(entry)) + 1;
    const memory = template.copy();
    await expect(pruneUntilDeath(new DyingBackend(memory, dieAt))).rejects.toMatchObject({
      code: 'backend/unavailable',
    });
    const before = memory.journal.length;
    const result = await pruneAgain(memory);
    expect(result.packs.repacked).toBe(0);
    expect(memory.journal.slice(before).filter((entry) => entry.startsWith('write data'))).toEqual(
      [],
    );
    await requireSound(memory);
  });
});
