/**
 * The one error type of the whole application, its codes, and the form in which it crosses a process
 * boundary. Every code has an entry in `error-catalog.ts`: what happened, what it means for the data, one action.
 */

/** `area/what`. The list is closed so that a code without a catalog entry does not compile. */
export const errorCodes = [
  // The storage a repository lives on
  'backend/not-found',
  'backend/permission-denied',
  'backend/no-space',
  'backend/unavailable',
  'backend/io',
  'backend/offline',
  'backend/slow-down',
  'backend/stalled',
  'backend/corrupt-transfer',
  'backend/refused',
  'backend/out-of-step',
  // What only Google Drive says
  'drive/sign-in-ended',
  'drive/client-refused',
  'drive/other-account',
  'drive/quota-full',
  'drive/daily-upload-limit',
  'drive/daily-download-limit',
  'drive/daily-call-limit',
  'drive/too-many-files',
  'drive/scope-missing',
  'drive/not-our-file',
  'drive/read-only',
  'drive/forbidden-by-admin',
  'drive/api-not-enabled',
  'drive/flagged-file',
  'drive/folder-gone',
  'drive/folder-trashed',
  'drive/listing-incomplete',
  // What only S3-compatible storage says
  's3/access-denied',
  's3/unknown-key',
  's3/bucket-missing',
  's3/wrong-region',
  's3/clock-wrong',
  's3/listing-incomplete',
  // What only iCloud Drive says
  'icloud/off',
  'icloud/not-downloaded',
  // Signing in with the browser
  'sign-in/cancelled',
  'sign-in/timed-out',
  'sign-in/refused',
  'sign-in/not-genuine',
  'sign-in/scope-missing',
  'sign-in/no-client',
  'sign-in/failed',
  'sign-in/required',
  'sign-in/not-withdrawn',
  'sign-in/no-keychain',
  'sign-in/token-file-open',
  // The repository as a whole
  'repo/not-found',
  'repo/already-exists',
  'repo/not-empty',
  'repo/unsupported-version',
  'repo/wrong-secret',
  'repo/too-expensive-key',
  'repo/locked',
  'repo/lock-lost',
  'repo/damaged',
  'repo/blob-missing',
  'repo/snapshot-not-found',
  'repo/snapshot-ambiguous',
  'repo/key-not-found',
  'repo/key-in-use',
  // Bytes that do not have the form they must have
  'crypto/not-authentic',
  'format/invalid',
  'format/too-large',
  // Backing up
  'backup/source-missing',
  'backup/nothing-to-back-up',
  'backup/source-is-destination',
  // Restoring
  'restore/path-not-found',
  'restore/target-not-writable',
  'restore/target-gone',
  'restore/no-space',
  'restore/plan-expired',
  'restore/target-in-repository',
  // Removing archives and giving their room back
  'forget/invalid-rule',
  'prune/backup-not-whole',
  // Secrets and where they are kept
  'secret/invalid-key',
  'secret/too-short',
  'secret/too-long',
  'secret/mismatch',
  'secret/required',
  'secret/too-weak',
  'secret/of-another-backup',
  'secret/not-stored',
  'secret/not-authenticated',
  'secret/old-still-opens',
  'secret/was-replaced',
  'secret/proof-needed',
  'secret/change-unsettled',
  'secret/changed-elsewhere',
  'secret/not-proved',
  // Taking the secret out of Holdfast
  'export/unsafe-place',
  'export/not-written',
  'export/not-deleted',
  'export/program-missing',
  'export/program-failed',
  'keychain/absent',
  'keychain/locked',
  'keychain/denied',
  // Settings
  'settings/unreadable',
  'settings/newer-version',
  'settings/history-unreadable',
  // The window and its requests
  'ipc/invalid-request',
  'ipc/foreign-sender',
  'ipc/grant-expired',
  'ipc/unknown-item',
  // The engine process
  'engine/crashed',
  'engine/busy',
  // Runs
  'job/cancelled',
  'job/not-running',
  'internal/unexpected',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** When trying the same thing again can help: at once, after a while, or never. */
export type Retry = 'now' | 'later' | 'never';

/** Facts that make the sentence concrete (a path, a file name, a size). Never a secret. */
export type ErrorContext = Readonly<Record<string, string | number | boolean>>;

export interface HoldfastErrorOptions {
  readonly context?: ErrorContext;
  readonly retry?: Retry;
  readonly cause?: unknown;
}

export class HoldfastError extends Error {
  override readonly name = 'HoldfastError';
  readonly code: ErrorCode;
  readonly context: ErrorContext;
  readonly retry: Retry;

  constructor(code: ErrorCode, options: HoldfastErrorOptions = {}) {
    super(code, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.context = options.context ?? {};
    this.retry = options.retry ?? 'never';
  }
}

/** What crosses a process boundary: plain data, the whole cause chain as short texts. */
export interface WireError {
  readonly code: ErrorCode;
  readonly context: ErrorContext;
  readonly retry: Retry;
  /** From the outermost cause to the innermost: `name: message`. Technical detail, one click away. */
  readonly causes: readonly string[];
}

const MAX_CAUSES = 8;

export function toWireError(error: unknown): WireError {
  const causes: string[] = [];
  let cause: unknown = error instanceof HoldfastError ? error.cause : error;
  while (cause !== undefined && cause !== null && causes.length < MAX_CAUSES) {
    causes.push(describe(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  if (error instanceof HoldfastError) {
    return { code: error.code, context: error.context, retry: error.retry, causes };
  }
  return { code: 'internal/unexpected', context: {}, retry: 'later', causes };
}

export function fromWireError(wire: WireError): HoldfastError {
  const innermost = wire.causes.toReversed().reduce<Error | undefined>((inner, text) => {
    return new Error(text, inner === undefined ? undefined : { cause: inner });
  }, undefined);
  return new HoldfastError(wire.code, {
    context: wire.context,
    retry: wire.retry,
    ...(innermost === undefined ? {} : { cause: innermost }),
  });
}

function describe(cause: unknown): string {
  if (cause instanceof HoldfastError) return `${cause.code} ${JSON.stringify(cause.context)}`;
  if (cause instanceof Error) return `${cause.name}: ${cause.message}`;
  return typeof cause === 'string' ? cause : typeof cause;
}
