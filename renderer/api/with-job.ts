/** Keeps a list of runs up to date with one run's new state. */
import type { Job } from '../../shared/model/job.ts';

/** The same order; a run that was not known is the newest. */
export function withJob(known: readonly Job[], changed: Job): Job[] {
  const at = known.findIndex(({ id }) => id === changed.id);
  return at < 0 ? [...known, changed] : known.with(at, changed);
}
