/** A token bucket: so many units a second, some of them saved up. Whoever takes waits in line; the rate may change meanwhile. */
import type { Clock } from '../../ports.ts';

/** Short, so that a new rate is obeyed soon. */
const LONGEST_NAP_MS = 250;

export class RateLimiter {
  readonly #clock: Clock;
  readonly #burst: number | null;
  #rate: number | null;
  #tokens: number;
  #filledMs: number;
  #turn: Promise<unknown> = Promise.resolve();

  /**
   * @param perSecond units a second; null for no limit
   * @param burst units that can be saved up; one second's worth when null
   */
  constructor(clock: Clock, perSecond: number | null, burst: number | null = null) {
    this.#clock = clock;
    this.#rate = perSecond;
    this.#burst = burst;
    this.#tokens = this.#capacity;
    this.#filledMs = clock.monotonicMs();
  }

  /** Infinity without a limit. */
  get rate(): number {
    return this.#rate ?? Number.POSITIVE_INFINITY;
  }

  setRate(perSecond: number | null): void {
    this.#fill();
    this.#rate = perSecond;
    this.#tokens = Math.min(this.#tokens, this.#capacity);
  }

  /** Resolves when `units` may be used. More than the bucket holds are lent, and the next ones wait for them. */
  async take(units: number, signal?: AbortSignal): Promise<void> {
    if (this.#rate === null) return;
    const turn = this.#turn.then(() => this.#take(units, signal));
    this.#turn = turn.catch(() => undefined);
    await turn;
  }

  async #take(units: number, signal?: AbortSignal): Promise<void> {
    for (;;) {
      signal?.throwIfAborted();
      this.#fill();
      if (this.#rate === null) return;
      const needed = Math.min(units, this.#capacity);
      if (this.#tokens >= needed) {
        this.#tokens -= units;
        return;
      }
      const waitMs = ((needed - this.#tokens) / this.#rate) * 1000;
      await this.#clock.sleep(Math.max(1, Math.min(LONGEST_NAP_MS, waitMs)), signal);
    }
  }

  get #capacity(): number {
    return this.#burst ?? this.#rate ?? 0;
  }

  #fill(): void {
    const nowMs = this.#clock.monotonicMs();
    if (this.#rate !== null) {
      const gained = ((nowMs - this.#filledMs) / 1000) * this.#rate;
      this.#tokens = Math.min(this.#capacity, this.#tokens + gained);
    }
    this.#filledMs = nowMs;
  }
}
