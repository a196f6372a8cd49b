/**
 * Trees as they lie in their packs, for who walks a snapshot. Those of neighbouring folders were stored one after the other, so more is read
 * than is asked for, and kept for a while. Memory: 16 MiB at most, and longer trees as long as they are asked for.
 */
import type { Id } from '../format/id.ts';
import type { BlobLocation, Repository } from './repository.ts';
import { HoldfastError } from '../../../shared/errors.ts';
import { release } from '../crypto/release.ts';
import { isDamage } from '../damage.ts';

const WINDOW_BYTES = 1024 * 1024;
const WINDOWS = 16;

/** May be sent to another thread. */
export interface SealedTree {
  readonly id: Id;
  readonly sealed: Uint8Array;
  /** 0 for one that is stored as it is. */
  readonly uncompressedLength: number;
}

interface Window {
  readonly pack: Id;
  readonly start: number;
  readonly bytes: Promise<Buffer>;
  /** Of who asked first. */
  readonly signal: AbortSignal | undefined;
  /** Those who wait for `bytes`, and one more as long as it is kept. Nobody needs them when it comes to 0. */
  users: number;
}

export class SealedTrees {
  readonly #repository: Repository;
  readonly #signal: AbortSignal | undefined;
  /** The one used last at the end. */
  readonly #windows: Window[] = [];
  readonly #ends = new Map<Id, number>();

  constructor(repository: Repository, signal?: AbortSignal) {
    this.#repository = repository;
    this.#signal = signal;
  }

  /**
   * null when it cannot be had in this way. Rejects when the storage cannot be reached, or `signal` is aborted; whoever asks again then is not told
   * the same once more.
   */
  async sealed(id: Id | null, signal = this.#signal): Promise<SealedTree | null> {
    const [location] = id === null ? [] : this.#repository.locate('tree', id);
    if (id === null || location === undefined) return null;
    const { offset, length, uncompressedLength } = location;
    const window = this.#window(location, signal);
    try {
      const bytes = await window.bytes;
      const from = offset - window.start;
      // A copy: it goes to another thread.
      const sealed = new Uint8Array(bytes.subarray(from, from + length));
      return { id, sealed, uncompressedLength };
    } catch (error) {
      if (isDamage(error) || isLostPack(error)) return null;
      this.#forget(window);
      const isOthers = window.signal?.aborted === true && signal?.aborted !== true;
      if (isOthers) return await this.sealed(id, signal);
      throw error;
    } finally {
      leave(window);
    }
  }

  /** One user more. */
  #window({ pack, offset, length }: BlobLocation, signal: AbortSignal | undefined): Window {
    const at = this.#windows.findIndex(
      (known) =>
        known.pack === pack &&
        known.start <= offset &&
        offset + length <= known.start + WINDOW_BYTES,
    );
    const [known] = at < 0 ? [] : this.#windows.splice(at, 1);
    const window = known ?? {
      pack,
      start: offset,
      bytes: this.#read(
        pack,
        offset,
        Math.max(length, Math.min(WINDOW_BYTES, this.#endOf(pack) - offset)),
        signal,
      ),
      signal,
      users: 0,
    };
    window.users += 1;
    if (length > WINDOW_BYTES) return window;
    if (known === undefined) window.users += 1;
    this.#windows.push(window);
    const [oldest] = this.#windows;
    if (oldest !== undefined && this.#windows.length > WINDOWS) this.#forget(oldest);
    return window;
  }

  #forget(window: Window): void {
    const at = this.#windows.indexOf(window);
    if (at < 0) return;
    this.#windows.splice(at, 1);
    leave(window);
  }

  /** Of its last blob. */
  #endOf(pack: Id): number {
    const known = this.#ends.get(pack);
    if (known !== undefined) return known;
    const last = this.#repository.packEntries(pack).at(-1);
    const end = last === undefined ? 0 : last.offset + last.length;
    this.#ends.set(pack, end);
    return end;
  }

  async #read(
    pack: Id,
    offset: number,
    length: number,
    signal: AbortSignal | undefined,
  ): Promise<Buffer> {
    const file = { kind: 'pack', name: pack, holds: 'trees' } as const;
    return this.#repository.backend.read(file, { offset, length }, signal);
  }
}

/** The last one gives its memory back: a million files have hundreds of them. */
function leave(window: Window): void {
  window.users -= 1;
  // What could not be read has none.
  if (window.users === 0) window.bytes.then(release, () => undefined);
}

/** Gone, or shorter than it was. */
function isLostPack(error: unknown): boolean {
  if (!(error instanceof HoldfastError)) return false;
  if (error.code === 'backend/not-found') return true;
  return error.code === 'backend/io' && !('osCode' in error.context);
}
