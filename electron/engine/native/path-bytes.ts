/** Paths as the bytes they are on disk. Strings appear only where a person reads or writes one. */
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { systemCode } from './system-failure.ts';

export const SEPARATOR = 0x2f;
const BACKSLASH = 0x5c;

/** Absolute and cleaned, without a trailing separator (but the root itself). */
export function pathBytes(path: string): Buffer {
  return Buffer.from(resolve(path));
}

/** For the eye: bytes that are not UTF-8 become U+FFFD. */
export function displayPath(path: Buffer): string {
  return path.toString('utf8');
}

export function joinPath(folder: Buffer, name: Buffer): Buffer {
  const last = folder.at(-1);
  if (last === SEPARATOR || (process.platform === 'win32' && last === BACKSLASH)) {
    return Buffer.concat([folder, name]);
  }
  return Buffer.concat([folder, Buffer.from('/'), name]);
}

/** The folder that holds it; the root holds itself. */
export function parentPath(path: Buffer): Buffer {
  const end = lastSeparator(path);
  if (end < 0) return path;
  // `/x` is in `/`, and `C:\x` in `C:\`.
  const keep =
    end === 0 || (process.platform === 'win32' && path[end - 1] === 0x3a) ? end + 1 : end;
  return path.subarray(0, keep);
}

/** The last component; empty for the root. */
export function lastName(path: Buffer): Buffer {
  return path.subarray(lastSeparator(path) + 1);
}

/** True for the folder itself and all below. */
export function isWithin(path: Buffer, folder: Buffer): boolean {
  if (!path.subarray(0, folder.length).equals(folder)) return false;
  const next = path[folder.length];
  return next === undefined || isSeparator(next) || isSeparator(folder.at(-1));
}

function isSeparator(byte: number | undefined): boolean {
  return byte === SEPARATOR || (process.platform === 'win32' && byte === BACKSLASH);
}

function lastSeparator(path: Buffer): number {
  const slash = path.lastIndexOf(SEPARATOR);
  return process.platform === 'win32' ? Math.max(slash, path.lastIndexOf(BACKSLASH)) : slash;
}

/** With links resolved as far as the path exists; the rest as it is. */
export async function realPathBytes(path: Buffer): Promise<Buffer> {
  try {
    return await realpath(path, { encoding: 'buffer' });
  } catch (error) {
    const parent = parentPath(path);
    if (systemCode(error) === null || parent.equals(path)) return path;
    return joinPath(await realPathBytes(parent), lastName(path));
  }
}
