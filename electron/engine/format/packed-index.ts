/**
 * An index file as a table. What restic and we write is read byte by byte; every other spelling of the same goes the slow way, through
 * `decodeIndex`.
 */
import { SEAL_OVERHEAD_BYTES } from '../crypto/sealed.ts';
import { GrowingBlobTable, ID_BYTES, type BlobTable } from './blob-table.ts';
import type { Id } from './id.ts';
import { decodeIndex, type IndexFile } from './index-file.ts';

export interface PackedIndex {
  /** Each is `count` of the blobs from number `first`. */
  readonly packs: readonly PackedPack[];
  readonly blobs: BlobTable;
}

export interface PackedPack {
  readonly id: Id;
  readonly first: number;
  readonly count: number;
}

const UINT32_MAX = 2 ** 32 - 1;
/** What a blob takes at least, with its comma. */
const BLOB_TEXT_BYTES = Buffer.byteLength(
  `{"id":"${'0'.repeat(2 * ID_BYTES)}","type":"data","offset":0,"length":32},`,
);

/** @throws HoldfastError `format/invalid` */
export function decodePackedIndex(json: Buffer): PackedIndex {
  return new Scanner(json).index() ?? packed(decodeIndex(json));
}

function packed(index: IndexFile): PackedIndex {
  const packs: PackedPack[] = [];
  const blobs = new GrowingBlobTable();
  for (const pack of index.packs) {
    packs.push({ id: pack.id, first: blobs.count, count: pack.blobs.length });
    for (const blob of pack.blobs) blobs.addEntry(blob);
  }
  return { packs, blobs };
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
  readonly #packs: PackedPack[] = [];
  readonly #blobs: GrowingBlobTable;
  readonly #id = Buffer.alloc(ID_BYTES);
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#blobs = new GrowingBlobTable(Math.floor(bytes.length / BLOB_TEXT_BYTES) + 1);
  }

  /** null for another spelling, and for what is no index. */
  index(): PackedIndex | null {
    if (!this.#skip(text.packs)) return null;
    if (!this.#skip(text.listEnd)) {
      do {
        if (!this.#pack()) return null;
      } while (this.#skipByte(COMMA));
      if (!this.#skip(text.listEnd)) return null;
    }
    this.#skipByte(NEW_LINE);
    const isAll = this.#at === this.#bytes.length;
    return isAll ? { packs: this.#packs, blobs: this.#blobs } : null;
  }

  #pack(): boolean {
    if (!this.#skip(text.pack) || !this.#readId()) return false;
    const id = this.#id.toString('hex');
    const first = this.#blobs.count;
    if (!this.#skip(text.blobs)) return false;
    if (!this.#skip(text.listEnd)) {
      do {
        if (!this.#blob()) return false;
      } while (this.#skipByte(COMMA));
      if (!this.#skip(text.listEnd)) return false;
    }
    this.#packs.push({ id, first, count: this.#blobs.count - first });
    return true;
  }

  #blob(): boolean {
    if (!this.#skip(text.blob) || !this.#readId()) return false;
    if (!this.#skip(text.type)) return false;
    const isTree = this.#skip(text.tree);
    if (!isTree && !this.#skip(text.data)) return false;
    const offset = this.#number();
    const length = this.#skip(text.length) ? this.#number() : -1;
    const uncompressedLength = this.#skip(text.uncompressed) ? this.#number() : 0;
    if (offset < 0 || length < SEAL_OVERHEAD_BYTES || uncompressedLength < 0) return false;
    if (!this.#skipByte(BRACE)) return false;
    const type = isTree ? 'tree' : 'data';
    this.#blobs.add({ type, offset, length, uncompressedLength }, this.#id, 0);
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

  #readId(): boolean {
    for (let byte = 0; byte < ID_BYTES; byte++) {
      const high = hexValues[this.#bytes[this.#at] ?? 0] ?? NO_DIGIT;
      const low = hexValues[this.#bytes[this.#at + 1] ?? 0] ?? NO_DIGIT;
      if (high === NO_DIGIT || low === NO_DIGIT) return false;
      this.#id[byte] = high * 16 + low;
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
