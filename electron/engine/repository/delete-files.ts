/** Deleting: only under an exclusive lock, and only as long as it is held (restic format notes, section 11). */
import { HoldfastError } from '../../../shared/errors.ts';
import type { FileKind } from '../backend/backend.ts';
import type { Id } from '../format/id.ts';
import type { RepositoryLock } from './lock.ts';
import type { RepositoryCore } from './sealed-files.ts';
import { sideBySide } from './side-by-side.ts';

/** So many are deleted between two looks at the lock. */
const BATCH = 16;
const DELETES_AT_ONCE = 4;

/**
 * Deletes files one after the other in the order given, some at once. `onDeleted` is told of each. What it had not come to is still there when it
 * rejects.
 * @throws HoldfastError `repo/lock-lost`, `backend/*`
 */
export async function deleteFiles(
  core: RepositoryCore,
  lock: RepositoryLock,
  kind: Extract<FileKind, 'pack' | 'index' | 'snapshot'>,
  ids: Iterable<Id>,
  signal: AbortSignal,
  onDeleted?: (id: Id) => void,
): Promise<void> {
  if (lock.mode !== 'exclusive') {
    throw new HoldfastError('internal/unexpected', {
      context: { reason: 'lock is not exclusive' },
    });
  }
  const all = [...ids];
  for (let start = 0; start < all.length; start += BATCH) {
    await lock.ensureHeld();
    await sideBySide(all.slice(start, start + BATCH), DELETES_AT_ONCE, async (name) => {
      signal.throwIfAborted();
      await core.backend.delete({ kind, name }, signal);
      onDeleted?.(name);
    });
  }
}
