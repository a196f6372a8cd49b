/** Lock files as they lie in the storage: whose they are is told by what is in them. */
import { HoldfastError } from '../../../shared/errors.ts';
import type { StoredFile } from '../backend/backend.ts';
import type { Id } from '../format/id.ts';
import { decodeLock, type LockFile } from '../format/lock-file.ts';
import { loadSealed, type RepositoryCore } from './sealed-files.ts';

/** After so long others see what was written, where there is no lag: restic's measure. */
export const SETTLE_MS = 200;
const UNREADABLE_TRIES = 3;
const LISTING_TRIES = 5;

/** A lock file as found: null content when it cannot be read. */
interface FoundLock {
  readonly file: StoredFile;
  readonly lock: LockFile | null;
}

/**
 * All locks but `own` and empty files, which nobody can hold. One that vanishes while we look may have been refreshed, that is,
 * replaced by a file that was not listed yet: then we look again.
 */
export async function readLocks(
  core: RepositoryCore,
  signal?: AbortSignal,
  own: Id | null = null,
): Promise<FoundLock[]> {
  for (let attempt = 1; ; attempt++) {
    const found: FoundLock[] = [];
    let vanished = false;
    for await (const file of core.backend.list('lock', signal)) {
      if (file.sizeBytes === 0 || file.name === own) continue;
      const lock = await readLock(core, file.name, signal);
      if (lock === 'gone') vanished = true;
      else found.push({ file, lock });
    }
    if (!vanished || attempt === LISTING_TRIES) return found;
  }
}

async function readLock(
  core: RepositoryCore,
  id: Id,
  signal?: AbortSignal,
): Promise<LockFile | null | 'gone'> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await loadSealed(core, 'lock', id, decodeLock, signal);
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      if (error.code === 'backend/not-found') return 'gone';
      if (error.code !== 'repo/damaged') throw error;
      // Storage that is not atomic may show a lock half written for a moment.
      if (attempt === UNREADABLE_TRIES) return null;
      await core.ports.clock.sleep(SETTLE_MS, signal);
    }
  }
}
