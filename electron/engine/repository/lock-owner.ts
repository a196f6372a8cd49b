/** Whose a lock is, and whether they are still there. */
import type { LockFile } from '../format/lock-file.ts';
import type { Identity } from '../ports.ts';

export function isOfThisUser(lock: LockFile, identity: Identity): boolean {
  return lock.hostname === identity.hostname && lock.username === identity.username;
}

/** On this computer. A process of somebody else's is alive too, though it cannot be signalled. */
export function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}
