/**
 * Turns "this file is done" into progress that a person can use: a rate over the last seconds, and the time left as a range.
 * Time spent paused does not count.
 */
import type { Progress } from '../../shared/model/job.ts';
import type { Clock, JobPort } from './ports.ts';

const SAMPLE_EVERY_MS = 500;
const WINDOW_MS = 10_000;
/** Nothing is said about time before there is this much to go by. */
const SPEAK_AFTER_MS = 3_000;
/** A file costs about as much as this many bytes, however small it is. */
const BYTES_A_FILE = 64 * 1024;
const LOW_FACTOR = 0.8;
const HIGH_FACTOR = 1.3;

interface Sample {
  readonly atMs: number;
  readonly bytes: number;
  readonly work: number;
}

export class ProgressMeter {
  readonly #clock: Clock;
  readonly #job: JobPort;
  #phase: Progress['phase'] = 'preparing';
  #filesDone = 0;
  #bytesDone = 0;
  #totals: { readonly files: number; readonly bytes: number } | null = null;
  #currentPath: string | null = null;
  #pausedMs = 0;
  #waiting = 0;
  #waitingSinceMs = 0;
  #samples: Sample[] = [];
  #first: Sample | null = null;

  constructor(clock: Clock, job: JobPort) {
    this.#clock = clock;
    this.#job = job;
  }

  phase(phase: Progress['phase']): void {
    this.#phase = phase;
    if (phase === 'finishing') this.#currentPath = null;
    this.report();
  }

  /** Also when they grow later: what was done is never more than the total that is shown. */
  totals(files: number, bytes: number): void {
    this.#totals = { files, bytes };
    this.report();
  }

  current(path: string): void {
    this.#currentPath = path;
  }

  add(files: number, bytes: number): void {
    this.#filesDone += files;
    this.#bytesDone += bytes;
    this.report();
  }

  /** Between two steps, also of several tasks at once: rejects when cancelled, waits while paused. */
  async step(): Promise<void> {
    this.#job.signal.throwIfAborted();
    if (this.#waiting === 0) this.#waitingSinceMs = this.#clock.monotonicMs();
    this.#waiting += 1;
    try {
      await this.#job.whenRunning();
    } finally {
      this.#waiting -= 1;
      const waitedMs = this.#clock.monotonicMs() - this.#waitingSinceMs;
      if (this.#waiting === 0 && waitedMs >= SAMPLE_EVERY_MS) this.#pausedMs += waitedMs;
    }
    this.#job.signal.throwIfAborted();
  }

  report(): void {
    this.#sample();
    const totals = this.#totals;
    this.#job.progress({
      phase: this.#phase,
      filesDone: this.#filesDone,
      filesTotal: totals === null ? null : Math.max(totals.files, this.#filesDone),
      bytesDone: this.#bytesDone,
      bytesTotal: totals === null ? null : Math.max(totals.bytes, this.#bytesDone),
      bytesPerSecond: this.#rate((sample) => sample.bytes),
      secondsLeft: this.#secondsLeft(),
      currentPath: this.#currentPath,
    });
  }

  #sample(): void {
    const atMs = this.#clock.monotonicMs() - this.#pausedMs;
    const last = this.#samples.at(-1);
    if (last !== undefined && atMs - last.atMs < SAMPLE_EVERY_MS) return;
    const work = this.#bytesDone + this.#filesDone * BYTES_A_FILE;
    const sample = { atMs, bytes: this.#bytesDone, work };
    this.#first ??= sample;
    this.#samples.push(sample);
    while (this.#samples.length > 2 && atMs - (this.#samples[1]?.atMs ?? atMs) >= WINDOW_MS) {
      this.#samples.shift();
    }
  }

  /** A second's worth over the window, or null when the window is still too short. */
  #rate(of: (sample: Sample) => number): number | null {
    const [from, to] = [this.#samples[0], this.#samples.at(-1)];
    if (from === undefined || to === undefined || to.atMs - from.atMs < SAMPLE_EVERY_MS)
      return null;
    return ((of(to) - of(from)) * 1000) / (to.atMs - from.atMs);
  }

  #secondsLeft(): Progress['secondsLeft'] {
    const [first, last, totals] = [this.#first, this.#samples.at(-1), this.#totals];
    if (first === null || last === undefined || totals === null) return null;
    if (last.atMs - first.atMs < SPEAK_AFTER_MS) return null;
    const left =
      Math.max(0, totals.bytes - this.#bytesDone) +
      Math.max(0, totals.files - this.#filesDone) * BYTES_A_FILE;
    const overall = ((last.work - first.work) * 1000) / (last.atMs - first.atMs);
    const recent = this.#rate((sample) => sample.work) ?? overall;
    if (overall <= 0 || recent <= 0) return null;
    const guesses = [left / overall, left / recent];
    return {
      low: Math.floor(Math.min(...guesses) * LOW_FACTOR),
      high: Math.ceil(Math.max(...guesses) * HIGH_FACTOR),
    };
  }
}
