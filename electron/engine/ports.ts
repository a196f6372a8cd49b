/**
 * What the engine needs from outside: time, a log, who runs it, and the two-way talk with a running job.
 * The app, the command line, the tests and the benchmarks each plug in their own.
 */
import type { Progress, Warning } from '../../shared/model/job.ts';

export interface Clock {
  /** Wall time in nanoseconds since 1970, for times that are stored. */
  nowNs(): bigint;
  /** Milliseconds that only go forward, for rates, ages and time-outs. */
  monotonicMs(): number;
  /** Resolves after `ms`, or rejects with the signal's reason as soon as it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Technical lines. Whoever calls it passes facts only; never a secret, never file contents. */
export interface Log {
  debug(event: string, facts?: Readonly<Record<string, unknown>>): void;
  info(event: string, facts?: Readonly<Record<string, unknown>>): void;
  warn(event: string, facts?: Readonly<Record<string, unknown>>): void;
}

/** Who writes snapshots and locks. On Windows uid and gid are 0. */
export interface Identity {
  readonly hostname: string;
  readonly username: string;
  readonly uid: number;
  readonly gid: number;
  readonly pid: number;
}

export interface EnginePorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly identity: Identity;
  /** `holdfast x.y.z`, written as `program_version` into snapshots. */
  readonly programVersion: string;
}

/** The talk with one running job. */
export interface JobPort {
  /** Aborted by cancel; its reason is `HoldfastError('job/cancelled')`. */
  readonly signal: AbortSignal;
  /** Resolves at once, or when the job is resumed; rejects when it is cancelled meanwhile. Called between steps. */
  whenRunning(): Promise<void>;
  /** False where nobody sees the progress: nothing need be done for it alone. */
  readonly isWatched?: boolean;
  /** At most four times a second reach the outside; the caller may call it for every file. */
  progress(progress: Progress): void;
  warning(warning: Warning): void;
}
