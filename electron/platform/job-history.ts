/** The last runs with their outcomes, so that "last result" survives a restart. Runs that were never finished were interrupted. */
import { z } from 'zod';
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

  constructor(path: string) {
    this.#path = path;
  }

  /** Oldest first. A file that cannot be read costs the history, nothing else. */
  async load(): Promise<Job[]> {
    const stored = await readJsonFile(this.#path).catch(() => null);
    const parsed = historySchema.safeParse(stored);
    if (!parsed.success) return [];
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
