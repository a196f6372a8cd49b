/**
 * Which blobs some thread of this run has taken upon itself to store: an insert-only hash table in shared memory, without locks. Of all
 * threads that claim a blob, one alone gets it. Memory: about 40 bytes a blob, taken as it is used (untouched pages cost nothing).
 */
import type { BlobType } from '../format/pack-file.ts';

const ID_BYTES = 32;
/** An entry: id, then the type, then the next entry of its bucket. */
const ENTRY_NUMBERS = ID_BYTES / 4 + 2;
const TYPE = ID_BYTES / 4;
const NEXT = TYPE + 1;
const TYPES: readonly BlobType[] = ['data', 'tree'];
/** Beyond it blobs may be stored twice, which is legal. */
const CAPACITY = 4 * 1024 * 1024;
const BUCKETS = CAPACITY / 4;

export interface SharedBlobClaims {
  /** Number of entries made so far, then the buckets: each the number of its newest entry, counted from 1. */
  readonly heads: Int32Array<SharedArrayBuffer>;
  readonly entries: Int32Array<SharedArrayBuffer>;
}

export class BlobClaims {
  readonly shared: SharedBlobClaims;
  readonly #bytes: Buffer;

  /** Without `shared` a new, empty one; with it the same from another thread. `capacity` is a multiple of 4. */
  constructor(shared?: SharedBlobClaims, capacity = CAPACITY, buckets = BUCKETS) {
    this.shared = shared ?? {
      heads: sharedNumbers(1 + buckets),
      entries: sharedNumbers(capacity * ENTRY_NUMBERS),
    };
    this.#bytes = Buffer.from(this.shared.entries.buffer);
  }

  /** True for the first who claims the blob; `id` are the 32 bytes. */
  claim(type: BlobType, id: Buffer): boolean {
    const { heads, entries } = this.shared;
    const bucket = 1 + (id.readUInt32LE(4) % (heads.length - 1));
    let head = Atomics.load(heads, bucket);
    if (this.#find(type, id, head, 0)) return false;
    const number = Atomics.add(heads, 0, 1) + 1;
    const at = (number - 1) * ENTRY_NUMBERS;
    if (at + ENTRY_NUMBERS > entries.length) {
      Atomics.sub(heads, 0, 1);
      return true;
    }
    id.copy(this.#bytes, at * 4, 0, ID_BYTES);
    entries[at + TYPE] = TYPES.indexOf(type);
    for (;;) {
      entries[at + NEXT] = head;
      const found = Atomics.compareExchange(heads, bucket, head, number);
      if (found === head) return true;
      // Others were quicker; one of them may have claimed this very blob. The entry stays unused then.
      if (this.#find(type, id, found, head)) return false;
      head = found;
    }
  }

  /** Looks from entry `from` on, up to `until`. */
  #find(type: BlobType, id: Buffer, from: number, until: number): boolean {
    const { entries } = this.shared;
    const wanted = TYPES.indexOf(type);
    const start = id.readInt32LE(0);
    for (let number = from; number !== until && number !== 0;) {
      const at = (number - 1) * ENTRY_NUMBERS;
      if (
        entries[at] === start &&
        entries[at + TYPE] === wanted &&
        this.#bytes.compare(id, 0, ID_BYTES, at * 4, at * 4 + ID_BYTES) === 0
      ) {
        return true;
      }
      number = entries[at + NEXT] ?? 0;
    }
    return false;
  }

  /** Whether somebody has claimed it. */
  has(type: BlobType, id: Buffer): boolean {
    const { heads } = this.shared;
    const bucket = 1 + (id.readUInt32LE(4) % (heads.length - 1));
    return this.#find(type, id, Atomics.load(heads, bucket), 0);
  }
}

function sharedNumbers(count: number): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(count * Int32Array.BYTES_PER_ELEMENT));
}
