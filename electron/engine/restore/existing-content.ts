/** Compares a file on disk with the content list of an archived one, piece by piece, by hash. */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { sha256Hex, type Id } from '../format/id.ts';
import { systemCode } from '../native/system-failure.ts';

const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * True only when every byte agrees. `lengthOf` gives the plain length of a blob, null when it is not known. A file that
 * cannot be read does not agree. `step` is awaited between pieces.
 */
export async function hasContent(
  path: Buffer,
  content: readonly Id[],
  lengthOf: (id: Id) => number | null,
  step: () => Promise<void>,
): Promise<boolean> {
  let file: FileHandle | null = null;
  try {
    file = await open(path, OPEN_FLAGS);
    if (!(await file.stat()).isFile()) return false;
    for (const id of content) {
      await step();
      const length = lengthOf(id);
      if (length === null) return false;
      const piece = Buffer.allocUnsafeSlow(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await file.read(piece, filled, length - filled, null);
        if (bytesRead === 0) return false;
        filled += bytesRead;
      }
      if (sha256Hex(piece) !== id) return false;
    }
    const { bytesRead } = await file.read(Buffer.alloc(1), 0, 1, null);
    return bytesRead === 0;
  } catch (error) {
    if (systemCode(error) === null) throw error;
    return false;
  } finally {
    await file?.close();
  }
}
