import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';

import { sha256Hex } from '../format/id.ts';
import { FaultyBackend } from '../testing/faulty-backend.ts';
import { MemoryBackend } from '../testing/memory-backend.ts';
import { testPorts } from '../testing/test-ports.ts';
import { createTestRepository, openTestRepository, writing } from '../testing/test-repository.ts';
import { INDEX_FULL_AGE_MS } from './index-store.ts';
import { PACK_SIZE_BYTES } from './open-pack.ts';
import type { Repository } from './repository.ts';

const MIB = 1024 * 1024;

async function packSizes(memory: MemoryBackend): Promise<number[]> {
  const sizes = [];
  for await (const { sizeBytes } of memory.list('pack')) sizes.push(sizeBytes);
  return sizes.toSorted((a, b) => a - b);
}

async function reopened(memory: MemoryBackend): Promise<Repository> {
  const repository = await openTestRepository(memory);
  await repository.refreshIndex();
  return repository;
}

describe('the writer', () => {
  it('gives back every blob, as another session reads it', async () => {
    const memory = new MemoryBackend();
    const blobs = [Buffer.from('x'), Buffer.alloc(100_000, 'abc'), randomBytes(50_000)];
    await writing(await createTestRepository(memory), async (writer) => {
      for (const blob of blobs) {
        const saved = await writer.save('data', blob);
        expect(saved).toEqual({
          id: sha256Hex(blob),
          isNew: true,
          storedBytes: expect.any(Number) as number,
        });
      }
      await writer.save('tree', Buffer.from('{"nodes":[]}\n'));
    });
    const reader = await reopened(memory);
    for (const blob of blobs) {
      expect(reader.blobLength('data', sha256Hex(blob))).toBe(blob.length);
      expect((await reader.loadBlob('data', sha256Hex(blob))).equals(blob)).toBe(true);
      expect(reader.has('tree', sha256Hex(blob))).toBe(false);
    }
    expect(memory.names('pack')).toHaveLength(2);
  });

  it('stores every blob once, in a run and over runs, also when asked many times at once', async () => {
    const memory = new MemoryBackend();
    const repository = await createTestRepository(memory);
    const blob = randomBytes(1000);
    await writing(repository, async (writer) => {
      const saved = await Promise.all([1, 2, 3].map(() => writer.save('data', blob)));
      expect(saved.filter(({ isNew }) => isNew)).toHaveLength(1);
    });
    for (const session of [repository, await openTestRepository(memory)]) {
      await writing(session, async (writer) => {
        expect(await writer.save('data', blob)).toEqual({
          id: sha256Hex(blob),
          isNew: false,
          storedBytes: 0,
        });
        expect((await writer.save('tree', blob)).isNew).toBe(session === repository);
      });
    }
    expect(memory.names('pack')).toHaveLength(2);
    expect(memory.names('index')).toHaveLength(2);
  });

  it('compresses what gets smaller, and trees always', async () => {
    const memory = new MemoryBackend();
    const repository = await createTestRepository(memory);
    const noise = randomBytes(500);
    const text = Buffer.alloc(5000, 'text ');
    await writing(repository, async (writer) => {
      await writer.save('data', noise);
      await writer.save('data', text);
      await writer.save('tree', noise);
    });
    const [noiseAt] = repository.locate('data', sha256Hex(noise));
    const [textAt] = repository.locate('data', sha256Hex(text));
    const [treeAt] = repository.locate('tree', sha256Hex(noise));
    expect(noiseAt).toMatchObject({ length: 532, uncompressedLength: 0 });
    expect(textAt).toMatchObject({ uncompressedLength: 5000 });
    expect(textAt?.length).toBeLessThan(200);
    expect(treeAt).toMatchObject({ uncompressedLength: 500 });
  });

  it('never writes an empty blob', async () => {
    const repository = await createTestRepository(new MemoryBackend());
    await writing(repository, async (writer) => {
      await expect(writer.save('data', Buffer.alloc(0))).rejects.toThrow(RangeError);
    });
  });

  it('makes packs of 16 MiB, merges short ones, and gives a giant blob its own', async () => {
    const memory = new MemoryBackend();
    const repository = await createTestRepository(memory);
    await writing(repository, async (writer) => {
      for (let i = 0; i < 50; i++) await writer.save('data', randomBytes(MIB));
      await writer.save('data', randomBytes(PACK_SIZE_BYTES + 5));
    });
    const sizes = await packSizes(memory);
    const full = sizes.filter((size) => size >= PACK_SIZE_BYTES);
    expect(sizes.every((size) => size <= PACK_SIZE_BYTES + MIB + 10_000)).toBe(true);
    expect(full.length).toBeGreaterThanOrEqual(2);
    // At the end two open packs of a kind are left, or one if they fit together.
    expect(sizes.length - full.length).toBeLessThanOrEqual(2);
    expect(sizes).toContain(PACK_SIZE_BYTES + 5 + 32 + 37 + 36);
  });

  it('keeps one short pack a kind when little was stored', async () => {
    const memory = new MemoryBackend();
    await writing(await createTestRepository(memory), async (writer) => {
      for (let i = 0; i < 100; i++) {
        await writer.save('data', randomBytes(2000));
        await writer.save('tree', randomBytes(200));
      }
    });
    expect(memory.names('pack')).toHaveLength(2);
    expect(memory.names('index')).toHaveLength(1);
  });

  it('saves an index file on the way when ten minutes have passed', async () => {
    const memory = new MemoryBackend();
    const ports = testPorts();
    const repository = await createTestRepository(memory, ports);
    await writing(repository, async (writer) => {
      const giant = async (): Promise<unknown> =>
        await writer.save('data', randomBytes(PACK_SIZE_BYTES));
      await giant();
      await giant();
      await giant();
      expect(memory.names('index')).toHaveLength(0);
      ports.clock.advance(INDEX_FULL_AGE_MS);
      await giant();
      await giant();
      await giant();
      // It is written beside the uploads.
      await expect.poll(() => memory.names('index')).toHaveLength(1);
    });
    expect(memory.names('index')).toHaveLength(2);
  });

  it('only starts under a lock under which the index was read, one at a time', async () => {
    const repository = await createTestRepository(new MemoryBackend());
    const refused = { code: 'internal/unexpected' };
    expect(() => repository.startWriter()).toThrow(expect.objectContaining(refused) as Error);
    await repository.refreshIndex();
    expect(() => repository.startWriter()).toThrow(expect.objectContaining(refused) as Error);
    const lock = await repository.lock('shared');
    expect(() => repository.startWriter()).toThrow(expect.objectContaining(refused) as Error);
    await repository.refreshIndex();
    const writer = repository.startWriter();
    expect(() => repository.startWriter()).toThrow(expect.objectContaining(refused) as Error);
    await expect(repository.refreshIndex()).rejects.toMatchObject(refused);
    await writer.finish();
    await expect(writer.save('data', randomBytes(1))).rejects.toMatchObject(refused);
    await lock.release();
    expect(() => repository.startWriter()).toThrow(expect.objectContaining(refused) as Error);
  });
});

describe('a run that breaks off', () => {
  it('keeps what was stored for the next run, and forgets what was not', async () => {
    const memory = new MemoryBackend();
    const repository = await createTestRepository(memory);
    const [stored, open] = [randomBytes(PACK_SIZE_BYTES), randomBytes(1000)];
    const lock = await repository.lock('shared');
    await repository.refreshIndex();
    const writer = repository.startWriter();
    await writer.save('data', stored);
    await writer.save('data', open);
    await writer.abandon();
    await writer.abandon();
    await lock.release();
    for (const session of [repository, await reopened(memory)]) {
      expect(session.has('data', sha256Hex(stored))).toBe(true);
      expect(session.has('data', sha256Hex(open))).toBe(false);
    }
    await writing(repository, async (again) => {
      expect((await again.save('data', stored)).isNew).toBe(false);
      expect((await again.save('data', open)).isNew).toBe(true);
    });
  });

  it('says what stopped it to everybody who saves, and the disk may be freed', async () => {
    const memory = new MemoryBackend();
    const faulty = new FaultyBackend(memory);
    const repository = await createTestRepository(memory);
    const onFaulty = await openTestRepository(faulty);
    const full = { code: 'backend/no-space' };
    const lock = await onFaulty.lock('shared');
    await onFaulty.refreshIndex();
    const writer = onFaulty.startWriter();
    const first = randomBytes(PACK_SIZE_BYTES);
    await writer.save('data', first);
    faulty.add({
      operation: 'write',
      kind: 'pack',
      from: 2,
      effect: { kind: 'fail', code: 'backend/no-space' },
    });
    const late = randomBytes(PACK_SIZE_BYTES);
    await writer.save('data', randomBytes(PACK_SIZE_BYTES)).catch(() => undefined);
    await writer.save('data', late).catch(() => undefined);
    await expect(writer.finish()).rejects.toMatchObject(full);
    await expect(writer.save('data', randomBytes(5))).rejects.toMatchObject(full);
    await writer.abandon();
    await lock.release();
    faulty.heal();
    await repository.refreshIndex();
    expect(repository.has('data', sha256Hex(late))).toBe(false);
    await writing(onFaulty, async (again) => {
      expect((await again.save('data', late)).isNew).toBe(true);
    });
    const reader = await reopened(memory);
    expect((await reader.loadBlob('data', sha256Hex(late))).equals(late)).toBe(true);
  });

  it('does not build on packs that no index names, when even the index could not be written', async () => {
    const memory = new MemoryBackend();
    await createTestRepository(memory);
    const faulty = new FaultyBackend(memory);
    const repository = await openTestRepository(faulty);
    const lock = await repository.lock('shared');
    await repository.refreshIndex();
    const writer = repository.startWriter();
    const blob = randomBytes(PACK_SIZE_BYTES);
    await writer.save('data', blob);
    faulty.add({
      operation: 'write',
      kind: 'index',
      effect: { kind: 'fail', code: 'backend/unavailable' },
    });
    await expect(writer.finish()).rejects.toMatchObject({ code: 'backend/unavailable' });
    await expect(writer.abandon()).rejects.toMatchObject({ code: 'backend/unavailable' });
    expect(() => repository.startWriter()).toThrow('internal/unexpected');
    await lock.release();
    faulty.heal();
    // Another program prunes: under its exclusive lock the pack that nothing names is deleted.
    for (const name of memory.names('pack')) memory.lose({ kind: 'pack', name });
    await writing(repository, async (again) => {
      expect((await again.save('data', blob)).isNew).toBe(true);
    });
    expect((await (await reopened(memory)).loadBlob('data', sha256Hex(blob))).equals(blob)).toBe(
      true,
    );
  });

  it('stops between two blobs when it is told to', async () => {
    const memory = new MemoryBackend();
    const repository = await createTestRepository(memory);
    const stop = new AbortController();
    const lock = await repository.lock('shared');
    await repository.refreshIndex();
    const writer = repository.startWriter(stop.signal);
    await writer.save('data', randomBytes(10));
    stop.abort(new Error('stop'));
    await expect(writer.save('data', randomBytes(10))).rejects.toThrow('stop');
    await expect(writer.finish()).rejects.toThrow('stop');
    await writer.abandon();
    await lock.release();
    expect(memory.names('pack')).toEqual([]);
  });
});

describe('the index over time', () => {
  it('reads only new index files, and everything anew when another program has pruned', async () => {
    const memory = new MemoryBackend();
    const first = await createTestRepository(memory);
    const [a, b, c] = [randomBytes(100), randomBytes(101), randomBytes(102)];
    await writing(first, (writer) => writer.save('data', a));
    const watcher = await reopened(memory);
    const [oldIndex] = memory.names('index');
    await writing(first, (writer) => writer.save('data', b));
    expect(watcher.has('data', sha256Hex(b))).toBe(false);
    await watcher.refreshIndex();
    expect(watcher.has('data', sha256Hex(a)) && watcher.has('data', sha256Hex(b))).toBe(true);
    memory.lose({ kind: 'index', name: oldIndex ?? '' });
    await watcher.refreshIndex();
    expect(watcher.has('data', sha256Hex(a))).toBe(false);
    expect(watcher.has('data', sha256Hex(b))).toBe(true);
    await writing(watcher, async (writer) => {
      expect((await writer.save('data', a)).isNew).toBe(true);
      expect((await writer.save('data', c)).isNew).toBe(true);
    });
  });
});
