/**
 * Cuts a stream where its content says so, exactly as restic does for the same polynomial (restic format notes, section 10): equal
 * content gives equal chunks wherever it stands. The scan is WebAssembly, and what is read lies in its memory, so that nothing is copied on
 * the way. Memory: about 10 MiB each, for as many files as one likes, one after the other.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import { degree, rollingTables } from './polynomial.ts';
import { RABIN_SCAN_WASM } from './rabin-scan-wasm.ts';

export const MIN_CHUNK_BYTES = 512 * 1024;
export const MAX_CHUNK_BYTES = 8 * 1024 * 1024;
const MIN_DEGREE = 9;
const MAX_DEGREE = 53;

/** Layout of the module's memory: tables of 256 numbers of 64 bits, then data. */
const OUT_TABLE = 0;
const MOD_TABLE = 2048;
const DATA = 4096;
const WASM_PAGE_BYTES = 65_536;
const READ_AHEAD_BYTES = 2 * 1024 * 1024;
const DATA_BYTES = MAX_CHUNK_BYTES + READ_AHEAD_BYTES;

/** The part of the platform's WebAssembly that is used: it stands in the types of browsers only. */
interface WebAssemblyApi {
  readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: { readonly env: { readonly memory: object } },
  ) => { readonly exports: Readonly<Record<string, unknown>> };
}
const { WebAssembly: api } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi };

type Scan = (from: number, to: number, shift: bigint) => number;

let compiled: object | null = null;

/**
 * Whoever reads writes into `room()`, says by `filled()` how much, and takes whole chunks out by `take()` until there is none.
 * At the end of a stream `rest()` is the last chunk.
 */
export class RabinChunker {
  readonly #data: Uint8Array;
  readonly #scan: Scan;
  readonly #shift: bigint;
  /** Of the current chunk, in `#data`. */
  #start = 0;
  #scanned = 0;
  #end = 0;

  /** Throws `format/invalid` for a polynomial of a degree that does not fit. */
  constructor(polynomial: bigint) {
    const width = degree(polynomial);
    if (width < MIN_DEGREE || width > MAX_DEGREE) {
      throw new HoldfastError('format/invalid', { context: { what: 'chunker polynomial' } });
    }
    const memory = new api.Memory({ initial: (DATA + DATA_BYTES) / WASM_PAGE_BYTES + 1 });
    const { out, mod } = rollingTables(polynomial);
    new BigUint64Array(memory.buffer, OUT_TABLE, out.length).set(out);
    new BigUint64Array(memory.buffer, MOD_TABLE, mod.length).set(mod);
    this.#data = new Uint8Array(memory.buffer, DATA, DATA_BYTES);
    this.#shift = BigInt(width - 8);
    compiled ??= new api.Module(Buffer.from(RABIN_SCAN_WASM, 'base64'));
    const { exports } = new api.Instance(compiled, { env: { memory } });
    this.#scan = exports['scan'] as Scan;
  }

  /** Where the next bytes go, at least 1 MiB. What `take` gave before is overwritten. */
  room(): Uint8Array {
    if (DATA_BYTES - this.#end < READ_AHEAD_BYTES / 2) {
      this.#data.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#scanned -= this.#start;
      this.#start = 0;
    }
    return this.#data.subarray(this.#end);
  }

  /** So many bytes were written into `room()`. */
  filled(bytes: number): void {
    this.#end += bytes;
  }

  /** The next whole chunk, or null when more bytes are needed. It stands until `room` or `reset` is called. */
  take(): Uint8Array | null {
    // The first place that can be a cut is behind the byte that makes the chunk as long as the minimum.
    const from = Math.max(this.#scanned, this.#start + MIN_CHUNK_BYTES - 1);
    const to = Math.min(this.#end, this.#start + MAX_CHUNK_BYTES);
    const cut = from < to ? this.#scan(DATA + from, DATA + to, this.#shift) : 0;
    if (cut > 0) return this.#cutAt(cut - DATA);
    if (to - this.#start === MAX_CHUNK_BYTES) return this.#cutAt(to);
    this.#scanned = Math.max(from, to);
    return null;
  }

  /** What is left, perhaps nothing. Begins anew. */
  rest(): Uint8Array {
    const rest = this.#data.subarray(this.#start, this.#end);
    this.reset();
    return rest;
  }

  /** Forgets everything, for another stream. */
  reset(): void {
    this.#start = 0;
    this.#scanned = 0;
    this.#end = 0;
  }

  #cutAt(end: number): Uint8Array {
    const chunk = this.#data.subarray(this.#start, end);
    this.#start = end;
    this.#scanned = end;
    return chunk;
  }
}
