/** The last runs with their outcomes, so that "last result" survives a restart. Runs that were never finished were interrupted. */
import { rename } from 'node:fs/promises';
import { z } from 'zod';
import type { ErrorCode } from '../../shared/errors.ts';
import { jobSchema, type Job } from '../../shared/model/job.ts';
import { readJsonFile, writeJsonFile } from './json-file.ts';

const MAX_JOBS = 200;
const historySchema = z.object({ version: z.literal(1), jobs: z.array(jobSchema) });

export const unfinishedStates: ReadonlySet<Job['state']> = new Set([
  'queued',
  'running',
  'paused',
  'cancelling',
]);

export class JobHistory {
  readonly #path: string;
  #lastWrite: Promise<void> = Promise.resolve();
  #notice: ErrorCode | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /** What the person should be told about the file. */
  get notice(): ErrorCode | null {
    return this.#notice;
  }

  /** Oldest first. A file that cannot be read is kept aside and costs the history, nothing else. */
  async load(): Promise<Job[]> {
    const stored = await readJsonFile(this.#path).catch(() => undefined);
    if (stored === null) return [];
    const parsed = historySchema.safeParse(stored);
    if (!parsed.success) {
      this.#notice = 'settings/history-unreadable';
      await rename(this.#path, `${this.#path}.unreadable-${String(Date.now())}`).catch(
        () => undefined,
      );
      return [];
    }
    return parsed.data.jobs.map((job) =>
      unfinishedStates.has(job.state)
        ? {
            ...job,
            state: 'interrupted',
            finishedAt: job.finishedAt ?? job.startedAt,
            progress: null,
          }
        : job,
    );
  }

  async save(jobs: readonly Job[]): Promise<void> {
    const value = { version: 1, jobs: jobs.slice(-MAX_JOBS) };
    const write = this.#lastWrite
      .catch(() => undefined)
      .then(() => writeJsonFile(this.#path, value));
    this.#lastWrite = write;
    await write;
  }
}
