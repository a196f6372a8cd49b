import { beforeEach, describe, expect, it } from 'vitest';

import { encodeIndex } from '../format/index-file.ts';
import { sha256Hex } from '../format/id.ts';
import { flipBit } from '../testing/faulty-backend.ts';
import { DyingBackend } from '../testing/dying-backend.ts';
import { MemoryBackend } from '../testing/memory-backend.ts';
import { chunkOf, makePruneScene, PRUNE_ALL, type KeptArchives } from '../testing/prune-scene.ts';
import { SmallPacks } from '../testing/small-packs.ts';
import { TestJob } from '../testing/test-ports.ts';
import { openTestRepository } from '../testing/test-repository.ts';
import { check } from './check.ts';
import { loadIndexFiles, rewriteIndex } from './index-rewrite.ts';
import { prune } from './prune.ts';
import { repairIndex } from './repair-index.ts';
import { saveSealed } from './sealed-files.ts';

let memory: MemoryBackend;
let storage: SmallPacks;
let kept: KeptArchives;

beforeEach(async () => {
  memory = new MemoryBackend();
  storage = new SmallPacks(memory);
  kept = await makePruneScene(storage, 10);
  await prune(await openTestRepository(storage), PRUNE_ALL, new TestJob());
  memory.journal.length = 0;
});

async function repair(readAllPacks = false) {
  return await repairIndex(await openTestRepository(storage), { readAllPacks }, new TestJob());
}

async function errors(): Promise<number> {
  const repository = await openTestRepository(storage);
  return (await check(repository, { readData: true }, new TestJob())).errorCount;
}

async function requireSound(): Promise<void> {
  expect(await errors()).toBe(0);
  const reader = await openTestRepository(storage);
  await reader.refreshIndex();
  for (const seed of new Set([...kept.values()].flat())) {
    expect((await reader.loadBlob('data', sha256Hex(chunkOf(seed)))).equals(chunkOf(seed))).toBe(
      true,
    );
  }
}

const changes = (): string[] =>
  memory.journal
    .filter((entry) => !entry.includes('locks/'))
    .map((entry) => entry.replace(/\/.*$/u, ''));

describe('repair index', () => {
  it('changes nothing where the index is as it should be', async () => {
    for (const readAllPacks of [false, true]) {
      expect(await repair(readAllPacks)).toMatchObject({
        kind: 'repair-index',
        packsAdded: 0,
        packsCorrected: 0,
        packsDropped: 0,
        unreadablePacks: [],
        indexesWritten: 0,
        indexesRemoved: 0,
      });
    }
    expect(changes()).toEqual([]);
  });

  it('makes a lost index anew', async () => {
    for (const name of memory.names('index')) memory.lose({ kind: 'index', name });
    expect(await errors()).toBeGreaterThan(0);
    const result = await repair();
    expect(result.packsAdded).toBe(memory.names('pack').length);
    expect(changes()).toEqual(['write index']);
    await requireSound();
  });

  it('replaces a damaged index: the new one is there before the old one goes', async () => {
    const [name = ''] = memory.names('index');
    memory.tamper({ kind: 'index', name }, (bytes) => flipBit(bytes, 40));
    const refused = prune(await openTestRepository(storage), PRUNE_ALL, new TestJob());
    await expect(refused).rejects.toMatchObject({ code: 'prune/backup-not-whole' });
    memory.journal.length = 0;
    expect(await repair()).toMatchObject({ indexesDamaged: 1, indexesRemoved: 1 });
    expect(changes()).toEqual(['write index', 'delete index']);
    expect(memory.names('index')).not.toContain(name);
    await requireSound();
    await prune(await openTestRepository(storage), PRUNE_ALL, new TestJob());
    await requireSound();
  });

  it('drops packs that are gone, and takes up packs that nothing names', async () => {
    const repository = await openTestRepository(storage);
    const pack = memory.names('pack')[0] ?? '';
    const file = { kind: 'pack', name: pack } as const;
    const bytes = await memory.read(file);
    memory.lose(file);
    expect(await repair()).toMatchObject({ packsDropped: 1, packsAdded: 0 });
    await repository.refreshIndex();
    expect(await errors()).toBeGreaterThan(0);
    memory.plant(file, bytes);
    expect(await repair()).toMatchObject({ packsDropped: 0, packsAdded: 1 });
    await requireSound();
  });

  it('asks a pack again of which the index cannot be right', async () => {
    const repository = await openTestRepository(storage);
    const { core } = repository;
    await repository.refreshIndex();
    const lock = await repository.lock('exclusive');
    const pack = repository.locate('data', sha256Hex(chunkOf('shared 0')))[0]?.pack ?? '';
    // An index of its own for this pack, with a blob left out: as old versions could leave it.
    const signal = new TestJob().signal;
    const { current } = await rewriteIndex(core, lock, { without: new Set() }, signal);
    await lock.release();
    const whole = (await loadIndexFiles(core, current, signal)).packEntries(pack);
    await saveSealed(core, 'index', encodeIndex({ packs: [{ id: pack, blobs: whole.slice(1) }] }));
    expect(await errors()).toBeGreaterThan(0);
    expect(await repair()).toMatchObject({ packsCorrected: 1, packsAdded: 0 });
    await requireSound();
    expect(memory.names('index')).toHaveLength(1);
  });

  it('leaves what an index says of a pack that cannot be read, and reports the pack', async () => {
    const packs = memory.names('pack');
    const [cut = ''] = packs;
    const stray = 'ab'.repeat(32);
    memory.tamper({ kind: 'pack', name: cut }, (bytes) => bytes.subarray(0, bytes.length - 20));
    memory.plant({ kind: 'pack', name: stray }, Buffer.from('no pack at all'));
    memory.plant({ kind: 'pack', name: 'cd'.repeat(32) }, Buffer.alloc(0));
    const result = await repair();
    expect(result.unreadablePacks.toSorted()).toEqual([cut, stray, 'cd'.repeat(32)].toSorted());
    expect(result).toMatchObject({ packsAdded: 0, packsCorrected: 0, packsDropped: 0 });
    expect(changes()).toEqual([]);
    expect(memory.names('pack')).toHaveLength(packs.length + 2);
  });

  it('killed at any moment leaves what a further one puts right', async () => {
    const [name = ''] = memory.names('index');
    memory.tamper({ kind: 'index', name }, (bytes) => flipBit(bytes, 40));
    const template = memory;
    const whole = new DyingBackend(template.copy());
    await repairIndex(await openTestRepository(whole), { readAllPacks: false }, new TestJob());
    for (let dieAt = 1; dieAt <= whole.changes; dieAt++) {
      memory = template.copy();
      storage = new SmallPacks(memory);
      const dying = await openTestRepository(new DyingBackend(memory, dieAt, dieAt % 2 === 0));
      await repairIndex(dying, { readAllPacks: false }, new TestJob()).catch(() => undefined);
      for (const lock of memory.names('lock')) memory.lose({ kind: 'lock', name: lock });
      await repair();
      await requireSound();
    }
  });

  it('needs the repository for itself', async () => {
    const lock = await (await openTestRepository(storage)).lock('shared');
    await expect(repair()).rejects.toMatchObject({ code: 'repo/locked' });
    await lock.release();
  });
});
