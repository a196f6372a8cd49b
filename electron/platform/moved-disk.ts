/**
 * A disk that is plugged in again may get another name. The repository itself is the marker: its `config` has the known fingerprint, and
 * the key slot in use lies beside it, so that nothing has to be written for it.
 */
import { createHash } from 'node:crypto';
import { access, readdir, readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { basename, dirname, join, sep } from 'node:path';

/** What tells one repository from all others without its secret. */
export interface RepositoryMarks {
  readonly fingerprint: string;
  /** Name of the key file in use. */
  readonly keyId: string;
}

const FINGERPRINT_DIGITS = 8;

/**
 * The folder of that repository on another disk, or null. Looked for where it was on its disk: `/media/anna/Backup/Holdfast` at
 * `Holdfast` and `Backup/Holdfast` of every disk.
 */
export async function findMoved(
  knownPath: string,
  marks: RepositoryMarks,
  disks: () => Promise<string[]> = mountedDisks,
): Promise<string | null> {
  const tails = tailsOf(knownPath);
  for (const disk of await disks()) {
    for (const tail of ['', ...tails]) {
      const path = join(disk, tail);
      if (path !== knownPath && (await isRepository(path, marks))) return path;
    }
  }
  return null;
}

/** `/a/b/c` → `c`, `b/c`. */
function tailsOf(path: string): string[] {
  const tails: string[] = [];
  for (let [at, tail] = [path, '']; dirname(at) !== at; at = dirname(at)) {
    tail = tail === '' ? basename(at) : `${basename(at)}${sep}${tail}`;
    if (dirname(dirname(at)) !== dirname(at)) tails.push(tail);
  }
  return tails;
}

async function isRepository(
  path: string,
  { fingerprint, keyId }: RepositoryMarks,
): Promise<boolean> {
  try {
    await access(join(path, 'keys', keyId));
    const config = await readFile(join(path, 'config'));
    const digest = createHash('sha256').update(config).digest('hex');
    return digest.startsWith(fingerprint) && fingerprint.length === FINGERPRINT_DIGITS;
  } catch {
    return false;
  }
}

/** Where the systems show disks that come and go. */
async function mountedDisks(): Promise<string[]> {
  const { platform } = process;
  if (platform === 'win32') {
    return Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ', (letter) => `${letter}:\\`);
  }
  if (platform === 'darwin') return foldersIn('/Volumes');
  const { username } = userInfo();
  const places = ['/media', `/media/${username}`, `/run/media/${username}`, '/mnt'];
  return (await Promise.all(places.map(foldersIn))).flat();
}

async function foldersIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).map((name) => join(folder, name));
  } catch {
    return [];
  }
}
