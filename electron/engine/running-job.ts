/** The talk with one running job from the side of whoever runs it: pause, resume, cancel, and progress at most four times a second. */
import { HoldfastError } from '../../shared/errors.ts';
import type { Progress, WaitReason, Warning } from '../../shared/model/job.ts';
import type { Clock, JobPort } from './ports.ts';

const PROGRESS_EVERY_MS = 250;
const NOTHING_YET: Progress = {
  phase: 'preparing',
  filesDone: 0,
  filesTotal: null,
  bytesDone: 0,
  bytesTotal: null,
  bytesPerSecond: null,
  secondsLeft: null,
  currentPath: null,
};

export interface JobListener {
  progress(progress: Progress, paused: boolean, waiting: WaitReason | null): void;
  warning?(warning: Warning): void;
  /** See `JobPort.isWatched`. */
  readonly isWatched?: boolean;
}

export class RunningJob implements JobPort {
  readonly signal: AbortSignal;
  readonly #clock: Clock;
  readonly #listener: JobListener;
  #latest: Progress | null = null;
  #paused: PromiseWithResolvers<void> | null = null;
  #toldMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | null = null;
  #waiting: WaitReason | null = null;
  #ended = false;

  /** `signal` ends the job; whatever its reason, the job sees `job/cancelled` (or a HoldfastError that is the reason). */
  constructor(clock: Clock, signal: AbortSignal, listener: JobListener) {
    this.#clock = clock;
    this.#listener = listener;
    const own = new AbortController();
    const cancel = (): void => {
      own.abort(
        signal.reason instanceof HoldfastError ? signal.reason : new HoldfastError('job/cancelled'),
      );
      this.#paused?.reject(own.signal.reason);
    };
    this.signal = own.signal;
    if (signal.aborted) cancel();
    else signal.addEventListener('abort', cancel, { once: true });
  }

  get isWatched(): boolean {
    return this.#listener.isWatched !== false;
  }

  get isPaused(): boolean {
    return this.#paused !== null;
  }

  pause(): void {
    if (this.#paused !== null || this.#ended || this.signal.aborted) return;
    this.#paused = Promise.withResolvers<void>();
    // Nobody may be waiting when it is cancelled.
    this.#paused.promise.catch(() => undefined);
    this.#tell();
  }

  resume(): void {
    this.#paused?.resolve();
    this.#paused = null;
    this.#tell();
  }

  async whenRunning(): Promise<void> {
    if (this.#paused !== null) await this.#paused.promise;
  }

  progress(progress: Progress): void {
    this.#latest = progress;
    this.#tell();
  }

  /** The storage makes it wait; null when it goes on. */
  waits(reason: WaitReason | null): void {
    if (reason === this.#waiting) return;
    this.#waiting = reason;
    this.#latest ??= NOTHING_YET;
    this.#tell();
  }

  warning(warning: Warning): void {
    this.#listener.warning?.(warning);
  }

  /** Nothing is told any more. */
  end(): void {
    this.#ended = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** Now, or when a quarter of a second has passed since the last time; then the latest is told. */
  #tell(): void {
    if (this.#ended || this.#timer !== null || this.#latest === null) return;
    const waitMs = this.#toldMs + PROGRESS_EVERY_MS - this.#clock.monotonicMs();
    if (waitMs <= 0) {
      this.#toldMs = this.#clock.monotonicMs();
      this.#listener.progress(this.#latest, this.isPaused, this.#waiting);
      return;
    }
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#tell();
    }, waitMs);
    this.#timer.unref();
  }
}
