/**
 * All runs: their full state, at most one backup or check running a destination, the others waiting. A run's state goes out at most four times a second;
 * its end always does. The outcome of every run is kept across restarts.
 */
import { randomUUID } from 'node:crypto';
import { HoldfastError, toWireError } from '../../shared/errors.ts';
import type { Job, JobKind, JobResult, Progress, WaitReason } from '../../shared/model/job.ts';
import type { JobHistory } from '../platform/job-history.ts';
import { unfinishedStates } from '../platform/job-history.ts';

export interface JobRequest {
  readonly kind: JobKind;
  readonly planId: string | null;
  readonly destinationId: string;
  /** Does the work. Aborting `signal` ends it with `job/cancelled`. */
  run(jobId: string, signal: AbortSignal): Promise<JobResult>;
  /** What a failure waits for, so that the run begins again by itself and goes on where it stopped; null for one that ends it. */
  waitsFor?(error: unknown): WaitReason | null;
}

export interface JobsPort {
  changed(job: Job): void;
  /** The engine pauses or resumes the job. */
  pause(jobId: string): Promise<unknown>;
  resume(jobId: string): Promise<unknown>;
  /** Whether anything runs: the machine stays awake meanwhile. */
  busy(isBusy: boolean): void;
  /** A job's error that is worth a line in the log, or a change of state elsewhere. */
  failed(job: Job, error: unknown): void;
}

interface Entry {
  job: Job;
  readonly request: JobRequest | null;
  readonly cancel: AbortController;
  lastSentMs: number;
  timer: NodeJS.Timeout | null;
  /** While it waits for what goes by itself or for the person: ends that at once. */
  wake: (() => void) | null;
}

const SEND_EVERY_MS = 250;
/** How long until it is tried again; what the storage itself asked for counts where it is longer. */
const WAIT_MS: Readonly<Record<WaitReason, number>> = {
  'destination-away': 5_000,
  'icloud-off': 5_000,
  offline: 20_000,
  'server-trouble': 60_000,
  'slow-down': 30 * 60_000,
  // Each try costs requests of a day that has none left.
  'day-limit': 3 * 60 * 60_000,
  // Only the person can end it, see `wake`.
  'sign-in': Number.POSITIVE_INFINITY,
};
/** Longer ones Node takes for none at all. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const noWait = { waitError: null, triesAgainAt: null } as const;

export class Jobs {
  readonly #entries = new Map<string, Entry>();
  readonly #history: JobHistory;
  readonly #port: JobsPort;
  readonly #waitMs: Readonly<Record<WaitReason, number>>;
  #running = 0;
  #isQuitting = false;

  /** `past`: what the history holds. */
  constructor(
    history: JobHistory,
    past: readonly Job[],
    port: JobsPort,
    waitMs: Readonly<Record<WaitReason, number>> = WAIT_MS,
  ) {
    this.#waitMs = waitMs;
    this.#history = history;
    this.#port = port;
    for (const job of past) {
      this.#entries.set(job.id, {
        job,
        request: null,
        cancel: new AbortController(),
        lastSentMs: 0,
        timer: null,
        wake: null,
      });
    }
  }

  /** Oldest first. */
  list(): Job[] {
    return Array.from(this.#entries.values(), ({ job }) => job);
  }

  find(jobId: string): Job {
    return this.#find(jobId).job;
  }

  /** Something is being done there, or about to be. */
  isBusy(destinationId: string): boolean {
    return this.list().some(
      (job) => job.destinationId === destinationId && unfinishedStates.has(job.state),
    );
  }

  /** The new job's id. Throws `engine/busy` when the same plan is already being backed up. */
  start(request: JobRequest): string {
    const isSame = ({ job }: Entry): boolean =>
      unfinishedStates.has(job.state) &&
      job.kind === request.kind &&
      job.destinationId === request.destinationId &&
      job.planId === request.planId &&
      job.kind !== 'restore';
    if ([...this.#entries.values()].some(isSame)) throw new HoldfastError('engine/busy');
    const now = new Date().toISOString();
    const job: Job = {
      id: randomUUID(),
      kind: request.kind,
      planId: request.planId,
      destinationId: request.destinationId,
      state: 'queued',
      createdAt: now,
      startedAt: null,
      finishedAt: null,
      progress: null,
      waiting: null,
      waitError: null,
      triesAgainAt: null,
      result: null,
      error: null,
    };
    this.#entries.set(job.id, {
      job,
      request,
      cancel: new AbortController(),
      lastSentMs: 0,
      timer: null,
      wake: null,
    });
    this.#port.changed(job);
    this.#startNext();
    return job.id;
  }

  progress(jobId: string, paused: boolean, waiting: WaitReason | null, progress: Progress): void {
    const entry = this.#entries.get(jobId);
    if (entry === undefined || !unfinishedStates.has(entry.job.state)) return;
    const isCancelling = entry.job.state === 'cancelling';
    const state = paused ? 'paused' : 'running';
    entry.job = {
      ...entry.job,
      ...noWait,
      progress,
      waiting,
      state: isCancelling ? 'cancelling' : state,
    };
    this.#sendSoon(entry);
  }

  async pause(jobId: string): Promise<void> {
    await this.#switch(jobId, 'running', 'paused', () => this.#port.pause(jobId));
  }

  async resume(jobId: string): Promise<void> {
    await this.#switch(jobId, 'paused', 'running', () => this.#port.resume(jobId));
  }

  /** The person has done what runs there wait for: they go on now. */
  wake(destinationId: string): void {
    for (const entry of this.#entries.values()) {
      if (entry.job.destinationId === destinationId) entry.wake?.();
    }
  }

  /** Throws `job/not-running` when it has ended. */
  cancel(jobId: string): void {
    const entry = this.#find(jobId);
    if (!unfinishedStates.has(entry.job.state)) throw new HoldfastError('job/not-running');
    if (entry.job.state === 'queued') {
      this.#finish(entry, 'cancelled', {});
      return;
    }
    this.#update(entry, { state: 'cancelling' });
    entry.cancel.abort(new HoldfastError('job/cancelled'));
  }

  /** Ends what runs, so that quitting leaves no lock behind; the next run goes on from there. Resolves when all have ended. */
  async interruptAll(): Promise<void> {
    this.#isQuitting = true;
    for (const { job } of this.#entries.values()) {
      if (unfinishedStates.has(job.state)) this.cancel(job.id);
    }
    const isOver = (): boolean =>
      this.#running === 0 && this.list().every(({ state }) => !unfinishedStates.has(state));
    while (!isOver()) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  #startNext(): void {
    if (this.#isQuitting) return;
    const busy = new Set<string>();
    for (const { job } of this.#entries.values()) {
      const isRunning = unfinishedStates.has(job.state) && job.state !== 'queued';
      if (isRunning && job.kind !== 'restore') busy.add(job.destinationId);
    }
    for (const entry of this.#entries.values()) {
      const { kind, state, destinationId } = entry.job;
      if (state !== 'queued') continue;
      // A restore only reads: it never waits, least of all for a backup that somebody has paused.
      if (kind !== 'restore') {
        if (busy.has(destinationId)) continue;
        busy.add(destinationId);
      }
      void this.#run(entry);
    }
  }

  async #run(entry: Entry): Promise<void> {
    this.#count(1);
    this.#update(entry, { state: 'running', startedAt: new Date().toISOString() });
    // Or nothing would be known of it after a crash.
    this.#save(entry);
    try {
      const result = await this.#attempts(entry);
      const hasWarnings =
        result?.kind === 'check' ? result.errorCount > 0 : (result?.warningCount ?? 0) > 0;
      this.#finish(entry, hasWarnings ? 'warnings' : 'succeeded', { result: result ?? null });
    } catch (error) {
      const wire = toWireError(error);
      this.#finish(entry, this.#endOf(error), {
        error: { ...wire, causes: [...wire.causes] },
      });
      this.#port.failed(entry.job, error);
    } finally {
      this.#count(-1);
      this.#startNext();
    }
  }

  /** Until it succeeds, or fails with what waiting cannot help. */
  async #attempts(entry: Entry): Promise<JobResult | undefined> {
    const { signal } = entry.cancel;
    for (;;) {
      try {
        return await entry.request?.run(entry.job.id, signal);
      } catch (error) {
        const waiting = signal.aborted ? null : (entry.request?.waitsFor?.(error) ?? null);
        if (waiting === null) throw error;
        // Said once, and not every few seconds for as long as a disk lies in a drawer.
        if (entry.job.waiting !== waiting) this.#port.failed(entry.job, error);
        const waitMs = Math.max(this.#waitMs[waiting], askedForMs(error));
        const wire = toWireError(error);
        this.#update(entry, {
          state: 'running',
          waiting,
          waitError: { ...wire, causes: [...wire.causes] },
          triesAgainAt: Number.isFinite(waitMs)
            ? new Date(Date.now() + waitMs).toISOString()
            : null,
          progress: null,
        });
        // Nothing is done meanwhile: the machine may sleep.
        this.#count(-1);
        try {
          await this.#wait(entry, waitMs);
        } finally {
          this.#count(1);
        }
      }
    }
  }

  /** Until the time has come or somebody wakes it. Rejects when the run is cancelled. */
  async #wait(entry: Entry, waitMs: number): Promise<void> {
    const { signal } = entry.cancel;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    const timer = Number.isFinite(waitMs)
      ? setTimeout(resolve, Math.min(waitMs, LONGEST_TIMER_MS))
      : undefined;
    entry.wake = () => {
      // Another failure of the same kind is news then.
      this.#update(entry, { ...noWait, waiting: null });
      resolve();
    };
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      entry.wake = null;
    }
  }

  #endOf(error: unknown): Job['state'] {
    if (!(error instanceof HoldfastError)) return 'failed';
    if (error.code === 'engine/crashed') return 'interrupted';
    if (error.code !== 'job/cancelled') return 'failed';
    return this.#isQuitting ? 'interrupted' : 'cancelled';
  }

  #finish(
    entry: Entry,
    state: Job['state'],
    outcome: Partial<Pick<Job, 'result' | 'error'>>,
  ): void {
    this.#update(entry, {
      ...outcome,
      state,
      progress: null,
      ...noWait,
      waiting: null,
      finishedAt: new Date().toISOString(),
    });
    this.#save(entry);
  }

  #save(entry: Entry): void {
    this.#history.save(this.list()).catch((error: unknown) => this.#port.failed(entry.job, error));
  }

  async #switch(
    jobId: string,
    from: Job['state'],
    to: Job['state'],
    tell: () => Promise<unknown>,
  ): Promise<void> {
    const entry = this.#find(jobId);
    if (entry.job.state !== from) throw new HoldfastError('job/not-running');
    await tell();
    if (entry.job.state === from) this.#update(entry, { state: to });
  }

  #update(entry: Entry, change: Partial<Job>): void {
    if (entry.timer !== null) clearTimeout(entry.timer);
    entry.timer = null;
    entry.job = { ...entry.job, ...change };
    entry.lastSentMs = performance.now();
    this.#port.changed(entry.job);
  }

  /** Now, or when a quarter of a second has passed since the last time. */
  #sendSoon(entry: Entry): void {
    if (entry.timer !== null) return;
    const waitMs = entry.lastSentMs + SEND_EVERY_MS - performance.now();
    if (waitMs <= 0) this.#update(entry, {});
    else {
      entry.timer = setTimeout(() => {
        entry.timer = null;
        this.#update(entry, {});
      }, waitMs);
    }
  }

  #count(change: number): void {
    const wasBusy = this.#running > 0;
    this.#running += change;
    if (wasBusy !== this.#running > 0) this.#port.busy(this.#running > 0);
  }

  #find(jobId: string): Entry {
    const entry = this.#entries.get(jobId);
    if (entry === undefined)
      throw new HoldfastError('ipc/unknown-item', { context: { what: 'run' } });
    return entry;
  }
}

function askedForMs(error: unknown): number {
  const asked = error instanceof HoldfastError ? error.context['retryAfterMs'] : undefined;
  return typeof asked === 'number' ? asked : 0;
}
