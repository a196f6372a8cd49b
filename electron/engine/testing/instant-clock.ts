/**
 * A clock on which waits of up to two minutes pass at once: back-offs and cool-downs are kept, and cost no time. Longer ones, such as
 * the refresh of a lock, last until so much has passed by the shorter ones.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../ports.ts';

const NS_A_MS = 1_000_000n;
const SHORT_MS = 120_000;

export class InstantClock implements Clock {
  readonly #startNs: bigint;
  readonly #waiting = new Set<{ readonly dueMs: number; readonly wake: () => void }>();
  #skippedMs = 0;

  constructor(start = Date.now()) {
    this.#startNs = BigInt(start) * NS_A_MS;
  }

  nowNs(): bigint {
    return this.#startNs + BigInt(Math.round(this.monotonicMs())) * NS_A_MS;
  }

  /** The machine's time and what was slept besides. */
  monotonicMs(): number {
    return performance.now() + this.#skippedMs;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (ms > SHORT_MS) {
      await this.#wait(ms, signal);
      return;
    }
    this.#skippedMs += ms;
    for (const waiter of this.#waiting) if (waiter.dueMs <= this.monotonicMs()) waiter.wake();
    await nextTurn();
    signal?.throwIfAborted();
  }

  async #wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter = { dueMs: this.monotonicMs() + ms, wake: resolve };
    const onAbort = (): void => reject(signal?.reason as Error);
    this.#waiting.add(waiter);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      await promise;
    } finally {
      this.#waiting.delete(waiter);
      signal?.removeEventListener('abort', onAbort);
    }
  }
}
