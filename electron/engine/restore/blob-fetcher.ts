/**
 * Reads the sealed bytes of data blobs: what lies close together in a pack comes with one read. Nothing is opened here. A blob that cannot be
 * had in this way is missing from the answer, so that only its file needs another way.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import { isDamage, throwIfStorageIsGone } from '../damage.ts';
import type { Id } from '../format/id.ts';
import { plainLength } from '../repository/blob-reader.ts';
import type { BlobLocation, Repository } from '../repository/repository.ts';
import { ownMemory } from '../workers/own-memory.ts';
import type { SealedBlob } from './restore-messages.ts';

/** Bytes in memory at a time, but always at least one blob. */
export const WINDOW_BYTES = 8 * 1024 * 1024;
/** Reading so much for nothing is cheaper than another read. */
const MAX_GAP_BYTES = 64 * 1024;
const MAX_RANGE_BYTES = 16 * 1024 * 1024;
/** Of one answer: small blobs far apart would else bring many times their own size into memory. */
const MAX_GAPS_BYTES = 4 * 1024 * 1024;
/** For one answer. */
const READS_AT_ONCE = 4;

interface Wanted extends BlobLocation {
  readonly id: Id;
}

export interface FetchedBlobs {
  /** Each with memory of its own, which may be handed over to another thread. */
  readonly ranges: readonly Uint8Array<ArrayBuffer>[];
  readonly blobs: ReadonlyMap<Id, SealedBlob>;
}

export class BlobFetcher {
  readonly #repository: Repository;

  constructor(repository: Repository) {
    this.#repository = repository;
  }

  /** Bytes, sealed or opened, whichever is more; 0 for one that is not in the index. */
  memoryFor(id: Id): number {
    const [blob] = this.#repository.locate('data', id);
    return blob === undefined ? 0 : Math.max(blob.length, plainLength(blob));
  }

  /** Cuts a content list into windows of at most `WINDOW_BYTES`. Blobs that are not in the index count nothing. */
  *windows(content: readonly Id[]): Generator<Id[]> {
    let window: Id[] = [];
    let bytes = 0;
    for (const id of content) {
      const length = this.memoryFor(id);
      if (window.length > 0 && bytes + length > WINDOW_BYTES) {
        yield window;
        window = [];
        bytes = 0;
      }
      window.push(id);
      bytes += length;
    }
    if (window.length > 0) yield window;
  }

  /** Rejects only when the storage as a whole cannot be reached, and when aborted. */
  async fetch(ids: Iterable<Id>, signal: AbortSignal): Promise<FetchedBlobs> {
    const wanted: Wanted[] = [];
    for (const id of new Set(ids)) {
      const location = this.#repository.locate('data', id)[0];
      if (location !== undefined) wanted.push({ ...location, id });
    }
    const merged = mergeRanges(wanted);
    const ranges: Uint8Array<ArrayBuffer>[] = [];
    const blobs = new Map<Id, SealedBlob>();
    const waiting = merged[Symbol.iterator]();
    const reader = async (): Promise<void> => {
      // One iterator for all of them: each takes what comes next.
      for (const range of waiting) {
        const [first] = range;
        const sealed = await this.#read(range, signal);
        if (first === undefined || sealed === null) continue;
        const at = ranges.push(ownMemory(sealed)) - 1;
        for (const { id, offset, length, uncompressedLength } of range) {
          const start = offset - first.offset;
          blobs.set(id, { id, range: at, start, length, uncompressedLength });
        }
      }
    };
    const readers = Math.min(READS_AT_ONCE, merged.length);
    await Promise.all(Array.from({ length: readers }, async () => reader()));
    return { ranges, blobs };
  }

  /** null when just this cannot be read. */
  async #read(range: readonly Wanted[], signal: AbortSignal): Promise<Buffer | null> {
    const [first, last] = [range[0], range.at(-1)];
    if (first === undefined || last === undefined) return null;
    const bytes = { offset: first.offset, length: last.offset + last.length - first.offset };
    const pack = { kind: 'pack', name: first.pack, holds: 'data' } as const;
    try {
      return await this.#repository.backend.read(pack, bytes, signal);
    } catch (error) {
      await this.throwUnlessLocal(error, signal);
      return null;
    }
  }

  /** Returns for damage and for one missing or short pack; throws when it is more than that. */
  async throwUnlessLocal(error: unknown, signal: AbortSignal): Promise<void> {
    if (isDamage(error)) return;
    const missing =
      error instanceof HoldfastError &&
      (error.code === 'backend/not-found' || error.code === 'backend/io');
    if (!missing) throw error;
    await throwIfStorageIsGone(this.#repository.backend, error, signal);
  }
}

/** Sorted by place; neighbours in one pack become one range. */
function mergeRanges(wanted: readonly Wanted[]): Wanted[][] {
  const sorted = wanted.toSorted((a, b) =>
    a.pack === b.pack ? a.offset - b.offset : a.pack < b.pack ? -1 : 1,
  );
  const ranges: Wanted[][] = [];
  let gapsLeft = MAX_GAPS_BYTES;
  for (const blob of sorted) {
    const range = ranges.at(-1);
    const [first, last] = [range?.[0], range?.at(-1)];
    const gap = last === undefined ? 0 : Math.max(0, blob.offset - (last.offset + last.length));
    const joins =
      first !== undefined &&
      first.pack === blob.pack &&
      gap <= Math.min(MAX_GAP_BYTES, gapsLeft) &&
      blob.offset + blob.length - first.offset <= MAX_RANGE_BYTES;
    if (joins) {
      gapsLeft -= gap;
      range?.push(blob);
    } else ranges.push([blob]);
  }
  return ranges;
}
