/** What the process says to scripts; the numbers are restic's. */
import type { ErrorCode, HoldfastError } from '../shared/errors.ts';

export const exitCodes = {
  done: 0,
  failed: 1,
  /** A backup was made, but some source files could not be read. */
  incomplete: 3,
  noRepository: 10,
  locked: 11,
  wrongSecret: 12,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const ownCodes: ReadonlyMap<ErrorCode, ExitCode> = new Map([
  ['repo/not-found', exitCodes.noRepository],
  ['repo/locked', exitCodes.locked],
  ['repo/wrong-secret', exitCodes.wrongSecret],
  ['job/cancelled', exitCodes.interrupted],
]);

export function exitCodeOf({ code }: HoldfastError): ExitCode {
  return ownCodes.get(code) ?? exitCodes.failed;
}

/** For the end of every `--help`. */
export const exitCodesHelp = `
Exit codes:
  0    done
  1    failed; for check: errors were found; for restore: some items could not be restored;
       for repair index: some packs could not be read
  3    backup made, but some source files could not be read
  10   there is no repository
  11   the repository is locked by another program
  12   wrong key or password
  130  interrupted`;
