import { describe, expect, it } from 'vitest';

import { sha256Hex } from '../format/id.ts';
import type { PackEntry } from '../format/pack-file.ts';
import { FaultyBackend } from '../testing/faulty-backend.ts';
import { MemoryBackend } from '../testing/memory-backend.ts';
import { createTestRepository, openTestRepository } from '../testing/test-repository.ts';
import { IndexStore, type IndexedPack } from './index-store.ts';

function packOf(name: string, count: number): IndexedPack {
  const blobs = Array.from({ length: count }, (_, at): PackEntry => ({
    type: 'data',
    id: sha256Hex(Buffer.from(`${name} ${at}`)),
    offset: at * 100,
    length: 100,
    uncompressedLength: 0,
  }));
  return { id: sha256Hex(Buffer.from(name)), blobs };
}

async function stored(memory: MemoryBackend): Promise<IndexStore> {
  const index = new IndexStore((await openTestRepository(memory)).core);
  await index.refresh();
  return index;
}

describe('IndexStore', () => {
  it('saves a file when 50,000 blobs have come together, and the rest on demand', async () => {
    const memory = new MemoryBackend();
    const { core } = await createTestRepository(memory);
    const index = new IndexStore(core);
    await index.addPack(packOf('a', 30_000));
    expect(memory.names('index')).toHaveLength(0);
    await index.addPack(packOf('b', 20_000));
    expect(memory.names('index')).toHaveLength(1);
    expect(index.hasUnsaved).toBe(false);
    await index.addPack(packOf('c', 5));
    await index.save();
    await index.save();
    expect(memory.names('index')).toHaveLength(2);
    const again = await stored(memory);
    expect(again.blobs.entryCount).toBe(50_005);
    expect(again.blobs.packEntries(packOf('c', 5).id)).toEqual(packOf('c', 5).blobs);
  });

  it('tries the same packs again after a save that failed', async () => {
    const memory = new MemoryBackend();
    await createTestRepository(memory);
    const faulty = new FaultyBackend(memory);
    const index = new IndexStore((await openTestRepository(faulty)).core);
    // So many that the memory of the table is given back once it is not needed any more.
    const large = packOf('a', 5_000);
    await index.addPack(large);
    faulty.add({
      operation: 'write',
      kind: 'index',
      count: 1,
      effect: { kind: 'fail', code: 'backend/no-space' },
    });
    await expect(index.save()).rejects.toMatchObject({ code: 'backend/no-space' });
    expect(index.hasUnsaved).toBe(true);
    await index.addPack(packOf('b', 2));
    await index.save();
    const again = await stored(memory);
    expect(again.blobs.entryCount).toBe(5_002);
    expect(again.blobs.packEntries(large.id)).toEqual(large.blobs);
    expect(index.blobs.packEntries(large.id)).toEqual(large.blobs);
  });

  it('may be refreshed by several at once, and knows everything all the while', async () => {
    const memory = new MemoryBackend();
    const { core } = await createTestRepository(memory);
    const writer = new IndexStore(core);
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) {
      await writer.addPack(packOf(name, 3));
      await writer.save();
    }
    const reader = await stored(memory);
    const [gone] = memory.names('index');
    memory.lose({ kind: 'index', name: gone ?? '' });
    const refreshing = Promise.all([reader.refresh(), reader.refresh(), reader.refresh()]);
    expect(reader.blobs.entryCount).toBe(18);
    await refreshing;
    expect(reader.blobs.entryCount).toBe(15);
    expect(reader.blobs.packCount).toBe(5);
  });

  it('looks again when an index file vanishes while it is read', async () => {
    const memory = new MemoryBackend();
    const { core } = await createTestRepository(memory);
    const writer = new IndexStore(core);
    await writer.addPack(packOf('a', 3));
    await writer.save();
    const faulty = new FaultyBackend(memory);
    const reader = new IndexStore((await openTestRepository(faulty)).core);
    faulty.add({
      operation: 'read',
      kind: 'index',
      count: 1,
      effect: { kind: 'fail', code: 'backend/not-found' },
    });
    await reader.refresh();
    expect(reader.blobs.entryCount).toBe(3);
  });

  it('tells of packs that are named twice', async () => {
    const memory = new MemoryBackend();
    const { core } = await createTestRepository(memory);
    for (const count of [3, 3, 2]) {
      const writer = new IndexStore(core);
      await writer.addPack(packOf('a', count));
      await writer.save();
    }
    const told: string[] = [];
    const reader = new IndexStore(core);
    await reader.refresh(undefined, {
      unreadable: () => undefined,
      repeatedPack: (_index, pack, addition) => {
        expect(pack).toBe(packOf('a', 1).id);
        told.push(addition);
      },
    });
    expect(told).toHaveLength(2);
    expect(told).toContain('differs');
    expect(reader.blobs.entryCount).toBe(3);
  });
});
