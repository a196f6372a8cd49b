/** Names for files that are restored beside one that is kept: `name (restored 2026-11-23 14.02).ext`. */
import { lstatSync } from 'node:fs';
import { joinPath, lastName, parentPath } from '../native/path-bytes.ts';
import { reaching } from '../native/long-paths.ts';

const MAX_NAME_BYTES = 255;
const MAX_TRIES = 10_000;
const DOT = 0x2e;

/** Local time to the minute, without characters that some file systems refuse. */
export function restoredStamp(epochMs: number): string {
  const at = new Date(epochMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `restored ${day} ${two(at.getHours())}.${two(at.getMinutes())}`;
}

/** `attempt` counts from 1. The name is cut between two characters so that it stays within 255 bytes. */
export function keepBothName(name: Buffer, stamp: string, attempt: number): Buffer {
  const dot = name.lastIndexOf(DOT);
  const cut = dot > 0 ? dot : name.length;
  const extension = name.subarray(cut);
  const mark = Buffer.from(attempt === 1 ? ` (${stamp})` : ` (${stamp}, ${attempt})`);
  let room = MAX_NAME_BYTES - mark.length - extension.length;
  // An extension that leaves no room is none.
  if (room < 1) return keepBothName(name.subarray(0, 64), stamp, attempt);
  room = Math.min(room, cut);
  while (room > 0 && room < cut && ((name[room] ?? 0) & 0xc0) === 0x80) room -= 1;
  return Buffer.concat([name.subarray(0, room), mark, extension]);
}

/** The first such path that nothing has taken. */
export function freePath(path: Buffer, stamp: string): Buffer {
  const folder = parentPath(path);
  for (let attempt = 1; attempt <= MAX_TRIES; attempt += 1) {
    const candidate = joinPath(folder, keepBothName(lastName(path), stamp, attempt));
    if (reaching(candidate, (at) => lstatSync(at, { throwIfNoEntry: false })) === undefined)
      return candidate;
  }
  throw new Error('no free name left');
}
