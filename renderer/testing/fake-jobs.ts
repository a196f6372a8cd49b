/** Runs that pretend to go on, for the window to show. */
import { HoldfastError } from '../../shared/errors.ts';
import type { Job, JobKind, JobState, Progress } from '../../shared/model/job.ts';
import { sampleJob, sampleProgress, sampleResult } from './sample-data.ts';

const TICK_MS = 250;
const TICKS = 60;

export class FakeJobs {
  #jobs: readonly Job[];
  readonly #changed: (job: Job) => void;

  constructor(jobs: readonly Job[], changed: (job: Job) => void) {
    this.#jobs = jobs;
    this.#changed = changed;
  }

  list(): Job[] {
    return [...this.#jobs];
  }

  start(kind: JobKind, planId: string | null): string {
    const id = crypto.randomUUID();
    const now = new Date().toISOString();
    const job = sampleJob({
      id,
      kind,
      planId,
      state: 'running',
      createdAt: now,
      startedAt: now,
      finishedAt: null,
      result: null,
      progress: progressAt(0),
    });
    this.#jobs = [...this.#jobs, job];
    this.#changed(job);
    let tick = 0;
    const timer = setInterval(() => {
      const { state } = this.#find(id);
      if (state === 'running') {
        tick += 1;
        this.#put(id, tick < TICKS ? { progress: progressAt(tick / TICKS) } : finished(kind));
      }
      if (this.#find(id).finishedAt !== null) clearInterval(timer);
    }, TICK_MS);
    return id;
  }

  set(jobId: string, state: JobState): null {
    this.#put(jobId, { state });
    return null;
  }

  cancel(jobId: string): null {
    this.#put(jobId, {
      state: 'cancelled',
      progress: null,
      finishedAt: new Date().toISOString(),
      error: { code: 'job/cancelled', context: {}, retry: 'now', causes: [] },
    });
    return null;
  }

  #find(jobId: string): Job {
    const job = this.#jobs.find(({ id }) => id === jobId);
    if (job === undefined) throw new HoldfastError('ipc/unknown-item');
    return job;
  }

  #put(jobId: string, change: Partial<Job>): void {
    const job = { ...this.#find(jobId), ...change };
    this.#jobs = this.#jobs.map((other) => (other.id === jobId ? job : other));
    this.#changed(job);
  }
}

function progressAt(share: number): Progress {
  const { filesTotal, bytesTotal } = sampleProgress;
  const secondsLeft = Math.round((1 - share) * 400);
  return {
    ...sampleProgress,
    filesDone: Math.round((filesTotal ?? 0) * share),
    bytesDone: Math.round((bytesTotal ?? 0) * share),
    secondsLeft: share < 0.1 ? null : { low: secondsLeft * 0.8, high: secondsLeft * 1.3 },
  };
}

function finished(kind: JobKind): Partial<Job> {
  return {
    state: 'succeeded',
    progress: null,
    finishedAt: new Date().toISOString(),
    result:
      kind === 'backup'
        ? sampleResult
        : kind === 'check'
          ? {
              kind,
              readData: false,
              packsChecked: 412,
              bytesRead: 0,
              snapshotsChecked: 6,
              errorCount: 0,
              findings: [],
              durationMs: 4100,
            }
          : {
              kind,
              targetPath: '/media/anna/Stick',
              filesRestored: 1234,
              filesSkipped: 0,
              bytesRestored: 8_123_456_789,
              filesAlreadyRight: 3,
              filesKeptBoth: 0,
              directoriesRestored: 12,
              otherRestored: 2,
              durationMs: 83_000,
              warnings: [],
              warningCount: 0,
            },
  };
}
