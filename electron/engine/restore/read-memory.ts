/** Memory that is read into, used again and again: what is made anew for each read the system has to clear page by page, a tenth of a restore. */

/** Smaller ones are not worth it. */
const LEAST_BYTES = 64 * 1024;
const KEPT_BYTES = 64 * 1024 * 1024;

export class ReadMemory {
  /** By their size, which is a power of two. */
  readonly #free = new Map<number, ArrayBuffer[]>();
  #freeBytes = 0;

  /** At least so long, with something in it; null where that is not worth it. */
  take(bytes: number): ArrayBuffer | null {
    if (bytes < LEAST_BYTES) return null;
    const size = 2 ** Math.ceil(Math.log2(bytes));
    const known = this.#free.get(size)?.pop();
    if (known === undefined) return new ArrayBuffer(size);
    this.#freeBytes -= size;
    return known;
  }

  /** What was taken, or any other of which nobody has anything any more. */
  give(memory: ArrayBuffer): void {
    const size = memory.byteLength;
    const isOurs = size >= LEAST_BYTES && Number.isInteger(Math.log2(size));
    if (!isOurs || this.#freeBytes + size > KEPT_BYTES) return;
    this.#freeBytes += size;
    const free = this.#free.get(size);
    if (free === undefined) this.#free.set(size, [memory]);
    else free.push(memory);
  }
}
