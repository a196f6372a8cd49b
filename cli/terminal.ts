/** The outside of the command line: streams, environment, time. Tests put their own in its place. */
import type { Readable, Writable } from 'node:stream';

export interface Terminal {
  readonly stdin: Readable & {
    readonly isTTY?: boolean;
    setRawMode?(on: boolean): unknown;
  };
  readonly stdout: Writable;
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly env: NodeJS.ProcessEnv;
  /** Aborted with `job/cancelled` when the person interrupts. */
  readonly signal: AbortSignal;
}
