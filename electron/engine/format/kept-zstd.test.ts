import { randomBytes } from 'node:crypto';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { isWholeFrame, KEPT_UP_TO_BYTES, KeptZstd } from './kept-zstd.ts';

const LEVEL = 3;
const params = { [constants.ZSTD_c_compressionLevel]: LEVEL };
const checked = { ...params, [constants.ZSTD_c_checksumFlag]: 1 };
const zstd = new KeptZstd(LEVEL);
const text = (length: number) => Buffer.alloc(length, 'what is said once is said again, ');
const samples = [0, 1, 5, 255, 256, 4096, 70_000, 131_072, 3_000_000, KEPT_UP_TO_BYTES].flatMap(
  (length) => [text(length), randomBytes(length), Buffer.alloc(length)],
);

describe('zstd with kept contexts', () => {
  it('makes the same bytes as a new context, however many were made before', () => {
    for (const plain of [...samples, ...samples.toReversed()]) {
      const frame = Buffer.from(zstd.compress(plain) ?? '');
      expect(frame.equals(zstdCompressSync(plain, { params }))).toBe(true);
      expect(zstdDecompressSync(frame).equals(plain)).toBe(true);
      expect(zstd.decompressBriefly(frame, plain.length)?.equals(plain)).toBe(true);
      expect(zstd.decompress(frame, plain.length)?.equals(plain)).toBe(true);
    }
  });

  it('reads frames with a checksum, and with unknown length', () => {
    for (const plain of samples) {
      const frame = zstdCompressSync(plain, { params: checked });
      expect(isWholeFrame(frame)).toBe(true);
      expect(zstd.decompress(frame, plain.length)?.equals(plain)).toBe(true);
    }
  });

  it('leaves large ones to others', () => {
    expect(zstd.compress(Buffer.alloc(KEPT_UP_TO_BYTES + 1))).toBeNull();
    const frame = zstdCompressSync(Buffer.alloc(KEPT_UP_TO_BYTES + 1));
    expect(zstd.decompress(frame, KEPT_UP_TO_BYTES + 1)).toBeNull();
  });

  it('is not confused by what is broken, cut, doubled or longer than allowed', () => {
    const plain = text(20_000);
    const frame = zstdCompressSync(plain, { params: checked });
    const sound = () => zstd.decompress(frame, plain.length);
    for (let cut = 1; cut <= frame.length; cut += 1) {
      expect(zstd.decompress(frame.subarray(0, frame.length - cut), plain.length)).toBeNull();
      expect(sound()?.equals(plain)).toBe(true);
    }
    for (let at = 0; at < frame.length; at += 1) {
      const broken = Buffer.from(frame);
      broken.writeUInt8(broken.readUInt8(at) ^ 0x41, at);
      const made = zstd.decompress(broken, plain.length);
      // The last bytes are the checksum, so nothing passes but what says the same.
      if (made !== null) expect(made.equals(plain)).toBe(true);
      expect(sound()?.equals(plain)).toBe(true);
    }
    expect(zstd.decompress(Buffer.concat([frame, frame]), 2 * plain.length)).toBeNull();
    expect(zstd.decompress(Buffer.concat([frame, Buffer.of(0)]), plain.length)).toBeNull();
    const short = zstd.decompress(frame, plain.length - 1);
    expect(short === null || short.length > plain.length - 1).toBe(true);
    expect(sound()?.equals(plain)).toBe(true);
  });
});
