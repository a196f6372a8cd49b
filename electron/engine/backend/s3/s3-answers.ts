/** What S3's answers say of an object. */
import type { StoredFile } from '../backend.ts';

/** Of the whole object: `bytes 0-9/100` says 100. */
export function sizeOf(range: string | undefined, length: number | undefined): number | null {
  if (range === undefined) return length ?? null;
  const total = /\/(\d+)$/u.exec(range)?.[1];
  return total === undefined ? null : Number(total);
}

export function stored(
  name: string,
  size: number | undefined,
  modified: Date | undefined,
): StoredFile {
  return { name, sizeBytes: size ?? 0, modifiedMs: modified?.getTime() ?? null };
}
