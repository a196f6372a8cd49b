/**
 * Cuts a stream where its content says so, exactly as restic does for the same polynomial (restic format notes, section 10): equal
 * content gives equal chunks wherever it stands. The digest is kept in two 32-bit halves, since BigInt would cost a factor of fifty.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import { degree, rollingTables } from './polynomial.ts';

export const MIN_CHUNK_BYTES = 512 * 1024;
export const MAX_CHUNK_BYTES = 8 * 1024 * 1024;
const WINDOW_BYTES = 64;
/** A cut where the low 20 bits of the digest are zero: every MiB on average, above the minimum. */
const SPLIT_MASK = 0xfffff;
const MIN_DEGREE = 9;
const MAX_DEGREE = 53;

interface Tables {
  readonly outLow: Int32Array;
  readonly outHigh: Int32Array;
  readonly modLow: Int32Array;
  readonly modHigh: Int32Array;
  /** The bits of the digest to index `mod` with: `digest >> shift`. */
  readonly shift: number;
}

const cachedTables = new Map<bigint, Tables>();

function tablesFor(polynomial: bigint): Tables {
  const cached = cachedTables.get(polynomial);
  if (cached !== undefined) return cached;
  const width = degree(polynomial);
  if (width < MIN_DEGREE || width > MAX_DEGREE) {
    throw new HoldfastError('format/invalid', { context: { what: 'chunker polynomial' } });
  }
  const { out, mod } = rollingTables(polynomial);
  const low = (values: readonly bigint[]): Int32Array =>
    Int32Array.from(values, (value) => Number(BigInt.asIntN(32, value)));
  const high = (values: readonly bigint[]): Int32Array =>
    Int32Array.from(values, (value) => Number(BigInt.asIntN(32, value >> 32n)));
  const tables = {
    outLow: low(out),
    outHigh: high(out),
    modLow: low(mod),
    modHigh: high(mod),
    shift: width - 8,
  };
  cachedTables.set(polynomial, tables);
  return tables;
}

/** Finds the ends of chunks in bytes that are fed in pieces of any size. */
export class RabinChunker {
  readonly #tables: Tables;
  readonly #window = new Uint8Array(WINDOW_BYTES);
  #position = 0;
  #low = 0;
  #high = 0;
  #countBytes = 0;

  constructor(polynomial: bigint) {
    this.#tables = tablesFor(polynomial);
    this.#reset();
  }

  /**
   * Looks at `data` from `start` on. Returns the offset just behind the end of the current chunk when it ends there, and begins the next
   * chunk; null when the chunk goes on behind `data`.
   */
  next(data: Uint8Array, start: number): number | null {
    const unhashed = MIN_CHUNK_BYTES - WINDOW_BYTES - this.#countBytes;
    let at = start;
    if (unhashed > 0) {
      const skipped = Math.min(unhashed, data.length - start);
      this.#countBytes += skipped;
      at += skipped;
    }
    const end = this.#scan(data, at);
    if (end !== null) this.#reset();
    return end;
  }

  #scan(data: Uint8Array, start: number): number | null {
    const { outLow, outHigh, modLow, modHigh, shift } = this.#tables;
    const window = this.#window;
    let position = this.#position;
    let low = this.#low;
    let high = this.#high;
    let count = this.#countBytes;
    const length = data.length;
    let cut: number | null = null;
    for (let at = start; at < length; at += 1) {
      // In range by construction; the operators turn what the types call undefined into a number.
      const byte = data[at] as number;
      const leaving = window[position] as number;
      window[position] = byte;
      position = (position + 1) & (WINDOW_BYTES - 1);
      low ^= outLow[leaving] as number;
      high ^= outHigh[leaving] as number;
      const index =
        shift >= 32
          ? (high >>> (shift - 32)) & 0xff
          : ((low >>> shift) | (high << (32 - shift))) & 0xff;
      high = ((high << 8) | (low >>> 24)) ^ (modHigh[index] as number);
      low = ((low << 8) | byte) ^ (modLow[index] as number);
      count += 1;
      if (count >= MIN_CHUNK_BYTES && ((low & SPLIT_MASK) === 0 || count >= MAX_CHUNK_BYTES)) {
        cut = at + 1;
        break;
      }
    }
    this.#position = position;
    this.#low = low;
    this.#high = high;
    this.#countBytes = count;
    return cut;
  }

  /** An empty window into which one byte 0x01 was slid: so zeros at the start of a chunk count, too. */
  #reset(): void {
    this.#window.fill(0);
    this.#window[0] = 1;
    this.#position = 1;
    this.#low = 1;
    this.#high = 0;
    this.#countBytes = 0;
  }
}

/** Whole chunks, each in memory of its own, at most 8 MiB; none for an empty source. */
export async function* chunks(
  source: AsyncIterable<Uint8Array>,
  polynomial: bigint,
): AsyncGenerator<Buffer> {
  const chunker = new RabinChunker(polynomial);
  let pieces: Uint8Array[] = [];
  for await (const data of source) {
    let start = 0;
    for (let end = chunker.next(data, start); end !== null; end = chunker.next(data, start)) {
      pieces.push(data.subarray(start, end));
      yield Buffer.concat(pieces);
      pieces = [];
      start = end;
    }
    // A copy: the source may use its buffer again.
    if (start < data.length) pieces.push(Buffer.from(data.subarray(start)));
  }
  if (pieces.length > 0) yield Buffer.concat(pieces);
}
