/** Compares a file on disk with the content list of an archived one, piece by piece, by hash. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { sha256Hex, type Id } from '../format/id.ts';
import { systemCode } from '../native/system-failure.ts';
import { reaching } from '../native/long-paths.ts';

const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

export interface Piece {
  readonly id: Id;
  /** Plain bytes. */
  readonly length: number;
}

/** True only when every byte agrees. A file that cannot be read does not agree. `step` is called between pieces. */
export function hasContent(path: Buffer, content: readonly Piece[], step: () => void): boolean {
  let file: number | null = null;
  try {
    file = reaching(path, (at) => openSync(at, OPEN_FLAGS));
    if (!fstatSync(file).isFile()) return false;
    for (const { id, length } of content) {
      step();
      const piece = Buffer.allocUnsafeSlow(length);
      let filled = 0;
      while (filled < length) {
        const read = readSync(file, piece, filled, length - filled, null);
        if (read === 0) return false;
        filled += read;
      }
      if (sha256Hex(piece) !== id) return false;
    }
    return readSync(file, Buffer.alloc(1), 0, 1, null) === 0;
  } catch (error) {
    if (systemCode(error) === null) throw error;
    return false;
  } finally {
    if (file !== null) closeSync(file);
  }
}
