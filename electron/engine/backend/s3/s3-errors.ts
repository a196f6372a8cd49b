/**
 * What S3-compatible services answer, in Holdfast's own words. Decided by the service's error code, and by the status where there is none:
 * answers to HEAD have no body.
 * Source: Amazon's "Error responses" of the S3 API; the codes of MinIO and Ceph.
 */
import { HoldfastError, type ErrorCode, type Retry } from '../../../../shared/errors.ts';
import { retryAfterMs, withoutAnswer } from '../remote/answers.ts';

const BY_NAME: Readonly<Record<string, readonly [ErrorCode, Retry]>> = {
  SlowDown: ['backend/slow-down', 'now'],
  SlowDownRead: ['backend/slow-down', 'now'],
  SlowDownWrite: ['backend/slow-down', 'now'],
  RequestLimitExceeded: ['backend/slow-down', 'now'],
  TooManyRequests: ['backend/slow-down', 'now'],
  ThrottlingException: ['backend/slow-down', 'now'],
  ServiceUnavailable: ['backend/slow-down', 'now'],
  InternalError: ['backend/unavailable', 'now'],
  OperationAborted: ['backend/unavailable', 'now'],
  RequestTimeout: ['backend/unavailable', 'now'],
  IncompleteBody: ['backend/unavailable', 'now'],
  // What arrived was not what was sent: sent again.
  BadDigest: ['backend/corrupt-transfer', 'now'],
  XAmzContentSHA256Mismatch: ['backend/corrupt-transfer', 'now'],
  XAmzContentChecksumMismatch: ['backend/corrupt-transfer', 'now'],
  NoSuchKey: ['backend/not-found', 'never'],
  NotFound: ['backend/not-found', 'never'],
  NoSuchBucket: ['s3/bucket-missing', 'never'],
  InvalidBucketName: ['s3/bucket-missing', 'never'],
  AccessDenied: ['s3/access-denied', 'never'],
  AllAccessDisabled: ['s3/access-denied', 'never'],
  InvalidAccessKeyId: ['s3/unknown-key', 'never'],
  SignatureDoesNotMatch: ['s3/unknown-key', 'never'],
  ExpiredToken: ['s3/unknown-key', 'never'],
  AuthorizationHeaderMalformed: ['s3/wrong-region', 'never'],
  PermanentRedirect: ['s3/wrong-region', 'never'],
  IllegalLocationConstraintException: ['s3/wrong-region', 'never'],
  RequestTimeTooSkewed: ['s3/clock-wrong', 'never'],
  QuotaExceeded: ['backend/no-space', 'later'],
  XMinioStorageFull: ['backend/no-space', 'later'],
  XMinioAdminBucketQuotaExceeded: ['backend/no-space', 'later'],
  InvalidRange: ['backend/io', 'never'],
};

interface ServiceError {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

/** The service's status and word for it; null where nothing was answered. */
function s3Failure(error: unknown): { readonly status: number; readonly name: string } | null {
  const { name, $metadata } = (error ?? {}) as ServiceError;
  const status = $metadata?.httpStatusCode;
  if (status === undefined) return null;
  return { status, name: typeof name === 'string' ? name : '' };
}

/** Never throws; an error that is classified already stays as it is. `what` says for the log which call it was. */
export function classifyS3Error(error: unknown, what: string): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const failure = s3Failure(error);
  if (failure === null) return withoutAnswer(error, what);
  const { status, name } = failure;
  const [code, retry] = BY_NAME[name] ?? byStatus(status);
  const afterMs = retryAfterMs(
    (error as ServiceError).$response?.headers?.['retry-after'] ?? null,
    Date.now(),
  );
  return new HoldfastError(code, {
    retry,
    context: {
      what,
      status,
      reason: name === '' ? `HTTP ${status}` : name,
      ...(afterMs === null ? {} : { retryAfterMs: afterMs }),
    },
    // The service's word only: the library's error holds the request.
    cause: new Error(`HTTP ${status} ${name}`.trim()),
  });
}

function byStatus(status: number): readonly [ErrorCode, Retry] {
  if (status === 301 || status === 307) return ['s3/wrong-region', 'never'];
  if (status === 401 || status === 403) return ['s3/access-denied', 'never'];
  if (status === 404) return ['backend/not-found', 'never'];
  if (status === 429 || status === 503) return ['backend/slow-down', 'now'];
  if (status === 507) return ['backend/no-space', 'later'];
  if (status === 408 || status >= 500) return ['backend/unavailable', 'now'];
  if (status === 409 || status === 412) return ['backend/out-of-step', 'later'];
  return ['backend/refused', 'never'];
}
