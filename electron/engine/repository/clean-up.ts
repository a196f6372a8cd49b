/**
 * Tidying up after a run has its limits: whoever cancels while the storage does not answer is not to wait for it. What stays behind is known, and goes
 * with the next lock that is taken, or is taken up by the next run.
 */
import { HoldfastError } from '../../../shared/errors.ts';

const CLEAN_UP_MS = 15_000;

/** Aborted when tidying up has taken long enough; `waitMs` are spent waiting anyway. By the machine's own time: a person sits before it. */
export function cleanUpSignal(waitMs = 0): AbortSignal {
  const limit = new AbortController();
  setTimeout(() => {
    limit.abort(new HoldfastError('backend/stalled', { retry: 'later' }));
  }, CLEAN_UP_MS + waitMs).unref();
  return limit.signal;
}
