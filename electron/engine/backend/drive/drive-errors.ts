/**
 * What Google Drive answers, in Holdfast's own words: one code for each thing a person can do something about. Decided by Google's
 * `reason`, never by the status alone, since 403 means a dozen different things.
 * Source: Google's page "Resolve errors" of the Drive API, and the cases that rclone knows of.
 */
import { HoldfastError, type ErrorCode, type Retry } from '../../../../shared/errors.ts';
import { retryAfterMs, withoutAnswer } from '../remote/answers.ts';

/** The part of an answer that tells what went wrong. */
export interface DriveFailure {
  readonly status: number;
  readonly reason: string;
  readonly message: string;
  readonly retryAfterMs: number | null;
}

const BY_REASON: Readonly<Record<string, readonly [ErrorCode, Retry]>> = {
  userRateLimitExceeded: ['backend/slow-down', 'now'],
  rateLimitExceeded: ['backend/slow-down', 'now'],
  RATE_LIMIT_EXCEEDED: ['backend/slow-down', 'now'],
  sharingRateLimitExceeded: ['backend/slow-down', 'now'],
  dailyLimitExceeded: ['drive/daily-call-limit', 'later'],
  uploadLimitExceeded: ['drive/daily-upload-limit', 'later'],
  downloadQuotaExceeded: ['drive/daily-download-limit', 'later'],
  storageQuotaExceeded: ['drive/quota-full', 'later'],
  quotaExceeded: ['drive/quota-full', 'later'],
  numChildrenInNonRootLimitExceeded: ['drive/too-many-files', 'never'],
  activeItemCreationLimitExceeded: ['drive/too-many-files', 'never'],
  teamDriveFileLimitExceeded: ['drive/too-many-files', 'never'],
  insufficientPermissions: ['drive/scope-missing', 'never'],
  ACCESS_TOKEN_SCOPE_INSUFFICIENT: ['drive/scope-missing', 'never'],
  appNotAuthorizedToFile: ['drive/not-our-file', 'never'],
  insufficientFilePermissions: ['drive/read-only', 'never'],
  domainPolicy: ['drive/forbidden-by-admin', 'never'],
  accessNotConfigured: ['drive/api-not-enabled', 'never'],
  SERVICE_DISABLED: ['drive/api-not-enabled', 'never'],
  cannotDownloadAbusiveFile: ['drive/flagged-file', 'never'],
  notFound: ['backend/not-found', 'never'],
};

const OUT_OF_STEP: ReadonlySet<number> = new Set([409, 412, 416]);

/** A request that never got an answer, or whose answer broke off. Whether it was carried out is not known. */
export function isUnclear(error: unknown): boolean {
  if (!(error instanceof HoldfastError)) return false;
  return (
    error.code === 'backend/unavailable' ||
    error.code === 'backend/offline' ||
    error.code === 'backend/stalled'
  );
}

/** Reads a failure out of what Google's library throws; null when there was no answer. */
export function failureOf(error: unknown, nowMs: number): DriveFailure | null {
  const response = (error as { readonly response?: unknown } | null)?.response;
  if (typeof response !== 'object' || response === null) return null;
  const { status, data, headers } = response as {
    readonly status?: unknown;
    readonly data?: unknown;
    readonly headers?: { get?(name: string): string | null };
  };
  if (typeof status !== 'number') return null;
  const body = parsed(data);
  const detail = body?.error;
  return {
    status,
    reason:
      detail?.errors?.[0]?.reason ?? detail?.details?.find(({ reason }) => reason)?.reason ?? '',
    message: detail?.message ?? '',
    retryAfterMs: retryAfterMs(headers?.get?.('retry-after') ?? null, nowMs),
  };
}

/** Never throws; an error that is classified already stays as it is. `what` says for the log which call it was. */
export function classifyDriveError(error: unknown, what: string, nowMs: number): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const failure = failureOf(error, nowMs);
  if (failure === null) return withoutAnswer(error, what);
  const { status, reason, message, retryAfterMs } = failure;
  const [code, retry] = codeOf(failure);
  return new HoldfastError(code, {
    retry,
    context: {
      what,
      status,
      reason: reason === '' ? `HTTP ${status}` : reason,
      ...(retryAfterMs === null ? {} : { retryAfterMs }),
    },
    // Google's own sentence only: the library's error holds the request with its token.
    cause: new Error(`HTTP ${status} ${reason} ${message}`.trim()),
  });
}

function codeOf({ status, reason, message }: DriveFailure): readonly [ErrorCode, Retry] {
  // Exactly this sentence, without "Please retry later", is how the 750 GB a day were seen to end (rclone #3857).
  if (reason === 'userRateLimitExceeded' && message === 'User rate limit exceeded.') {
    return ['drive/daily-upload-limit', 'later'];
  }
  // "Quota exceeded for quota metric 'Queries' and limit 'Queries per day'"
  if (/quota metric .* per day/iu.test(message)) return ['drive/daily-call-limit', 'later'];
  const known = BY_REASON[reason];
  if (known !== undefined) return known;
  if (status === 401) return ['drive/sign-in-ended', 'never'];
  if (status === 404) return ['backend/not-found', 'never'];
  if (status === 429) return ['backend/slow-down', 'now'];
  if (status === 408 || status >= 500) return ['backend/unavailable', 'now'];
  // Something is there already, was changed, or is shorter than was thought.
  if (OUT_OF_STEP.has(status)) return ['backend/out-of-step', 'later'];
  return ['backend/refused', 'never'];
}

interface GoogleErrorBody {
  readonly error?: {
    readonly message?: string;
    readonly errors?: readonly { readonly reason?: string }[];
    readonly details?: readonly { readonly reason?: string }[];
  };
}

function parsed(data: unknown): GoogleErrorBody | null {
  if (typeof data === 'object' && data !== null) return data;
  if (typeof data !== 'string') return null;
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === 'object' ? value : null;
  } catch {
    // A page of HTML from something in between.
    return null;
  }
}
