/**
 * Reads data blobs in windows: what lies close together in a pack comes with one read. Every blob is authenticated and its hash
 * verified. A blob that cannot be had from the first place is tried at every other; then it is a value (the error), so that only its file is lost.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import { isDamage, throwIfStorageIsGone } from '../damage.ts';
import type { Id } from '../format/id.ts';
import type { BlobLocation, Repository } from '../repository/repository.ts';

export type FetchedBlob = Buffer | HoldfastError;

/** Plain bytes in memory at a time, but always at least one blob. */
export const WINDOW_BYTES = 8 * 1024 * 1024;
/** Reading so much for nothing is cheaper than another read. */
const MAX_GAP_BYTES = 64 * 1024;
const MAX_RANGE_BYTES = 16 * 1024 * 1024;

interface Wanted extends BlobLocation {
  readonly id: Id;
}

export class BlobFetcher {
  readonly #repository: Repository;

  constructor(repository: Repository) {
    this.#repository = repository;
  }

  /** Cuts a content list into windows of at most `WINDOW_BYTES`. Blobs that are not in the index count nothing. */
  *windows(content: readonly Id[]): Generator<Id[]> {
    let window: Id[] = [];
    let bytes = 0;
    for (const id of content) {
      const length = this.#repository.blobLength('data', id) ?? 0;
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
  async fetch(ids: Iterable<Id>, signal: AbortSignal): Promise<Map<Id, FetchedBlob>> {
    const blobs = new Map<Id, FetchedBlob>();
    const wanted: Wanted[] = [];
    for (const id of new Set(ids)) {
      const location = this.#repository.locate('data', id)[0];
      if (location === undefined) {
        blobs.set(id, new HoldfastError('repo/blob-missing', { context: { id } }));
      } else {
        wanted.push({ ...location, id });
      }
    }
    for (const range of mergeRanges(wanted)) await this.#read(range, blobs, signal);
    return blobs;
  }

  async #read(
    range: readonly Wanted[],
    into: Map<Id, FetchedBlob>,
    signal: AbortSignal,
  ): Promise<void> {
    const [first, last] = [range[0], range.at(-1)];
    if (first === undefined || last === undefined) return;
    const handle = { kind: 'pack', name: first.pack } as const;
    const bytes = { offset: first.offset, length: last.offset + last.length - first.offset };
    let sealed: Buffer | null = null;
    try {
      sealed = await this.#repository.backend.read(handle, bytes, signal);
    } catch (error) {
      await this.#throwUnlessLocal(error, signal);
    }
    await Promise.all(
      range.map(async (blob) => {
        into.set(blob.id, await this.#open(blob, first.offset, sealed, signal));
      }),
    );
  }

  async #open(
    blob: Wanted,
    rangeOffset: number,
    sealed: Buffer | null,
    signal: AbortSignal,
  ): Promise<FetchedBlob> {
    if (sealed !== null) {
      const start = blob.offset - rangeOffset;
      try {
        const bytes = sealed.subarray(start, start + blob.length);
        return await this.#repository.openBlob(blob, bytes, 'data', blob.id);
      } catch (error) {
        if (!isDamage(error)) throw error;
      }
    }
    try {
      return await this.#repository.loadBlob('data', blob.id, signal);
    } catch (error) {
      await this.#throwUnlessLocal(error, signal);
      return error instanceof HoldfastError
        ? error
        : new HoldfastError('repo/damaged', { cause: error });
    }
  }

  /** Returns for damage and for one missing or short pack; throws when it is more than that. */
  async #throwUnlessLocal(error: unknown, signal: AbortSignal): Promise<void> {
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
  for (const blob of sorted) {
    const range = ranges.at(-1);
    const [first, last] = [range?.[0], range?.at(-1)];
    const joins =
      first !== undefined &&
      last !== undefined &&
      first.pack === blob.pack &&
      blob.offset - (last.offset + last.length) <= MAX_GAP_BYTES &&
      blob.offset + blob.length - first.offset <= MAX_RANGE_BYTES;
    if (joins) range?.push(blob);
    else ranges.push([blob]);
  }
  return ranges;
}
