/** A set of entry numbers of a `BlobIndex`: one bit each, so that millions of blobs take a few hundred KiB. */
export class EntrySet {
  readonly #bits: Uint32Array;
  #size = 0;

  /** For the numbers from 0 to below `capacity`. */
  constructor(capacity: number) {
    this.#bits = new Uint32Array(Math.ceil(capacity / 32));
  }

  get size(): number {
    return this.#size;
  }

  has(number: number): boolean {
    return ((this.#bits[number >>> 5] ?? 0) & (1 << (number & 31))) !== 0;
  }

  /** False when it was in already. */
  add(number: number): boolean {
    const word = number >>> 5;
    const before = this.#bits[word];
    if (before === undefined) throw new RangeError('no such entry number');
    const after = before | (1 << (number & 31));
    if (after >>> 0 === before) return false;
    this.#bits[word] = after;
    this.#size += 1;
    return true;
  }
}
