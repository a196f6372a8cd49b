import { randomBytes } from 'node:crypto';
import { beforeEach, expect, it, vi } from 'vitest';
import { HoldfastError } from '../../../shared/errors.ts';
import type { Id } from '../format/id.ts';
import { createTestRepository, openTestRepository } from '../testing/engine-means.ts';
import { MemoryBackend } from '../testing/memory-backend.ts';
import type { Repository } from './repository.ts';
import { SealedTrees } from './sealed-trees.ts';

let backend: MemoryBackend;
let repository: Repository;
let ids: Id[];

async function store(trees: readonly Buffer[]): Promise<Id[]> {
  const lock = await repository.lock('shared');
  await repository.refreshIndex();
  const writer = repository.startWriter();
  const saved = await Promise.all(trees.map((tree) => writer.save('tree', tree)));
  await writer.finish();
  await lock.release();
  return saved.map(({ id }) => id);
}

beforeEach(async () => {
  backend = new MemoryBackend();
  repository = await createTestRepository(backend);
  ids = await store([Buffer.from('one'), Buffer.from('two')]);
  repository = await openTestRepository(backend);
  await repository.refreshIndex();
});

it('asks again where the storage did not answer', async () => {
  const trees = new SealedTrees(repository);
  const unavailable = new HoldfastError('backend/unavailable', { retry: 'later' });
  vi.spyOn(backend, 'read').mockRejectedValueOnce(unavailable);
  await expect(trees.sealed(ids[0] ?? '')).rejects.toMatchObject({ code: 'backend/unavailable' });
  expect(await trees.sealed(ids[0] ?? '')).toMatchObject({ id: ids[0] });
});

it('is cancelled for who has cancelled, and for nobody else who waits for the same bytes', async () => {
  const trees = new SealedTrees(repository);
  const cancelled = new AbortController();
  // The second read is the one of who is left.
  vi.spyOn(backend, 'read').mockImplementationOnce(async (_file, _range, signal) => {
    const { promise, reject } = Promise.withResolvers<Buffer>();
    signal?.addEventListener('abort', () => reject(signal.reason as Error));
    return promise;
  });
  const first = trees.sealed(ids[0] ?? '', cancelled.signal);
  const second = trees.sealed(ids[0] ?? '', new AbortController().signal);
  cancelled.abort(new HoldfastError('job/cancelled'));
  await expect(first).rejects.toMatchObject({ code: 'job/cancelled' });
  expect(await second).toMatchObject({ id: ids[0] });
});

it('gives the memory of what it does not keep back, and not before all who wait have theirs', async () => {
  // Each more than half of what is read at a time, so that no two are read together.
  const wanted = Array.from({ length: 24 }, () => randomBytes(700_000));
  const large = await store(wanted);
  const reads: Buffer[] = [];
  const read = backend.read.bind(backend);
  vi.spyOn(backend, 'read').mockImplementation(async (...given) => {
    const bytes = await read(...given);
    reads.push(bytes);
    return bytes;
  });
  const trees = new SealedTrees(repository);
  const open = async (at: number): Promise<void> => {
    const tree = await trees.sealed(large[at] ?? '');
    if (tree === null) throw new Error(`no tree ${at}`);
    const bytes = Buffer.from(tree.sealed);
    const plain = await repository.openBlob(tree, bytes, 'tree', tree.id);
    expect(plain.equals(wanted[at] ?? Buffer.alloc(0))).toBe(true);
  };
  const all = Array.from(large.keys());
  await Promise.all([...all, ...all.toReversed()].map(open));
  for (const at of all) await open(at);
  await vi.waitFor(() =>
    expect(reads.filter(({ length }) => length > 0).length).toBeLessThanOrEqual(16),
  );
  expect(reads.length).toBeGreaterThanOrEqual(large.length);
});
