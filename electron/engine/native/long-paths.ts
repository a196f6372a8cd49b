/**
 * Linux takes no path of more than 4,095 bytes in one call, and yet folders can lie deeper: such a one is reached from a folder above it that is open.
 * Elsewhere the system says ENAMETOOLONG.
 */
import { closeSync, constants, openSync } from 'node:fs';

const LONGEST_BYTES = 4095;
/** Nobody's folders are as deep, but an archive that was made to do harm may be: there the system's answer stays. */
const DEEPEST_BYTES = 16 * 1024;
const SLASH = 0x2f;
/** Linux: only a way to what lies below, which needs no permission to read. */
const O_PATH = 0o10000000;
const HOP_FLAGS = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** Room for what stands in the place of the folder that is open. */
const HOP_BYTES = LONGEST_BYTES - 64;

export function isLongPath({ length }: Buffer): boolean {
  return length > LONGEST_BYTES && length <= DEEPEST_BYTES && process.platform === 'linux';
}

/**
 * What `call` brings with a path by which the system finds `path`: that itself, if it is short enough. It must be done with it when it returns.
 * Throws what it throws, and what the system says of folders on the way.
 */
export function reaching<T>(path: Buffer, call: (path: Buffer) => T): T {
  if (!isLongPath(path)) return call(path);
  let at = path;
  let above: number | null = null;
  try {
    while (at.length > LONGEST_BYTES) {
      const end = at.lastIndexOf(SLASH, HOP_BYTES);
      // One name is never as long as that: the system refuses it.
      if (end <= 0) break;
      const folder = openSync(at.subarray(0, end), HOP_FLAGS);
      if (above !== null) closeSync(above);
      above = folder;
      at = Buffer.concat([Buffer.from(`/proc/self/fd/${folder}`), at.subarray(end)]);
    }
    return call(at);
  } finally {
    if (above !== null) closeSync(above);
  }
}

/** The same of two. */
export function reachingBoth<T>(
  first: Buffer,
  second: Buffer,
  call: (first: Buffer, second: Buffer) => T,
): T {
  return reaching(first, (one) => reaching(second, (other) => call(one, other)));
}
