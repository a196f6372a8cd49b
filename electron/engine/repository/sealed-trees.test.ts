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

beforeEach(async () => {
  backend = new MemoryBackend();
  repository = await createTestRepository(backend);
  const lock = await repository.lock('shared');
  await repository.refreshIndex();
  const writer = repository.startWriter();
  const saved = ['one', 'two'].map((text) => writer.save('tree', Buffer.from(text)));
  ids = (await Promise.all(saved)).map(({ id }) => id);
  await writer.finish();
  await lock.release();
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
