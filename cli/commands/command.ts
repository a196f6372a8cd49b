/** How a command is hung into the program: it gets the session, its arguments and its own options. */
import type { Command } from 'commander';

import type { ExitCode } from '../exit-codes.ts';
import type { Session } from '../session.ts';

/** Ends with the exit code of a run that did not fail. */
export type Run<Args extends readonly unknown[]> = (
  session: Session,
  ...args: Args
) => Promise<ExitCode>;

/** Gives the action of a command its session. */
export type Bind = <Args extends readonly unknown[]>(
  run: Run<Args>,
) => (...args: unknown[]) => Promise<void>;

export type AddCommand = (program: Command, bind: Bind) => void;

/** For options that may be given several times. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
