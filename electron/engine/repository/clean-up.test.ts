/** Whoever cancels while the storage does not answer does not wait for it. */
import { randomBytes } from 'node:crypto';
import { afterEach, expect, it, vi } from 'vitest';
import type { Backend } from '../backend/backend.ts';
import { MemoryBackend } from '../testing/memory-backend.ts';
import { createTestRepository, openTestRepository } from '../testing/test-repository.ts';
import { testPorts } from '../testing/test-ports.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** Once it is silent, every request lasts until it is aborted. */
function silenced(inner: MemoryBackend): { readonly backend: Backend; silence(on: boolean): void } {
  let isSilent = false;
  const answer = async (signal: AbortSignal | undefined): Promise<void> => {
    if (!isSilent) return;
    await new Promise((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      if (signal?.aborted === true) reject(signal.reason as Error);
    });
  };
  const backend: Backend = {
    location: 'silent',
    prepare: (signal) => inner.prepare(signal),
    write: (file, bytes, signal) => answer(signal).then(() => inner.write(file, bytes, signal)),
    read: (file, range, signal) => answer(signal).then(() => inner.read(file, range, signal)),
    stat: (file, signal) => answer(signal).then(() => inner.stat(file, signal)),
    async *list(kind, signal) {
      await answer(signal);
      yield* inner.list(kind, signal);
    },
    delete: (file, signal) => answer(signal).then(() => inner.delete(file, signal)),
    space: () => inner.space(),
  };
  return {
    backend,
    silence: (on) => {
      isSilent = on;
    },
  };
}

it('a run that is cancelled then ends soon, and the next one tidies up after it', async () => {
  const memory = new MemoryBackend();
  await createTestRepository(memory);
  const { backend, silence } = silenced(memory);
  const repository = await openTestRepository(backend, testPorts());
  const lock = await repository.lock('shared');
  await repository.refreshIndex();
  const stop = new AbortController();
  const writer = repository.startWriter(AbortSignal.any([stop.signal, lock.lostSignal]));
  // Each large one is a pack of its own, stored beside what goes on; the small one waits for others.
  for (const bytes of [17_000_000, 17_000_000, 1000]) {
    await writer.save('data', randomBytes(bytes));
  }
  await expect.poll(() => memory.names('pack').length).toBe(2);

  silence(true);
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  stop.abort(new Error('cancelled'));
  const ended = (async () => {
    await writer.abandon().catch(() => undefined);
    await lock.release();
  })();
  await vi.advanceTimersByTimeAsync(15_000);
  await vi.advanceTimersByTimeAsync(15_000);
  await ended;
  vi.useRealTimers();
  expect(memory.names('index')).toEqual([]);
  expect(memory.names('lock')).toHaveLength(1);

  silence(false);
  const next = await repository.lock('exclusive');
  expect(next.followsCrash).toBe(true);
  expect(memory.names('lock')).toHaveLength(1);
  await next.release();
  expect(memory.names('lock')).toEqual([]);
});

it('a refresh of the lock that gets no answer does not hold up letting go of it', async () => {
  const memory = new MemoryBackend();
  await createTestRepository(memory);
  const { backend, silence } = silenced(memory);
  const ports = testPorts();
  const repository = await openTestRepository(backend, ports);
  const lock = await repository.lock('shared');
  silence(true);
  ports.clock.advance(6 * 60_000);
  const held = lock.ensureHeld().catch(() => undefined);
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  const released = lock.release();
  await vi.advanceTimersByTimeAsync(15_000);
  await vi.advanceTimersByTimeAsync(15_000);
  await Promise.all([released, held]);
});
