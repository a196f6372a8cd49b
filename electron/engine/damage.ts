/** Tells stored bytes that are not what they must be from storage that cannot be reached. */
import { HoldfastError, type ErrorCode } from '../../shared/errors.ts';
import type { Backend } from './backend/backend.ts';

const damageCodes: ReadonlySet<ErrorCode> = new Set([
  'repo/damaged',
  'repo/blob-missing',
  'crypto/not-authentic',
  'format/invalid',
  'format/too-large',
]);

/** True: what was asked for is lost or broken, and everything else may still be read. */
export function isDamage(error: unknown): error is HoldfastError {
  return error instanceof HoldfastError && damageCodes.has(error.code);
}

/**
 * One file of the repository is gone, or the whole disk was pulled out: the config file tells. Throws `backend/unavailable` in the second case.
 */
export async function throwIfStorageIsGone(
  backend: Backend,
  cause: unknown,
  signal?: AbortSignal,
): Promise<void> {
  const config = await backend.stat({ kind: 'config', name: '' }, signal);
  if (config === null) throw new HoldfastError('backend/unavailable', { retry: 'later', cause });
}
