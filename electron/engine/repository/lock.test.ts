import { spawnSync } from 'node:child_process';
import { describe, expect, it, vi } from 'vitest';

import { FaultyBackend } from '../testing/faulty-backend.ts';
import { MemoryBackend } from '../testing/memory-backend.ts';
import { testPorts } from '../testing/test-ports.ts';
import { createTestRepository, openTestRepository } from '../testing/test-repository.ts';
import type { Repository } from './repository.ts';

const MINUTE_MS = 60_000;

/** The pid of a process that has ended. */
function deadPid(): number {
  return spawnSync('true').pid;
}

async function made(): Promise<{ memory: MemoryBackend; repository: Repository }> {
  const memory = new MemoryBackend();
  return { memory, repository: await createTestRepository(memory) };
}

describe('taking a lock', () => {
  it('lets sharers share and keeps all others out of an exclusive one', async () => {
    const { memory, repository } = await made();
    const other = await openTestRepository(memory, testPorts({ hostname: 'other', pid: 7 }));
    const [a, b] = [await repository.lock('shared'), await other.lock('shared')];
    const locked = { code: 'repo/locked' };
    await expect(repository.lock('exclusive')).rejects.toMatchObject(locked);
    await a.release();
    await expect(repository.lock('exclusive')).rejects.toMatchObject({
      code: 'repo/locked',
      retry: 'later',
      context: {
        hostname: 'other',
        username: 'test-user',
        pid: 7,
        since: '2026-03-01T12:00:00.000Z',
        exclusive: false,
      },
    });
    await b.release();
    const exclusive = await repository.lock('exclusive');
    await expect(other.lock('shared')).rejects.toMatchObject({ context: { exclusive: true } });
    await expect(other.lock('exclusive')).rejects.toMatchObject(locked);
    expect(memory.names('lock')).toHaveLength(1);
    await exclusive.release();
    await exclusive.release();
    expect(memory.names('lock')).toEqual([]);
  });

  it('looks again after a moment, and gives way to one that came at the same time', async () => {
    const { memory, repository } = await made();
    const ports = testPorts({ hostname: 'late', pid: 9 });
    const late = await openTestRepository(memory, ports);
    const early = await repository.lock('shared');
    const [name] = memory.names('lock');
    const bytes = await memory.read({ kind: 'lock', name: name ?? '' });
    await early.release();
    const sleep = ports.clock.sleep.bind(ports.clock);
    ports.clock.sleep = async (ms, signal) => {
      // Appears between the first look and the second.
      memory.plant({ kind: 'lock', name: name ?? '' }, bytes);
      await sleep(ms, signal);
    };
    await expect(late.lock('exclusive')).rejects.toMatchObject({
      code: 'repo/locked',
      context: { hostname: 'test-host' },
    });
    expect(memory.names('lock')).toEqual([name]);
  });

  it('removes what a dead process of this user on this computer left behind, and nothing else', async () => {
    const { memory, repository } = await made();
    const left = [
      { pid: deadPid() },
      { pid: deadPid(), hostname: 'elsewhere' },
      { pid: deadPid(), username: 'somebody' },
      { pid: process.pid },
    ];
    for (const identity of left) {
      const session = await openTestRepository(memory, testPorts(identity));
      // Never released, as after kill -9.
      await session.lock('shared');
    }
    const lock = await repository.lock('shared');
    expect(memory.names('lock')).toHaveLength(4);
    await lock.release();
    await expect(repository.lock('exclusive')).rejects.toMatchObject({ code: 'repo/locked' });
  });

  it('takes an exclusive lock over the remains of our own killed run', async () => {
    const { memory, repository } = await made();
    await (await openTestRepository(memory, testPorts({ pid: deadPid() }))).lock('exclusive');
    await (await repository.lock('exclusive')).release();
    expect(memory.names('lock')).toEqual([]);
  });

  it('ignores empty lock files, which nobody holds', async () => {
    const { memory, repository } = await made();
    memory.plant({ kind: 'lock', name: '00'.repeat(32) }, Buffer.alloc(0));
    await (await repository.lock('exclusive')).release();
  });

  it('leaves no lock when it is interrupted', async () => {
    const { memory, repository } = await made();
    const stop = new AbortController();
    const { clock } = repository.core.ports;
    clock.sleep = async () => {
      stop.abort(new Error('stop'));
      return await Promise.reject(new Error('stop'));
    };
    await expect(repository.lock('shared', stop.signal)).rejects.toThrow('stop');
    expect(memory.names('lock')).toEqual([]);
  });
});

describe('holding a lock', () => {
  it('refreshes it every five minutes, the new file before the old one goes', async () => {
    const memory = new MemoryBackend();
    const ports = testPorts();
    const repository = await createTestRepository(memory, ports);
    const lock = await repository.lock('shared');
    const [first] = memory.names('lock');
    ports.clock.advance(5 * MINUTE_MS);
    await vi.waitFor(() => expect(memory.journal.at(-1)).toBe(`delete locks/${first}`));
    const [next, ...more] = memory.names('lock');
    expect(more).toEqual([]);
    expect(memory.journal.at(-2)).toBe(`write locks/${next}`);
    expect(next).not.toBe(first);
    await lock.ensureHeld();
    await lock.release();
    expect(memory.names('lock')).toEqual([]);
  });

  it('notices that somebody removed it', async () => {
    const { memory, repository } = await made();
    const lock = await repository.lock('shared');
    await lock.ensureHeld();
    for (const name of memory.names('lock')) memory.lose({ kind: 'lock', name });
    await expect(lock.ensureHeld()).rejects.toMatchObject({ code: 'repo/lock-lost' });
    expect(lock.lostSignal.aborted).toBe(true);
    await lock.release();
  });

  it('notices it by itself at the next refresh', async () => {
    const memory = new MemoryBackend();
    const ports = testPorts();
    const repository = await createTestRepository(memory, ports);
    const lock = await repository.lock('shared');
    for (const name of memory.names('lock')) memory.lose({ kind: 'lock', name });
    ports.clock.advance(5 * MINUTE_MS);
    await vi.waitFor(() => expect(lock.lostSignal.aborted).toBe(true));
    expect(lock.lostSignal.reason).toMatchObject({ code: 'repo/lock-lost' });
    await lock.release();
  });

  it('goes on after a long sleep of the computer if nobody took it away, and renews it', async () => {
    const memory = new MemoryBackend();
    const ports = testPorts();
    const repository = await createTestRepository(memory, ports);
    const lock = await repository.lock('shared');
    const [first] = memory.names('lock');
    ports.clock.advance(8 * 60 * MINUTE_MS);
    await lock.ensureHeld();
    expect(memory.names('lock')).toHaveLength(1);
    expect(memory.names('lock')).not.toContain(first);
    await lock.release();
  });

  it('is lost when it could not be refreshed for too long', async () => {
    const memory = new MemoryBackend();
    await createTestRepository(memory);
    const faulty = new FaultyBackend(memory);
    const ports = testPorts();
    const repository = await openTestRepository(faulty, ports);
    const lock = await repository.lock('shared');
    faulty.add({
      operation: 'write',
      kind: 'lock',
      effect: { kind: 'fail', code: 'backend/unavailable' },
    });
    ports.clock.advance(5 * MINUTE_MS);
    for (let tries = 1; !lock.lostSignal.aborted; tries++) {
      await vi.waitFor(() => expect(ports.logged).toHaveLength(tries));
      ports.clock.advance(MINUTE_MS);
    }
    // 22.5 minutes after the last refresh, with a try every minute.
    expect(ports.logged).toHaveLength(19);
    await expect(lock.ensureHeld()).rejects.toMatchObject({ code: 'repo/lock-lost' });
    await lock.release();
  });

  it('that could not be deleted goes with the next one', async () => {
    const memory = new MemoryBackend();
    await createTestRepository(memory);
    const faulty = new FaultyBackend(memory);
    const repository = await openTestRepository(faulty);
    const lock = await repository.lock('shared');
    faulty.add({
      operation: 'delete',
      kind: 'lock',
      effect: { kind: 'fail', code: 'backend/unavailable' },
    });
    await lock.release();
    expect(memory.names('lock')).toHaveLength(1);
    faulty.heal();
    await (await repository.lock('exclusive')).release();
    expect(memory.names('lock')).toEqual([]);
  });
});

describe('unlocking', () => {
  it('removes only what is stale, unless all is asked for', async () => {
    const { memory, repository } = await made();
    const sessions = [
      testPorts({ hostname: 'elsewhere' }),
      testPorts({ hostname: 'elsewhere', pid: deadPid() }),
      testPorts({ username: 'somebody', pid: deadPid() }),
    ];
    for (const ports of sessions) await (await openTestRepository(memory, ports)).lock('shared');
    expect(await repository.removeLocks('stale')).toBe(1);
    expect(memory.names('lock')).toHaveLength(2);
    repository.core.ports.clock.nowNs = () =>
      BigInt(Date.parse('2026-03-01T12:31:00Z')) * 1_000_000n;
    expect(await repository.removeLocks('stale')).toBe(2);
    await (await openTestRepository(memory)).lock('shared');
    expect(await repository.removeLocks('all')).toBe(1);
    expect(memory.names('lock')).toEqual([]);
  });
});
