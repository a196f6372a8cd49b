/**
 * What is sent: bytes in memory, or a file that lies beside the cache until it has arrived. Read anew for each attempt, so that what waits for a
 * slow line takes no memory.
 */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Bandwidth, StallWatch } from './transfer.ts';

const SLICE_BYTES = 64 * 1024;
const READ_BYTES = 256 * 1024;

export interface Sums {
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly md5: string;
}

export interface UploadSource {
  /** Of the bytes as they were made: what arrives is compared with them. */
  readonly sums: Sums;
  whole(): Promise<Uint8Array>;
  /** From there to the end. */
  pieces(fromByte: number): AsyncIterable<Uint8Array>;
}

export function sumsOf(bytes: Uint8Array): Sums {
  return {
    sizeBytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    md5: createHash('md5').update(bytes).digest('hex'),
  };
}

export function inMemory(bytes: Uint8Array): UploadSource {
  return {
    sums: sumsOf(bytes),
    whole: () => Promise.resolve(bytes),
    async *pieces(fromByte) {
      yield bytes.subarray(fromByte);
    },
  };
}

/** The file stays open, so that it may be deleted meanwhile; it must not change. Whoever opened it closes it. */
export function inFile(handle: FileHandle, sums: Sums): UploadSource {
  /** Each piece has memory of its own: the one before may still be on its way out. */
  async function read(at: number, length: number): Promise<Uint8Array> {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, at);
    if (bytesRead === 0) throw new RangeError('the file has become shorter');
    return buffer.subarray(0, bytesRead);
  }
  async function* pieces(fromByte: number): AsyncGenerator<Uint8Array, void, void> {
    for (let at = fromByte; at < sums.sizeBytes;) {
      const piece = await read(at, Math.min(READ_BYTES, sums.sizeBytes - at));
      at += piece.length;
      yield piece;
    }
  }
  return { sums, pieces, whole: () => buffer(pieces(0)) };
}

/** The body of a request that sends `source` from `fromByte` on, no faster than allowed. */
export function uploadBody(
  source: UploadSource,
  fromByte: number,
  bandwidth: Bandwidth,
  watch: StallWatch,
): Readable {
  async function* slices(): AsyncGenerator<Uint8Array, void, void> {
    for await (const piece of source.pieces(fromByte)) {
      for (let start = 0; start < piece.length;) {
        // On a slow line small slices, so that waiting for the limit never looks like a dead connection.
        const sliceBytes = Math.max(1024, Math.min(SLICE_BYTES, Math.floor(bandwidth.up.rate / 4)));
        const slice = piece.subarray(start, start + sliceBytes);
        start += slice.length;
        await bandwidth.up.take(slice.length, watch.signal);
        // Asked for the next slice: the last one has gone.
        watch.touch();
        yield slice;
      }
    }
  }
  return Readable.from(slices(), { objectMode: false, highWaterMark: SLICE_BYTES });
}
