import { describe, expect, it } from 'vitest';
import { HoldfastError, type ErrorCode, type Retry } from '../../../../shared/errors.ts';
import { InstantClock } from '../../testing/instant-clock.ts';
import type { Log } from '../../ports.ts';
import { CallGate, DEFAULT_LIMITS, type GateLimits, type GateWait } from './call-gate.ts';

const quiet: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined };

function gate(limits: Partial<GateLimits> = {}): { clock: InstantClock; gate: CallGate } {
  const clock = new InstantClock();
  return {
    clock,
    gate: new CallGate({ clock, log: quiet }, { ...DEFAULT_LIMITS, ...limits }, () => 0.5),
  };
}

/** Fails so many times, then succeeds. */
function failing(
  times: number,
  code: ErrorCode,
  retry: Retry = 'now',
  context: Readonly<Record<string, number>> = {},
): () => Promise<string> {
  let left = times;
  return async () => {
    left -= 1;
    if (left >= 0) throw new HoldfastError(code, { retry, context });
    return 'done';
  };
}

describe('the gate', () => {
  it('repeats what may pass, and nothing else', async () => {
    const { gate: calls } = gate();
    expect(await calls.run('read', failing(5, 'backend/unavailable'))).toBe('done');
    expect(calls.calls).toBe(6);
    const never = failing(1, 'drive/quota-full', 'later');
    await expect(calls.run('read', never)).rejects.toMatchObject({ code: 'drive/quota-full' });
    await expect(calls.run('read', () => Promise.reject(new TypeError('x')))).rejects.toThrow('x');
    expect(calls.calls).toBe(8);
  });

  it('waits longer each time, and never less than it was asked to', async () => {
    const { gate: calls, clock } = gate();
    const startedMs = clock.monotonicMs();
    await calls.run('read', failing(1, 'backend/slow-down', 'now', { retryAfterMs: 40_000 }));
    expect(clock.monotonicMs() - startedMs).toBeGreaterThanOrEqual(40_000);
    const waits: number[] = [];
    calls.onWait((wait) => wait !== null && waits.push(wait.forMs));
    await calls.run('read', failing(8, 'backend/unavailable'));
    expect(waits).toEqual([...waits].toSorted((a, b) => a - b));
    expect(Math.max(...waits)).toBeLessThanOrEqual(64_000);
  });

  it('holds everybody back while one is told to slow down', async () => {
    const { gate: calls, clock } = gate();
    const startedMs = clock.monotonicMs();
    const times: number[] = [];
    const other = async (): Promise<void> => void times.push(clock.monotonicMs() - startedMs);
    const refused = calls.run(
      'read',
      failing(1, 'backend/slow-down', 'now', { retryAfterMs: 30_000 }),
    );
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([refused, calls.run('read', other), calls.run('read', other)]);
    for (const time of times) expect(time).toBeGreaterThanOrEqual(30_000);
  });

  it('gives up when nothing has succeeded for long, and says that later may help', async () => {
    const { gate: calls, clock } = gate({ giveUpAfterMs: 600_000 });
    const startedMs = clock.monotonicMs();
    await expect(calls.run('read', failing(1000, 'backend/offline'))).rejects.toMatchObject({
      code: 'backend/offline',
      retry: 'later',
    });
    expect(clock.monotonicMs() - startedMs).toBeLessThanOrEqual(601_000);
    expect(clock.monotonicMs() - startedMs).toBeGreaterThan(500_000);
  });

  it('carries what the storage asked for to whoever begins anew, and lets nobody in before', async () => {
    const { gate: calls, clock } = gate();
    const startedMs = clock.monotonicMs();
    const hour = { retryAfterMs: 3_600_000 };
    await expect(
      calls.run('read', failing(9, 'backend/slow-down', 'now', hour)),
    ).rejects.toMatchObject({ code: 'backend/slow-down', retry: 'later', context: hour });
    const refused = await calls
      .run('read', () => expect.fail('it was called'))
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'backend/slow-down', retry: 'later' });
    expect((refused as HoldfastError).context['retryAfterMs']).toBeGreaterThan(3_500_000);
    expect(clock.monotonicMs() - startedMs).toBeLessThan(60_000);
    for (let i = 0; i < 30; i++) await clock.sleep(120_000);
    expect(await calls.run('read', async () => 'later')).toBe('later');
  });

  it('lets only so many in at once', async () => {
    const { gate: calls } = gate({ maxInFlight: 3, callBurst: 1000, callsPerSecond: 1000 });
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 20 }, () => calls.run('read', work)));
    expect(most).toBe(3);
    expect(calls.peakInFlight).toBe(3);
  });

  it('keeps creates to their own pace', async () => {
    const { gate: calls, clock } = gate({ createsPerSecond: 3 });
    const startedMs = clock.monotonicMs();
    for (let i = 0; i < 30; i++) await calls.run('create', async () => undefined);
    expect(clock.monotonicMs() - startedMs).toBeGreaterThan(8500);
  });

  it('tells why it waits, and when it goes on', async () => {
    const { gate: calls } = gate();
    const told: (GateWait | null)[] = [];
    const stop = calls.onWait((wait) => told.push(wait));
    await calls.run('read', failing(1, 'backend/offline'));
    expect(told.map((wait) => wait?.reason ?? null)).toEqual([null, 'offline', null]);
    stop();
    await calls.run('read', failing(1, 'backend/offline'));
    expect(told).toHaveLength(3);
  });

  it('ends at once when it is aborted, also in line', async () => {
    const { gate: calls } = gate({ maxInFlight: 1 });
    const stop = new AbortController();
    const held = Promise.withResolvers<string>();
    const first = calls.run('read', () => held.promise);
    const second = calls.run('read', async () => 'second', stop.signal);
    await new Promise((resolve) => setTimeout(resolve, 10));
    stop.abort(new Error('stop'));
    await expect(second).rejects.toThrow('stop');
    held.resolve('first');
    expect(await first).toBe('first');
    expect(await calls.run('read', async () => 'third')).toBe('third');
  });
});
