/**
 * Lists one directory after the other in the order of the raw name bytes, which is the order of tree blobs (restic format notes,
 * section 8). Memory: the names of one directory, and a few dozen stats ahead. A failing entry is a value, never an end.
 */
import type { BigIntStats } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
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

/** Entries as the directory gives them, for counting: nothing is kept and nothing is sorted. */
export async function* scanUnsorted(
  directory: Buffer,
  signal: AbortSignal,
): AsyncGenerator<ScannedEntry> {
  let batch: Promise<ScannedEntry>[] = [];
  for await (const name of entryNames(directory)) {
    batch.push(scanEntry(name, joinPath(directory, name)));
    if (batch.length < BATCH) continue;
    signal.throwIfAborted();
    yield* await Promise.all(batch);
    batch = [];
  }
  signal.throwIfAborted();
  yield* await Promise.all(batch);
}

export async function scanEntry(name: Buffer, path: Buffer): Promise<ScannedEntry> {
  try {
    return { kind: 'entry', name, path, stat: await lstat(path, { bigint: true }) };
  } catch (error) {
    const code = systemCode(error);
    if (code === null) throw error;
    return { kind: 'failed', name, path, code };
  }
}

async function* entryNames(directory: Buffer): AsyncGenerator<Buffer> {
  // The types know strings only; with this encoding each name is a Buffer.
  const listing = await opendir(directory, {
    encoding: 'buffer' as BufferEncoding,
    bufferSize: 1024,
  });
  for await (const entry of listing) yield entry.name as unknown as Buffer;
}
