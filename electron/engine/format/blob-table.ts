/** What is said of blobs in a pack or an index, in two pieces of memory instead of an object and a string for each: made for millions. */
import { release } from '../crypto/release.ts';
import type { Id } from './id.ts';
import type { BlobType, PackEntry } from './pack-file.ts';

export const ID_BYTES = 32;
const NUMBERS = 4;
const IS_TREE = 0;
const OFFSET = 1;
const LENGTH = 2;
const UNCOMPRESSED = 3;
const FIRST_ROOM = 64;

/** Blobs have the numbers from 0 to below `count`; the memory may be longer. */
export interface BlobTable {
  readonly count: number;
  /** `ID_BYTES` a blob. */
  readonly ids: Uint8Array;
  /** Four a blob: 1 for a tree, then offset, length and uncompressed length as in `PackEntry`. */
  readonly numbers: Uint32Array;
}

/** May be handed over to another thread. */
export interface OwnBlobTable extends BlobTable {
  readonly ids: Uint8Array<ArrayBuffer>;
  readonly numbers: Uint32Array<ArrayBuffer>;
}

export class GrowingBlobTable implements BlobTable {
  count = 0;
  ids: Buffer<ArrayBuffer>;
  numbers: Uint32Array<ArrayBuffer>;

  constructor(room = FIRST_ROOM) {
    this.ids = Buffer.alloc(room * ID_BYTES);
    this.numbers = new Uint32Array(room * NUMBERS);
  }

  /** `source` has the bytes of the id from `at`. */
  add(
    { type, offset, length, uncompressedLength }: Omit<PackEntry, 'id'>,
    source: Uint8Array,
    at: number,
  ): void {
    if (this.count * NUMBERS === this.numbers.length) this.#grow();
    const to = this.count * ID_BYTES;
    for (let byte = 0; byte < ID_BYTES; byte++) this.ids[to + byte] = source[at + byte] ?? 0;
    const number = this.count * NUMBERS;
    this.numbers[number + IS_TREE] = type === 'tree' ? 1 : 0;
    this.numbers[number + OFFSET] = offset;
    this.numbers[number + LENGTH] = length;
    this.numbers[number + UNCOMPRESSED] = uncompressedLength;
    this.count += 1;
  }

  addEntry(entry: PackEntry): void {
    this.add(entry, Buffer.from(entry.id, 'hex'), 0);
  }

  /** With memory of its own, just as long as needed. */
  copy(): OwnBlobTable {
    return {
      count: this.count,
      ids: new Uint8Array(this.ids.subarray(0, this.count * ID_BYTES)),
      numbers: new Uint32Array(this.numbers.subarray(0, this.count * NUMBERS)),
    };
  }

  clear(): void {
    this.count = 0;
  }

  #grow(): void {
    const ids = Buffer.alloc(this.ids.length * 2);
    ids.set(this.ids);
    this.ids = ids;
    const numbers = new Uint32Array(this.numbers.length * 2);
    numbers.set(this.numbers);
    this.numbers = numbers;
  }
}

/** What is said of a blob, but for its id. */
export function numbersOf({ numbers }: BlobTable, blob: number): Omit<PackEntry, 'id'> {
  const at = blob * NUMBERS;
  return {
    type: typeOf(numbers[at + IS_TREE]),
    offset: numbers[at + OFFSET] ?? 0,
    length: numbers[at + LENGTH] ?? 0,
    uncompressedLength: numbers[at + UNCOMPRESSED] ?? 0,
  };
}

function typeOf(isTree: number | undefined): BlobType {
  return isTree === 1 ? 'tree' : 'data';
}

export function idOf({ ids }: BlobTable, blob: number): Id {
  const bytes = Buffer.from(ids.buffer, ids.byteOffset, ids.byteLength);
  return bytes.toString('hex', blob * ID_BYTES, (blob + 1) * ID_BYTES);
}

/** Gives its memory back: nobody may read it any more, nor what it lies in. */
export function releaseTable({ ids, numbers }: BlobTable): void {
  release(ids);
  release(numbers);
}

/** Those from number `first`. */
export function entriesOf(table: BlobTable, first = 0, count = table.count): PackEntry[] {
  return Array.from({ length: count }, (_, at) => {
    const { type, ...numbers } = numbersOf(table, first + at);
    return { type, id: idOf(table, first + at), ...numbers };
  });
}

export function tableOf(entries: readonly PackEntry[]): OwnBlobTable {
  const table = new GrowingBlobTable(Math.max(1, entries.length));
  for (const entry of entries) table.addEntry(entry);
  return table.copy();
}
