/** Files that hold a secret: readable by their owner alone from the first moment, never through a link, and removed when asked. */
import { lstatSync } from 'node:fs';
import { lstat, open, rename, rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { HoldfastError } from '../../../shared/errors.ts';

const OWNER_ONLY = 0o600;

export interface WrittenFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/** Whether the file as it was written is still there, and not another one in its place. */
export function isStillThere({ path, sizeBytes, modifiedMs }: WrittenFile): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats?.isFile() === true && stats.size === sizeBytes && stats.mtimeMs === modifiedMs;
}

/**
 * Writes a whole file or none; a file of that name is replaced (the person was asked by the dialog).
 * @throws HoldfastError `export/not-written`
 */
export async function writeSecretFile(path: string, bytes: Buffer): Promise<WrittenFile> {
  const temporary = `${path}.${randomUUID()}.part`;
  try {
    const file = await open(temporary, 'wx', OWNER_ONLY);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    const { size, mtimeMs } = await lstat(path);
    return { path, sizeBytes: size, modifiedMs: mtimeMs };
  } catch (error) {
    await rm(temporary, { force: true });
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new HoldfastError('export/not-written', { context: { path, code }, cause: error });
  } finally {
    bytes.fill(0);
  }
}
