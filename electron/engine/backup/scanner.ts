/**
 * Looks at the entries of one directory. Memory: its names, and a few dozen stats ahead. A failing entry is a value, never an end.
 */
import { lstatSync, readdirSync, type BigIntStats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { isLongPath, reaching } from '../native/long-paths.ts';
import { joinPath } from '../native/path-bytes.ts';
import { systemCode } from '../native/system-failure.ts';

/** So many stats are asked for at a time. */
const BATCH = 64;

export type ScannedEntry =
  | {
      readonly kind: 'entry';
      readonly name: Buffer;
      readonly path: Buffer;
      readonly stat: BigIntStats;
    }
  | {
      readonly kind: 'failed';
      readonly name: Buffer;
      readonly path: Buffer;
      readonly code: string;
    };

/** Entries in the order in which the directory gives them. `choose` says which of the names are looked at. */
export async function* scanUnsorted(
  directory: Buffer,
  signal: AbortSignal,
  choose: (names: readonly Buffer[]) => readonly Buffer[] = (names) => names,
): AsyncGenerator<ScannedEntry> {
  const names = choose(await list(directory));
  for (let start = 0; start < names.length; start += BATCH) {
    signal.throwIfAborted();
    const batch = names.slice(start, start + BATCH);
    yield* await Promise.all(batch.map((name) => scanEntry(name, joinPath(directory, name))));
  }
  signal.throwIfAborted();
}

export async function scanEntry(name: Buffer, path: Buffer): Promise<ScannedEntry> {
  try {
    return { kind: 'entry', name, path, stat: await look(path) };
  } catch (error) {
    const code = systemCode(error);
    if (code === null) throw error;
    return { kind: 'failed', name, path, code };
  }
}

// Asynchronous wherever one call is enough.

async function list(directory: Buffer): Promise<Buffer[]> {
  const options = { encoding: 'buffer' } as const;
  if (!isLongPath(directory)) return readdir(directory, options);
  return reaching(directory, (at) => readdirSync(at, options));
}

async function look(path: Buffer): Promise<BigIntStats> {
  const options = { bigint: true } as const;
  if (!isLongPath(path)) return lstat(path, options);
  return reaching(path, (at) => lstatSync(at, options));
}
