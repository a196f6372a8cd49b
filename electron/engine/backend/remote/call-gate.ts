/**
 * The one gate that every request to a remote storage goes through: so many at once, so many a second, one shared pause when the
 * storage asks for it, and patient repetition of what failed for a moment. Written once for all vendors; a backend's own code makes one
 * attempt and classifies its failure.
 */
import { HoldfastError } from '../../../../shared/errors.ts';
import type { Clock, Log } from '../../ports.ts';
import { RateLimiter } from './rate-limiter.ts';

/** `create` makes something new; storages limit that more tightly than the rest. */
export type CallKind = 'read' | 'write' | 'create';

export interface GateLimits {
  readonly maxInFlight: number;
  readonly callsPerSecond: number;
  readonly callBurst: number;
  readonly createsPerSecond: number;
  /** Without any success for so long a call fails with what it met last. */
  readonly giveUpAfterMs: number;
}

/** Why calls wait at the moment; null when they do not. */
export interface GateWait {
  readonly reason: 'offline' | 'slow-down' | 'server-trouble';
  /** How long from now. */
  readonly forMs: number;
}

export const DEFAULT_LIMITS: GateLimits = {
  maxInFlight: 8,
  callsPerSecond: 10,
  callBurst: 20,
  createsPerSecond: 3,
  giveUpAfterMs: 15 * 60_000,
};

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 64_000;
const OFFLINE_WAIT_MS = 15_000;
const MIN_CREATES_PER_SECOND = 0.2;
/** Added to the rate by every create that succeeds. */
const CREATE_STEP = 0.05;

export class CallGate {
  /** Requests that were made, for measuring. */
  calls = 0;
  /** The most that ever were under way at once. */
  peakInFlight = 0;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #limits: GateLimits;
  readonly #random: () => number;
  readonly #pace: RateLimiter;
  readonly #creates: RateLimiter;
  readonly #queue: (() => void)[] = [];
  readonly #listeners = new Set<(wait: GateWait | null) => void>();
  #inFlight = 0;
  #coolUntilMs = Number.NEGATIVE_INFINITY;
  #lastSuccessMs: number | null = null;
  #wait: GateWait | null = null;

  /** `random` gives 0 to 1, as `Math.random` does. */
  constructor(
    { clock, log }: { readonly clock: Clock; readonly log: Log },
    limits: GateLimits = DEFAULT_LIMITS,
    random: () => number = Math.random,
  ) {
    this.#clock = clock;
    this.#log = log;
    this.#limits = limits;
    this.#random = random;
    this.#pace = new RateLimiter(clock, limits.callsPerSecond, limits.callBurst);
    this.#creates = new RateLimiter(clock, limits.createsPerSecond, limits.createsPerSecond);
  }

  /** Told at every change. Returns how to stop. */
  onWait(listener: (wait: GateWait | null) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#wait);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * Runs `attempt` until it succeeds, or fails with an error that repeating cannot help (`retry` other than `now`), or nothing has
   * succeeded for long. An error may carry `retryAfterMs` in its context: nobody calls before that. `attempt` must be safe to repeat.
   */
  async run<T>(kind: CallKind, attempt: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const startedMs = this.#clock.monotonicMs();
    for (let failures = 0; ;) {
      signal?.throwIfAborted();
      try {
        const result = await this.#once(kind, attempt, signal);
        this.#succeeded(kind);
        return result;
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof HoldfastError) || error.retry !== 'now') throw error;
        failures += 1;
        const waitMs = this.#backOff(error, failures);
        const sinceMs =
          this.#clock.monotonicMs() - Math.max(startedMs, this.#lastSuccessMs ?? startedMs);
        if (sinceMs + waitMs > this.#limits.giveUpAfterMs) {
          // Whoever begins anew is not to come before the storage wants to see anybody.
          const left = this.#coolingMs();
          throw new HoldfastError(error.code, {
            context: { ...error.context, ...(left > 0 ? { retryAfterMs: Math.ceil(left) } : {}) },
            retry: 'later',
            cause: error.cause,
          });
        }
        this.#log.info('a call is repeated', {
          code: error.code,
          failures,
          waitMs,
          ...error.context,
        });
        await this.#clock.sleep(waitMs, signal);
      }
    }
  }

  async #once<T>(kind: CallKind, attempt: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#coolDown(signal);
    if (kind === 'create') await this.#creates.take(1, signal);
    await this.#pace.take(1, signal);
    await this.#enter(signal);
    try {
      // Somebody may have been told to slow down while this one stood in line.
      await this.#coolDown(signal);
      this.calls += 1;
      return await attempt();
    } finally {
      this.#leave();
    }
  }

  async #coolDown(signal?: AbortSignal): Promise<void> {
    for (let leftMs = this.#coolingMs(); leftMs > 0; leftMs = this.#coolingMs()) {
      if (leftMs > this.#limits.giveUpAfterMs) {
        throw new HoldfastError('backend/slow-down', {
          retry: 'later',
          context: { retryAfterMs: Math.ceil(leftMs) },
        });
      }
      await this.#clock.sleep(leftMs, signal);
    }
  }

  /** How long nobody is to call from now on; below zero when that is over. */
  #coolingMs(): number {
    return this.#coolUntilMs - this.#clock.monotonicMs();
  }

  /** How long this one waits; slows everybody down where the storage asked for it. */
  #backOff(error: HoldfastError, failures: number): number {
    const retryAfterMs = Number(error.context['retryAfterMs'] ?? 0);
    const slowDown = error.code === 'backend/slow-down';
    const offline = error.code === 'backend/offline';
    const ceiling = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1));
    // Full jitter, so that those who failed together do not come back together; never at once.
    const jittered = ceiling / 4 + this.#random() * ceiling * 0.75;
    const waitMs = Math.max(retryAfterMs, offline ? Math.min(jittered, OFFLINE_WAIT_MS) : jittered);
    if (slowDown) {
      this.#creates.setRate(Math.max(MIN_CREATES_PER_SECOND, this.#creates.rate / 2));
    }
    if (slowDown || offline || retryAfterMs > 0) {
      this.#coolUntilMs = Math.max(this.#coolUntilMs, this.#clock.monotonicMs() + waitMs);
    }
    this.#tell({
      reason: offline ? 'offline' : slowDown ? 'slow-down' : 'server-trouble',
      forMs: waitMs,
    });
    return waitMs;
  }

  #succeeded(kind: CallKind): void {
    this.#lastSuccessMs = this.#clock.monotonicMs();
    if (kind === 'create') {
      this.#creates.setRate(
        Math.min(this.#limits.createsPerSecond, this.#creates.rate + CREATE_STEP),
      );
    }
    if (this.#coolUntilMs <= this.#lastSuccessMs) this.#tell(null);
  }

  async #enter(signal?: AbortSignal): Promise<void> {
    while (this.#inFlight >= this.#limits.maxInFlight) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const onAbort = (): void => reject(signal?.reason as Error);
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#queue.push(resolve);
      try {
        await promise;
      } catch (error) {
        const at = this.#queue.indexOf(resolve);
        // Already woken: the turn goes to the next one.
        if (at === -1) this.#queue.shift()?.();
        else this.#queue.splice(at, 1);
        throw error;
      } finally {
        signal?.removeEventListener('abort', onAbort);
      }
    }
    this.#inFlight += 1;
    this.peakInFlight = Math.max(this.peakInFlight, this.#inFlight);
  }

  #leave(): void {
    this.#inFlight -= 1;
    this.#queue.shift()?.();
  }

  #tell(wait: GateWait | null): void {
    if (wait === null && this.#wait === null) return;
    this.#wait = wait;
    for (const listener of this.#listeners) listener(wait);
  }
}
