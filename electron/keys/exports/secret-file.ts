/** Files that hold a secret: readable by their owner alone from the first moment, never through a link, and removed when asked. */
import { lstatSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { randomUUID } from 'node:crypto';
import { HoldfastError } from '../../../shared/errors.ts';

const OWNER_ONLY = 0o600;

/**
 * Whether a file with a secret is still at `path`. An edited or saved one still counts: the secret is most likely in it. `unknown` where that
 * cannot be seen now, for example on a stick that is not plugged in.
 */
export function whereabouts(path: string): 'there' | 'gone' | 'unknown' {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats !== undefined) return stats.isFile() ? 'there' : 'gone';
    return lstatSync(dirname(path), { throwIfNoEntry: false }) === undefined ? 'unknown' : 'gone';
  } catch {
    return 'unknown';
  }
}

/** Under this name beside it a file lies while it is written: for whoever has to know of it before. */
export function unfinishedName(path: string): string {
  return `${path}.${randomUUID()}.part`;
}

/**
 * Writes a whole file or none; a file of that name is replaced (the person was asked by the dialog).
 * @throws HoldfastError `export/not-written`
 */
export async function writeSecretFile(
  path: string,
  bytes: Buffer,
  temporary = unfinishedName(path),
): Promise<void> {
  try {
    const file = await open(temporary, 'wx', OWNER_ONLY);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new HoldfastError('export/not-written', { context: { path, code }, cause: error });
  } finally {
    bytes.fill(0);
  }
}
