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
import { extentOf, mergeRanges } from './merged-ranges.ts';
import { ReadMemory } from './read-memory.ts';
import { WINDOW_BYTES, type PackStretch, type SealedBlob } from './restore-messages.ts';

/** For one answer. */
const READS_AT_ONCE = 4;
/** Far beyond what is read together, or a pack that anybody writes. */
const LONGEST_READ_BYTES = 256 * 1024 * 1024;

interface Wanted extends BlobLocation {
  readonly id: Id;
}

type Extent = Pick<BlobLocation, 'pack' | 'offset' | 'length'>;

export interface FetchedBlobs {
  /** Each with memory of its own, which may be handed over to another thread. */
  readonly ranges: readonly Uint8Array<ArrayBuffer>[];
  readonly blobs: ReadonlyMap<Id, SealedBlob>;
}

export class BlobFetcher {
  readonly #repository: Repository;
  readonly #memory = new ReadMemory();

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
    const read = await this.#readAll(
      merged.map((range) => extentOf(range)),
      signal,
    );
    const ranges: Uint8Array<ArrayBuffer>[] = [];
    const blobs = new Map<Id, SealedBlob>();
    for (const [at, bytes] of read.entries()) {
      const range = merged[at] ?? [];
      if (bytes === null) continue;
      const number = ranges.push(bytes) - 1;
      for (const { id, offset, length, uncompressedLength } of range) {
        const start = offset - (range[0]?.offset ?? 0);
        blobs.set(id, { id, range: number, start, length, uncompressedLength });
      }
    }
    return { ranges, blobs };
  }

  /** Each with memory of its own; null for what cannot be read. Rejects as `fetch` does. */
  async read(
    stretches: readonly PackStretch[],
    signal: AbortSignal,
  ): Promise<(Uint8Array<ArrayBuffer> | null)[]> {
    const extents = stretches.map(({ pack, offset, length }) => {
      const id = this.#repository.packOf(pack);
      return id === null ? null : { pack: id, offset, length };
    });
    return this.#readAll(extents, signal);
  }

  async #readAll(
    extents: readonly (Extent | null)[],
    signal: AbortSignal,
  ): Promise<(Uint8Array<ArrayBuffer> | null)[]> {
    const read = extents.map((): Uint8Array<ArrayBuffer> | null => null);
    const waiting = extents.entries();
    const reader = async (): Promise<void> => {
      // One iterator for all of them: each takes what comes next.
      for (const [at, extent] of waiting) {
        read[at] = extent === null ? null : await this.#read(extent, signal);
      }
    };
    const readers = Math.min(READS_AT_ONCE, extents.length);
    await Promise.all(Array.from({ length: readers }, async () => reader()));
    return read;
  }

  /** null when just this cannot be read. */
  async #read(
    { pack, offset, length }: Extent,
    signal: AbortSignal,
  ): Promise<Uint8Array<ArrayBuffer> | null> {
    const { backend, core } = this.#repository;
    const file = { kind: 'pack', name: pack, holds: 'data' } as const;
    // A length that no pack has is the storage's to refuse: nothing is allocated for it.
    const into =
      core.traits.isRemote || length > LONGEST_READ_BYTES ? null : this.#memory.take(length);
    const range = { offset, length, ...(into === null ? {} : { into }) };
    try {
      const bytes = await backend.read(file, range, signal);
      if (into !== null && bytes.buffer === into) return new Uint8Array(into, 0, length);
      if (into !== null) this.#memory.give(into);
      return ownMemory(bytes);
    } catch (error) {
      await this.throwUnlessLocal(error, signal);
      return null;
    }
  }

  /** Memory that `fetch` and `read` gave, of which nobody has anything any more. */
  giveBack(memory: readonly ArrayBuffer[]): void {
    for (const each of memory) this.#memory.give(each);
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
