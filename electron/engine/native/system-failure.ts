/** What an operating system's error means for one file of a run. Programming errors are never swallowed here. */
import type { WarningReason } from '../../../shared/model/job.ts';

/** The code (`EACCES`, …) of an error that the operating system raised, or null for every other error. */
export function systemCode(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { code, syscall } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && /^E[A-Z0-9]+$/u.test(code) && syscall !== undefined
    ? code
    : null;
}

/** Why a source could not be read. */
export function readFailure(code: string): WarningReason {
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ELOOP':
    case 'ESTALE':
      // The last two: it was a file a moment ago and now is a link, or the server has lost it.
      return 'vanished';
    case 'EACCES':
    case 'EPERM':
      return 'permission-denied';
    default:
      return 'unreadable';
  }
}
