import { describe, expect, it } from 'vitest';
import { encodeTree } from '../format/tree.ts';
import { MemoryBackend } from '../testing/memory-backend.ts';
import { testPorts } from '../testing/test-ports.ts';
import { createTestRepository, openTestRepository, writing } from '../testing/test-repository.ts';

/** A run that has begun under a lock which others may not have seen yet; `settle` lets that moment pass. */
async function begun() {
  const memory = new MemoryBackend();
  const ports = testPorts();
  const repository = await createTestRepository(memory, ports);
  await writing(repository, async (writer) => writer.save('data', Buffer.from('earlier')));
  const other = await openTestRepository(memory, testPorts({ hostname: 'other', pid: 7 }));
  const exclusive = await other.lock('exclusive');
  const [exclusiveName = ''] = memory.names('lock');
  const exclusiveBytes = await memory.read({ kind: 'lock', name: exclusiveName });
  await exclusive.release();

  const { promise: moment, resolve: settle } = Promise.withResolvers<void>();
  const sleep = ports.clock.sleep.bind(ports.clock);
  ports.clock.sleep = (ms, signal) => (ms < 1000 ? moment : sleep(ms, signal));
  const before = { packs: memory.names('pack'), index: memory.names('index') };
  const lock = await repository.lockToBegin();
  await repository.refreshIndex();
  const writer = repository.startWriter();
  await writer.save('data', Buffer.from('new'));
  await writer.save('tree', encodeTree([]));
  const plantExclusive = (): void =>
    memory.plant({ kind: 'lock', name: exclusiveName }, exclusiveBytes);
  const stored = () => ({ packs: memory.names('pack'), index: memory.names('index') });
  return { memory, repository, lock, writer, settle, before, stored, plantExclusive };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe('a lock under which work begins at once', () => {
  it('is there from the beginning, and nothing is stored until it has settled', async () => {
    const { memory, lock, writer, settle, before, stored } = await begun();
    expect(memory.names('lock')).toHaveLength(1);
    const finished = writer.finish();
    await turns();
    expect(stored()).toEqual(before);
    settle();
    await finished;
    expect(stored().packs.length).toBeGreaterThan(before.packs.length);
    expect(stored().index.length).toBeGreaterThan(before.index.length);
    await lock.release();
    expect(memory.names('lock')).toEqual([]);
  });

  it('gives way to one that began to delete at the same moment, with nothing stored', async () => {
    const { lock, writer, settle, before, stored, plantExclusive } = await begun();
    const finished = writer.finish();
    plantExclusive();
    settle();
    await expect(finished).rejects.toMatchObject({
      code: 'repo/locked',
      context: { hostname: 'other' },
    });
    await expect(writer.abandon()).resolves.toBeUndefined();
    expect(stored()).toEqual(before);
    await lock.release();
  });

  it('builds on nothing that was deleted before it could be seen', async () => {
    const { memory, lock, writer, settle, before, stored } = await begun();
    const finished = writer.finish();
    for (const name of before.index) await memory.delete({ kind: 'index', name });
    settle();
    await expect(finished).rejects.toMatchObject({ code: 'repo/lock-lost', retry: 'now' });
    await expect(writer.abandon()).resolves.toBeUndefined();
    expect(stored()).toEqual({ ...before, index: [] });
    await lock.release();
  });

  it('lets a run in which nothing is new commit only when it has settled', async () => {
    const { memory, repository, lock, settle, writer } = await begun();
    await writer.abandon();
    await repository.refreshIndex();
    const empty = repository.startWriter();
    await empty.finish();
    const time = { epochNs: 0n, offsetMinutes: 0 };
    const saved = repository.saveSnapshot(
      { time, tree: '0'.repeat(64), paths: ['/x'], hostname: 'x' },
      lock,
    );
    await turns();
    expect(memory.names('snapshot')).toEqual([]);
    settle();
    await saved;
    expect(memory.names('snapshot')).toHaveLength(1);
    await lock.release();
  });

  it('takes up what a run that was cut off has left only when it has settled', async () => {
    const memory = new MemoryBackend();
    const ports = testPorts();
    const repository = await createTestRepository(memory, ports);
    const dead = await openTestRepository(memory, testPorts({ pid: 2 ** 30 }));
    await dead.lock('shared');
    const list = memory.list.bind(memory);
    let looked = false;
    memory.list = (kind, signal) => {
      if (kind === 'pack') looked = true;
      return list(kind, signal);
    };
    const { promise: moment, resolve: settle } = Promise.withResolvers<void>();
    const sleep = ports.clock.sleep.bind(ports.clock);
    ports.clock.sleep = (ms, signal) => (ms < 1000 ? moment : sleep(ms, signal));
    const lock = await repository.lockToBegin();
    expect(lock.followsCrash).toBe(true);
    await repository.refreshIndex();
    const taken = repository.takeUpCutRun(lock);
    await turns();
    expect(looked).toBe(false);
    settle();
    await taken;
    expect(looked).toBe(true);
    await lock.release();
  });
});
