/**
 * An index file in two pieces of memory instead of an object and a string for each blob: made for millions. What restic and we write is read byte
 * by byte; every other spelling of the same goes the slow way, through `decodeIndex`.
 */
import { SEAL_OVERHEAD_BYTES } from '../crypto/sealed.ts';
import { isId, type Id } from './id.ts';
import { decodeIndex, type IndexFile } from './index-file.ts';
import type { BlobType, PackEntry } from './pack-file.ts';

export interface PackedIndex {
  /** Each is `count` blobs from number `first`. */
  readonly packs: readonly PackedPack[];
  /** `ID_BYTES` a blob. */
  readonly ids: Buffer;
  /** `NUMBERS` a blob: 1 for a tree, then offset, length and uncompressed length as in `PackEntry`. */
  readonly numbers: Uint32Array;
}

export interface PackedPack {
  readonly id: Id;
  readonly first: number;
  readonly count: number;
}

export const ID_BYTES = 32;
const NUMBERS = 4;
const IS_TREE = 0;
const OFFSET = 1;
const LENGTH = 2;
const UNCOMPRESSED = 3;

const UINT32_MAX = 2 ** 32 - 1;
/** What a blob takes at least, with its comma. */
const BLOB_TEXT_BYTES = Buffer.byteLength(
  `{"id":"${'0'.repeat(2 * ID_BYTES)}","type":"data","offset":0,"length":32},`,
);

/** @throws HoldfastError `format/invalid` */
export function decodePackedIndex(json: Buffer): PackedIndex {
  return new Scanner(json).index() ?? packed(decodeIndex(json));
}

/** What is said of a blob, but for its id. */
export function numbersOf({ numbers }: PackedIndex, blob: number): Omit<PackEntry, 'id'> {
  const at = blob * NUMBERS;
  return {
    type: numbers[at + IS_TREE] === 1 ? 'tree' : 'data',
    offset: numbers[at + OFFSET] ?? 0,
    length: numbers[at + LENGTH] ?? 0,
    uncompressedLength: numbers[at + UNCOMPRESSED] ?? 0,
  };
}

/** The blobs of one pack, in the order in which they stand. */
export function entriesOf(index: PackedIndex, { first, count }: PackedPack): PackEntry[] {
  return Array.from({ length: count }, (_, at) => {
    const blob = first + at;
    const id = index.ids.toString('hex', blob * ID_BYTES, (blob + 1) * ID_BYTES);
    return { ...numbersOf(index, blob), id };
  });
}

function packed({ packs }: IndexFile): PackedIndex {
  const count = packs.reduce((sum, { blobs }) => sum + blobs.length, 0);
  const gathered = new Gathered(count);
  for (const { id, blobs } of packs) {
    gathered.begin(id);
    for (const { type, id: blob, offset, length, uncompressedLength } of blobs) {
      gathered.ids.write(blob, gathered.count * ID_BYTES, 'hex');
      gathered.add(type, offset, length, uncompressedLength);
    }
  }
  return gathered.index();
}

class Gathered {
  readonly ids: Buffer;
  count = 0;
  readonly #numbers: Uint32Array;
  readonly #packs: { readonly id: Id; readonly first: number; count: number }[] = [];

  constructor(most: number) {
    this.ids = Buffer.alloc(most * ID_BYTES);
    this.#numbers = new Uint32Array(most * NUMBERS);
  }

  begin(id: Id): void {
    this.#packs.push({ id, first: this.count, count: 0 });
  }

  /** The id is there already. */
  add(type: BlobType, offset: number, length: number, uncompressedLength: number): void {
    const at = this.count * NUMBERS;
    this.#numbers[at + IS_TREE] = type === 'tree' ? 1 : 0;
    this.#numbers[at + OFFSET] = offset;
    this.#numbers[at + LENGTH] = length;
    this.#numbers[at + UNCOMPRESSED] = uncompressedLength;
    this.count += 1;
    const pack = this.#packs.at(-1);
    if (pack !== undefined) pack.count += 1;
  }

  index(): PackedIndex {
    return { packs: this.#packs, ids: this.ids, numbers: this.#numbers };
  }
}

const text = {
  packs: Buffer.from('{"packs":['),
  pack: Buffer.from('{"id":"'),
  blobs: Buffer.from('","blobs":['),
  blob: Buffer.from('{"id":"'),
  type: Buffer.from('","type":"'),
  data: Buffer.from('data","offset":'),
  tree: Buffer.from('tree","offset":'),
  length: Buffer.from(',"length":'),
  uncompressed: Buffer.from(',"uncompressed_length":'),
  listEnd: Buffer.from(']}'),
};
const COMMA = 0x2c;
const BRACE = 0x7d;
const NEW_LINE = 0x0a;
const ZERO = 0x30;
const MAX_DIGITS = 10;
const NO_DIGIT = 0xff;
const hexValues = new Uint8Array(256).fill(NO_DIGIT);
for (const [value, digit] of Array.from('0123456789abcdef').entries()) {
  hexValues[digit.charCodeAt(0)] = value;
}

/** Reads one spelling; everything that it does not expect makes it give up. */
class Scanner {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** null for another spelling, and for what is no index. */
  index(): PackedIndex | null {
    const gathered = new Gathered(Math.floor(this.#bytes.length / BLOB_TEXT_BYTES) + 1);
    if (!this.#skip(text.packs)) return null;
    if (!this.#skip(text.listEnd)) {
      do {
        if (!this.#pack(gathered)) return null;
      } while (this.#skipByte(COMMA));
      if (!this.#skip(text.listEnd)) return null;
    }
    this.#skipByte(NEW_LINE);
    return this.#at === this.#bytes.length ? gathered.index() : null;
  }

  #pack(gathered: Gathered): boolean {
    if (!this.#skip(text.pack)) return false;
    const id = this.#bytes.toString('latin1', this.#at, this.#at + 2 * ID_BYTES);
    if (!isId(id)) return false;
    this.#at += 2 * ID_BYTES;
    gathered.begin(id);
    if (!this.#skip(text.blobs)) return false;
    if (this.#skip(text.listEnd)) return true;
    do {
      if (!this.#blob(gathered)) return false;
    } while (this.#skipByte(COMMA));
    return this.#skip(text.listEnd);
  }

  #blob(gathered: Gathered): boolean {
    if (!this.#skip(text.blob) || !this.#id(gathered.ids, gathered.count * ID_BYTES)) return false;
    if (!this.#skip(text.type)) return false;
    const isTree = this.#skip(text.tree);
    if (!isTree && !this.#skip(text.data)) return false;
    const offset = this.#number();
    const length = this.#skip(text.length) ? this.#number() : -1;
    const uncompressed = this.#skip(text.uncompressed) ? this.#number() : 0;
    if (offset < 0 || length < SEAL_OVERHEAD_BYTES || uncompressed < 0) return false;
    if (!this.#skipByte(BRACE)) return false;
    gathered.add(isTree ? 'tree' : 'data', offset, length, uncompressed);
    return true;
  }

  #skip(expected: Buffer): boolean {
    const bytes = this.#bytes;
    const from = this.#at;
    for (let at = 0; at < expected.length; at++) {
      if (bytes[from + at] !== expected[at]) return false;
    }
    this.#at = from + expected.length;
    return true;
  }

  #skipByte(expected: number): boolean {
    if (this.#bytes[this.#at] !== expected) return false;
    this.#at += 1;
    return true;
  }

  #id(target: Buffer, at: number): boolean {
    for (let byte = 0; byte < ID_BYTES; byte++) {
      const high = hexValues[this.#bytes[this.#at] ?? 0] ?? NO_DIGIT;
      const low = hexValues[this.#bytes[this.#at + 1] ?? 0] ?? NO_DIGIT;
      if (high === NO_DIGIT || low === NO_DIGIT) return false;
      target[at + byte] = high * 16 + low;
      this.#at += 2;
    }
    return true;
  }

  /** A natural number up to 2^32 - 1; -1 for anything else. */
  #number(): number {
    const from = this.#at;
    let value = 0;
    for (;;) {
      const digit = (this.#bytes[this.#at] ?? 0) - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      this.#at += 1;
      if (this.#at - from > MAX_DIGITS) return -1;
    }
    const digits = this.#at - from;
    const isPlain = digits > 0 && (digits === 1 || this.#bytes[from] !== ZERO);
    return isPlain && value <= UINT32_MAX ? value : -1;
  }
}
