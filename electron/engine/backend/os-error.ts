/**
 * Turns an error of the operating system's file functions into a `backend/*` code.
 * Only storage that lives in the file system uses it; other backends know their own vendor's errors.
 */
import { HoldfastError, type ErrorCode, type Retry } from '../../../shared/errors.ts';

const NO_SPACE = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const DENIED = new Set(['EACCES', 'EPERM', 'EROFS']);
/** The disk, the share or the folder is not there (any more). */
const UNAVAILABLE = new Set([
  'ENODEV',
  'ENXIO',
  'ENOTCONN',
  'ESTALE',
  'ESHUTDOWN',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ETIMEDOUT',
  'ENOTDIR',
]);

/** The `code` of a Node system error such as `ENOENT`, or null for anything else. */
export function systemErrorCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

/**
 * @param location what the person knows the storage by, for the sentence
 * @param file the path inside it
 */
export function classifyOsError(error: unknown, location: string, file: string): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const osCode = systemErrorCode(error);
  const [code, retry] = codeOf(osCode);
  return new HoldfastError(code, {
    context: { path: location, file, ...(osCode === null ? {} : { osCode }) },
    retry,
    cause: error,
  });
}

function codeOf(osCode: string | null): readonly [ErrorCode, Retry] {
  if (osCode === null) return ['backend/io', 'later'];
  if (osCode === 'ENOENT') return ['backend/not-found', 'never'];
  if (NO_SPACE.has(osCode)) return ['backend/no-space', 'later'];
  if (DENIED.has(osCode)) return ['backend/permission-denied', 'never'];
  if (UNAVAILABLE.has(osCode)) return ['backend/unavailable', 'later'];
  return ['backend/io', 'later'];
}
