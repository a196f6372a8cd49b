/** A clock that moves only when told. Short waits pass at once; long ones until the test has moved on far enough. */
import type { Clock } from '../ports.ts';

const NS_PER_MS = 1_000_000n;
const SHORT_MS = 1000;

export class TestClock implements Clock {
  #elapsedMs = 0;
  readonly #startNs: bigint;
  readonly #waiting = new Set<{ readonly dueMs: number; readonly wake: () => void }>();

  constructor(start = '2026-03-01T12:00:00Z') {
    this.#startNs = BigInt(Date.parse(start)) * NS_PER_MS;
  }

  nowNs(): bigint {
    return this.#startNs + BigInt(this.#elapsedMs) * NS_PER_MS;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (ms < SHORT_MS) {
      this.advance(ms);
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter = { dueMs: this.#elapsedMs + ms, wake: resolve };
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

  advance(ms: number): void {
    this.#elapsedMs += ms;
    for (const waiter of this.#waiting) if (waiter.dueMs <= this.#elapsedMs) waiter.wake();
  }
}
