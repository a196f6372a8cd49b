/** That what was measured was really done: a program that does half of the work is fast. */
import { spawnSync } from 'node:child_process';
import { closeSync, lstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { environmentOf, type Place, type Program } from './programs.ts';

const PIECE = 1024 * 1024;
const ENTRIES_BETWEEN_YIELDS = 256;
/** One comparison at a time. */
const buffers = [Buffer.allocUnsafe(PIECE), Buffer.allocUnsafe(PIECE)] as const;

interface Entry {
  readonly path: string;
  readonly isFile: boolean;
  readonly bytes: number;
  /** What has to be the same: kind, mode, size and time. */
  readonly metadata: string;
}

function* entriesBelow(root: string, folder = ''): Generator<Entry> {
  const names = readdirSync(join(root, folder)).toSorted();
  for (const name of names) {
    const path = join(folder, name);
    const stat = lstatSync(join(root, path));
    const isFile = stat.isFile();
    // A folder's size is the file system's own affair.
    const rest = isFile ? `${stat.size} bytes, of ${stat.mtime.toISOString()}` : '';
    yield { path, isFile, bytes: stat.size, metadata: `mode ${stat.mode.toString(8)} ${rest}` };
    if (stat.isDirectory()) yield* entriesBelow(root, path);
  }
}

/** Bytes of all files below a folder. */
export function bytesBelow(root: string): number {
  let sum = 0;
  for (const { isFile, bytes } of entriesBelow(root)) sum += isFile ? bytes : 0;
  return sum;
}

/** Reads every byte once, so that all of it is in the cache of the system. */
export async function readThrough(root: string): Promise<void> {
  const buffer = Buffer.allocUnsafe(PIECE);
  let index = 0;
  for (const { path, isFile, bytes } of entriesBelow(root)) {
    if (isFile) await readFile(join(root, path), bytes, buffer);
    index += 1;
    if (index % ENTRIES_BETWEEN_YIELDS === 0) await setImmediate();
  }
}

async function readFile(path: string, bytes: number, buffer: Buffer): Promise<void> {
  const descriptor = openSync(path, 'r');
  try {
    for (let at = 0; at < bytes; at += PIECE) {
      readSync(descriptor, buffer, 0, PIECE, at);
      if (bytes > PIECE) await setImmediate();
    }
  } finally {
    closeSync(descriptor);
  }
}

async function haveSameBytes(path: string, otherPath: string, bytes: number): Promise<boolean> {
  const descriptor = openSync(path, 'r');
  const other = openSync(otherPath, 'r');
  const [buffer, otherBuffer] = buffers;
  try {
    for (let at = 0; at < bytes; at += PIECE) {
      const length = readSync(descriptor, buffer, 0, PIECE, at);
      const otherLength = readSync(other, otherBuffer, 0, PIECE, at);
      const isSame =
        length === otherLength &&
        buffer.subarray(0, length).equals(otherBuffer.subarray(0, length));
      if (!isSame) return false;
      if (bytes > PIECE) await setImmediate();
    }
    return true;
  } finally {
    closeSync(descriptor);
    closeSync(other);
  }
}

export async function requireSameTree(original: string, restored: string): Promise<void> {
  const theirs = entriesBelow(restored);
  let index = 0;
  for (const entry of entriesBelow(original)) {
    const { value } = theirs.next();
    const there = value as Entry | undefined;
    if (there?.path !== entry.path || there.metadata !== entry.metadata) {
      throw new Error(
        `Restored otherwise: ${entry.path} (${entry.metadata}) is ${there?.path ?? 'nothing'} (${there?.metadata ?? ''}).`,
      );
    }
    const [path, copy] = [join(original, entry.path), join(restored, entry.path)];
    if (entry.isFile && !(await haveSameBytes(path, copy, entry.bytes))) {
      throw new Error(`Restored with other bytes: ${entry.path}`);
    }
    index += 1;
    if (index % ENTRIES_BETWEEN_YIELDS === 0) await setImmediate();
  }
  const extra = theirs.next();
  if (extra.done !== true) throw new Error(`Restored, but not there before: ${extra.value.path}`);
}

/** The repository is sound and holds `archives` archives, each with all bytes of the source. Restic is the judge of Holdfast's. */
export function requireArchives(
  program: Program,
  place: Place,
  archives: number,
  expected: { readonly files: number; readonly bytes: number },
): void {
  const found =
    program.id === 'borg' ? borgArchives(program, place) : resticArchives(program, place);
  const isRight = found.every(
    ({ files, bytes }) =>
      (files ?? expected.files) === expected.files && (bytes ?? expected.bytes) === expected.bytes,
  );
  if (found.length === archives && isRight) return;
  throw new Error(
    `${program.label} should have ${archives} archives of ${JSON.stringify(expected)}: ${JSON.stringify(found)}`,
  );
}

interface Archive {
  readonly files?: number;
  readonly bytes?: number;
}

/** Borg's sum of bytes counts its own lists, so only files are counted there. */
function borgArchives(program: Program, place: Place): readonly Archive[] {
  const { archives } = JSON.parse(
    ask(program, place, ['borg', 'info', '--json', '--last', '100', place.repository]),
  ) as { archives: readonly { stats: { nfiles: number } }[] };
  return archives.map(({ stats }) => ({ files: stats.nfiles }));
}

function resticArchives(program: Program, place: Place): readonly Archive[] {
  const restic = ['restic', '-r', place.repository, '-p', place.secretFile];
  ask(program, place, [...restic, 'check']);
  const snapshots = JSON.parse(
    ask(program, place, [...restic, 'snapshots', '--json']),
  ) as readonly {
    id: string;
  }[];
  return snapshots.map(({ id }) => {
    const stats = JSON.parse(ask(program, place, [...restic, 'stats', '--json', id])) as {
      total_size: number;
    };
    return { bytes: stats.total_size };
  });
}

function ask(program: Program, place: Place, [command = '', ...args]: readonly string[]): string {
  const env = environmentOf(program, place);
  const result = spawnSync(command, args, { env, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (result.status === 0) return result.stdout;
  throw new Error(
    `${command} ${args.join(' ')} on the repository of ${program.label}:\n${result.stdout}${result.stderr}`,
  );
}
