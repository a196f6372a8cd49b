/**
 * What a restore leaves behind that had no chance to end: killed, or the power went. Folders that it had made are known by their permissions,
 * so that the next run finishes them whatever it does with those of others; temporary files are known by their names.
 */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  unlinkSync,
  type BigIntStats,
} from 'node:fs';
import { joinPath } from '../native/path-bytes.ts';
import { systemCode } from '../native/system-failure.ts';
import { isAlive } from '../repository/lock-owner.ts';
import { reaching } from '../native/long-paths.ts';

/** Of a folder that is being restored. Nobody else makes such: the sticky bit means nothing where only one may write. */
const UNFINISHED_MODE = 0o1700;
/** All but the set-group-id bit, which Linux hands down from the folder above. */
const PERMISSIONS = 0o5777n;
const TEMPORARY = /^\.holdfast-(?<pid>[0-9]{1,10})-[0-9a-f]{16}\.part$/u;

/** Fails with EEXIST when something has the name. */
export function makeUnfinished(path: Buffer): void {
  reaching(path, (at) => mkdirSync(at, { mode: UNFINISHED_MODE }));
  // The mkdir of macOS takes no more than rwx.
  if (process.platform === 'darwin') reaching(path, (at) => chmodSync(at, UNFINISHED_MODE));
}

export function isUnfinished(existing: BigIntStats): boolean {
  const own = process.getuid?.();
  // Root gives the archived owner before the archived permissions: it may already be somebody else's.
  if (own === undefined || (own !== 0 && existing.uid !== BigInt(own))) return false;
  return existing.isDirectory() && (existing.mode & PERMISSIONS) === BigInt(UNFINISHED_MODE);
}

/** Asking the system for chance takes longer than writing a small file. One a thread. */
const chance = randomBytes(4).toString('hex');
let made = 0;

/** Says who writes it, so that nobody takes it for left behind meanwhile. */
export function temporaryName(): Buffer {
  made += 1;
  const count = made.toString(16).padStart(8, '0');
  return Buffer.from(`.holdfast-${process.pid}-${chance}${count}.part`);
}

/** Removes temporary files of processes that are gone. What cannot be removed stays. Throws never an error of the system. */
export function sweepTemporaries(folder: Buffer): void {
  try {
    for (const name of reaching(folder, (at) => readdirSync(at, { encoding: 'buffer' }))) {
      const pid = TEMPORARY.exec(name.toString('latin1'))?.groups?.['pid'];
      if (pid === undefined || isWriting(Number(pid))) continue;
      // Never a folder: `unlink` does not remove one.
      reaching(joinPath(folder, name), (at) => unlinkSync(at));
    }
  } catch (error) {
    if (systemCode(error) === null) throw error;
  }
}

/** A process that was killed stays a while in the list of processes, in some containers for ever, until somebody asks how it ended. */
function isWriting(pid: number): boolean {
  if (!isAlive(pid)) return false;
  if (process.platform !== 'linux') return true;
  try {
    // Behind the name, which may hold anything: the state.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return !stat.slice(stat.lastIndexOf(')')).startsWith(') Z');
  } catch (error) {
    if (systemCode(error) === null) throw error;
    return true;
  }
}
