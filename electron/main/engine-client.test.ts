import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EngineReplyMessage, EngineRequestMessage } from '../../shared/ipc/engine-contract.ts';
import { EngineClient, type EngineProcess } from './engine-client.ts';

class FakeProcess extends EventEmitter implements EngineProcess {
  readonly received: EngineRequestMessage[] = [];
  postMessage(message: EngineRequestMessage): void {
    this.received.push(message);
  }
  kill(): boolean {
    return this.emit('exit', 15);
  }
  reply(message: EngineReplyMessage): void {
    this.emit('message', message);
  }
}

function start() {
  const processes: FakeProcess[] = [];
  const client = new EngineClient(
    () => {
      const process = new FakeProcess();
      processes.push(process);
      return process;
    },
    () => undefined,
  );
  const latest = (): FakeProcess => processes.at(-1) ?? new FakeProcess();
  return { client, processes, latest };
}

describe('EngineClient', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('answers the right call', async () => {
    const { client, latest } = start();
    const first = client.call('job:pause', { jobId: 'a' });
    const second = client.call('locks:remove', {
      access: {
        location: { kind: 'local', path: '/a' },
        credentials: null,
        keyId: '',
        slotKey: new Uint8Array(),
      },
      scope: 'stale',
    });
    latest().reply({ type: 'result', id: 2, value: { removed: 3 } });
    latest().reply({
      type: 'error',
      id: 1,
      error: { code: 'job/not-running', context: {}, retry: 'never', causes: ['why'] },
    });
    expect(await second).toEqual({ removed: 3 });
    await expect(first).rejects.toMatchObject({ code: 'job/not-running' });
  });

  it('cancels by id', () => {
    const { client, latest } = start();
    const cancel = new AbortController();
    client.call('job:pause', { jobId: 'a' }, cancel.signal).catch(() => undefined);
    cancel.abort();
    expect(latest().received.at(-1)).toEqual({ type: 'cancel', id: 1 });
  });

  it('fails pending calls when the process dies, starts it again and renews subscriptions', async () => {
    const { client, processes, latest } = start();
    const heard: string[] = [];
    client.on('folder:measured', ({ measureId }) => heard.push(measureId));
    const pending = client.call('job:pause', { jobId: 'a' });
    latest().emit('exit', 9);
    await expect(pending).rejects.toMatchObject({ code: 'engine/crashed' });
    expect(client.generation).toBe(1);
    // A call that comes just now waits for the next process.
    const waiting = client.call('job:pause', { jobId: 'b' });
    await vi.advanceTimersByTimeAsync(100);
    expect([processes.length, client.generation]).toEqual([2, 2]);
    expect(latest().received).toEqual([
      { type: 'subscribe', event: 'folder:measured' },
      { type: 'call', id: 2, name: 'job:pause', params: { jobId: 'b' } },
    ]);
    latest().reply({ type: 'result', id: 2, value: null });
    await expect(waiting).resolves.toBeNull();
    latest().reply({
      type: 'event',
      event: 'folder:measured',
      payload: { measureId: 'm', files: 1, bytes: 2 },
    });
    expect(heard).toEqual(['m']);
  });

  it('waits longer each time it dies at once', async () => {
    const { processes, latest } = start();
    latest().emit('exit', 1);
    await vi.advanceTimersByTimeAsync(100);
    latest().emit('exit', 1);
    await vi.advanceTimersByTimeAsync(399);
    expect(processes).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(processes).toHaveLength(3);
  });

  it('does not let calls wait for a process that keeps dying', async () => {
    const { client, latest } = start();
    for (const waitMs of [100, 400, 1600, 6400]) {
      latest().emit('exit', 1);
      await vi.advanceTimersByTimeAsync(waitMs);
    }
    latest().emit('exit', 1);
    await expect(client.call('job:pause', { jobId: 'a' })).rejects.toMatchObject({
      code: 'engine/crashed',
    });
  });

  it('ends only its own subscription, and stays down when stopped', async () => {
    const { client, processes, latest } = start();
    const heard: number[] = [];
    const stop = client.on('folder:measured', () => heard.push(1));
    client.on('folder:measured', () => heard.push(2));
    stop();
    latest().reply({
      type: 'event',
      event: 'folder:measured',
      payload: { measureId: 'm', files: 0, bytes: 0 },
    });
    expect(heard).toEqual([2]);
    client.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(processes).toHaveLength(1);
  });
});
