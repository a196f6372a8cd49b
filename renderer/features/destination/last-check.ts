/** What is known of checks of one destination since the app was started. */
import type { Job } from '../../../shared/model/job.ts';

export interface CheckHistory {
  /** null when none runs. */
  readonly running: Job | null;
  /** null when none has ended. */
  readonly last: Job | null;
}

export function checksOf(jobs: readonly Job[], destinationId: string): CheckHistory {
  const checks = jobs
    .filter((job) => job.kind === 'check' && job.destinationId === destinationId)
    .toSorted((a, b) => b.createdAt.localeCompare(a.createdAt));
  return {
    running: checks.find((job) => job.finishedAt === null) ?? null,
    last: checks.find((job) => job.finishedAt !== null) ?? null,
  };
}
