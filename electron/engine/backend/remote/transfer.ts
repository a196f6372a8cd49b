/**
 * Moving bytes over a network: in slices, no faster than allowed, and never silently stuck. Limits hold for all transfers of the process
 * together and may change while they run.
 */
import type { Readable } from 'node:stream';
import { HoldfastError } from '../../../../shared/errors.ts';
import type { Clock } from '../../ports.ts';
import { RateLimiter } from './rate-limiter.ts';

export interface BandwidthLimits {
  /** null for no limit. */
  readonly uploadBytesPerSecond: number | null;
  readonly downloadBytesPerSecond: number | null;
}

/** No byte for so long means that the connection is dead; how long a whole transfer takes does not matter. */
export const STALL_MS = 60_000;

export class Bandwidth {
  readonly up: RateLimiter;
  readonly down: RateLimiter;

  constructor(clock: Clock) {
    this.up = new RateLimiter(clock, null);
    this.down = new RateLimiter(clock, null);
  }

  setLimits({ uploadBytesPerSecond, downloadBytesPerSecond }: BandwidthLimits): void {
    this.up.setRate(uploadBytesPerSecond);
    this.down.setRate(downloadBytesPerSecond);
  }
}

/** Watches that something happens. `touch` at every sign of life. */
export interface StallWatch {
  readonly signal: AbortSignal;
  touch(): void;
}

/** Runs `work` with a signal that is aborted with `backend/stalled` when nothing was touched for `stallMs`. */
export async function watchingForStalls<T>(
  stallMs: number,
  signal: AbortSignal | undefined,
  work: (watch: StallWatch) => Promise<T>,
): Promise<T> {
  const stalled = new AbortController();
  const expire = (): void => {
    stalled.abort(new HoldfastError('backend/stalled', { retry: 'now' }));
  };
  // The timer of the machine, not the engine's clock: it is about the network of this moment.
  const timer = setTimeout(expire, stallMs);
  const both = signal === undefined ? stalled.signal : AbortSignal.any([signal, stalled.signal]);
  try {
    return await work({ signal: both, touch: () => void timer.refresh() });
  } catch (error) {
    signal?.throwIfAborted();
    if (stalled.signal.aborted) throw stalled.signal.reason;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** What arrived, and why the rest did not. */
export interface Received {
  readonly bytes: Buffer;
  readonly failure: unknown;
}

/** Reads a body to its end or to its first failure, but never more than `limitBytes`. */
export async function receive(
  body: Readable,
  limitBytes: number,
  bandwidth: Bandwidth,
  watch: StallWatch,
): Promise<Received> {
  const pieces: Buffer[] = [];
  let length = 0;
  let failure: unknown = null;
  const onAbort = (): void => void body.destroy(watch.signal.reason as Error);
  watch.signal.addEventListener('abort', onAbort, { once: true });
  try {
    for await (const piece of body as AsyncIterable<Buffer>) {
      watch.touch();
      await bandwidth.down.take(piece.length, watch.signal);
      length += piece.length;
      pieces.push(piece);
      if (length >= limitBytes) break;
    }
  } catch (error) {
    failure = watch.signal.aborted ? watch.signal.reason : error;
  } finally {
    watch.signal.removeEventListener('abort', onAbort);
  }
  return { bytes: Buffer.concat(pieces).subarray(0, limitBytes), failure };
}
