/** A run that has lost its lock: somebody else took it for dead and may have deleted what it had stored. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { FaultyBackend } from '../testing/faulty-backend.ts';
import { MemoryBackend } from '../testing/memory-backend.ts';
import { TestJob, testPorts } from '../testing/test-ports.ts';
import { createTestRepository, openTestRepository } from '../testing/test-repository.ts';
import { check } from './check.ts';
import { INDEX_FULL_AGE_MS } from './index-store.ts';

/** A laptop that has stored some packs of a run, and slept until another computer had removed its lock and the packs that no index names. */
async function pruned() {
  const memory = new MemoryBackend();
  const ports = testPorts({ hostname: 'laptop' });
  const laptop = await createTestRepository(memory, ports);
  const lock = await laptop.lock('shared');
  await laptop.refreshIndex();
  const writer = laptop.startWriter(lock.lostSignal);
  // Each large one is a pack of its own, stored beside what goes on; the small one waits for others.
  for (const bytes of [17_000_000, 17_000_000, 1000]) {
    await writer.save('data', randomBytes(bytes));
  }
  await expect.poll(() => memory.names('pack').length).toBe(2);
  for (const name of memory.names('lock')) memory.lose({ kind: 'lock', name });
  for (const name of memory.names('pack')) memory.lose({ kind: 'pack', name });
  return { memory, ports, laptop, lock, writer };
}

describe('a run whose lock was taken away writes no index', () => {
  it('when it gives up', async () => {
    const { memory, laptop, lock, writer } = await pruned();
    await expect(lock.ensureHeld()).rejects.toMatchObject({ code: 'repo/lock-lost' });
    await expect(writer.abandon()).rejects.toMatchObject({ code: 'repo/lock-lost' });
    await lock.release();
    expect(memory.names('index')).toEqual([]);
    const other = await openTestRepository(memory, testPorts({ hostname: 'other' }));
    const found = await check(other, { readData: false }, new TestJob());
    expect(found.errorCount).toBe(0);
    // And what it remembers is not built on either.
    const again = await laptop.lock('shared');
    // Packs that nobody has deleted are taken up.
    expect(again.followsCrash).toBe(true);
    expect(() => laptop.startWriter()).toThrow(
      expect.objectContaining({ code: 'internal/unexpected' }),
    );
    await again.release();
  });

  it('when it ends before it has noticed', async () => {
    const { memory, lock, writer } = await pruned();
    await expect(writer.finish()).rejects.toMatchObject({ code: 'repo/lock-lost' });
    await writer.abandon().catch(() => undefined);
    await lock.release();
    expect(memory.names('index')).toEqual([]);
  });

  it('from time to time while it runs', async () => {
    const { memory, ports, lock, writer } = await pruned();
    ports.clock.advance(INDEX_FULL_AGE_MS);
    await expect(
      (async () => {
        for (let i = 0; i < 40; i++) await writer.save('data', randomBytes(1_000_000));
        await writer.finish();
      })(),
    ).rejects.toMatchObject({ code: 'repo/lock-lost' });
    await writer.abandon().catch(() => undefined);
    await lock.release();
    expect(memory.names('index')).toEqual([]);
  });
});

describe('a lock file that was left behind', () => {
  it('goes with the next lock, also of another session of this process', async () => {
    const memory = new MemoryBackend();
    await createTestRepository(memory);
    const faulty = new FaultyBackend(memory);
    const first = await openTestRepository(faulty);
    faulty.add({
      operation: 'delete',
      kind: 'lock',
      effect: { kind: 'fail', code: 'drive/sign-in-ended' },
    });
    await (await first.lock('shared')).release();
    expect(memory.names('lock')).toHaveLength(1);
    const second = await openTestRepository(memory);
    await (await second.lock('exclusive')).release();
    expect(memory.names('lock')).toEqual([]);
  });

  it('by a write whose answer was lost is no lock', async () => {
    const memory = new MemoryBackend();
    await createTestRepository(memory);
    const faulty = new FaultyBackend(memory);
    const repository = await openTestRepository(faulty);
    faulty.add({
      operation: 'write',
      kind: 'lock',
      effect: { kind: 'fail-after', code: 'backend/offline' },
    });
    await expect(repository.lock('shared')).rejects.toMatchObject({ code: 'backend/offline' });
    expect(memory.names('lock')).toHaveLength(1);
    faulty.heal();
    await (await repository.lock('exclusive')).release();
    expect(memory.names('lock')).toEqual([]);
  });
});
