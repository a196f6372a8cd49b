import { createCipheriv, createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readVectors } from '../testing/restic-fixtures.ts';
import { slowChunkLengths } from '../testing/slow-chunker.ts';
import { generatePolynomial, isIrreducible, rollingTables } from './polynomial.ts';
import { chunks, MIN_CHUNK_BYTES } from './rabin-chunker.ts';

interface ChunkVector {
  readonly lengths: readonly number[];
  readonly sha256: readonly string[];
}
const vectors = readVectors<{
  polynomial: string;
  tables: Record<string, string>;
  irreducible: Record<string, boolean>;
  files: Record<string, ChunkVector>;
}>('chunker-vectors.json');
const polynomial = BigInt(`0x${vectors.polynomial}`);

const keystream = (length: number): Buffer =>
  createCipheriv(
    'aes-256-ctr',
    Buffer.from(Array.from({ length: 32 }, (_, index) => index)),
    Buffer.alloc(16),
  ).update(Buffer.alloc(length));

const inputs: Readonly<Record<string, () => Buffer>> = {
  'ctr-24MiB': () => keystream(25_165_824),
  'zeros-2MiB+100': () => Buffer.alloc(2_097_252),
  'ff-17MiB': () => Buffer.alloc(17_825_792, 0xff),
  'abc-9MiB': () => Buffer.alloc(3 * 3_145_728, 'abc'),
  'ctr-524287': () => keystream(524_287),
  'ctr-524288': () => keystream(524_288),
  'ctr-524289': () => keystream(524_289),
  'ctr-1': () => keystream(1),
  'prefix-insert': () => Buffer.concat([Buffer.alloc(1000, 'X'), keystream(6_291_456)]),
};

async function cut(data: Buffer, pieceBytes: readonly number[]): Promise<Buffer[]> {
  async function* pieces(): AsyncGenerator<Buffer> {
    for (let at = 0, turn = 0; at < data.length; turn += 1) {
      const size = pieceBytes[turn % pieceBytes.length] ?? data.length;
      yield data.subarray(at, at + size);
      at += size;
    }
  }
  return Array.fromAsync(chunks(pieces(), polynomial));
}

describe('the chunker', () => {
  it('knows all inputs of the vectors', () => {
    expect(Object.keys(inputs).toSorted()).toEqual(Object.keys(vectors.files).toSorted());
  });

  it.each(Object.entries(vectors.files))('cuts %s as restic did', async (name, vector) => {
    const found = await cut(inputs[name]?.() ?? Buffer.alloc(0), [1 << 20]);
    expect(found.map((chunk) => chunk.length)).toEqual(vector.lengths);
    const hashes = found.map((chunk) => createHash('sha256').update(chunk).digest('hex'));
    expect(hashes).toEqual(vector.sha256);
  });

  it('cuts at the same places however it is fed', async () => {
    const data = keystream(4_000_000);
    const whole = (await cut(data, [data.length])).map((chunk) => chunk.length);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 700_000 }), { minLength: 1, maxLength: 8 }),
        async (sizes) => {
          // Tiny pieces only now and then, or the test takes for ever.
          const found = await cut(data, [...sizes, 300_000]);
          expect(found.map((chunk) => chunk.length)).toEqual(whole);
          expect(Buffer.concat(found).equals(data)).toBe(true);
        },
      ),
      { numRuns: 10 },
    );
  });

  it('agrees with the slow one, for another polynomial, too', async () => {
    const data = keystream(3_000_000);
    const other = generatePolynomial();
    async function* source(): AsyncGenerator<Buffer> {
      yield data;
    }
    const found = await Array.fromAsync(chunks(source(), other));
    expect(found.map((chunk) => chunk.length)).toEqual(slowChunkLengths(data, other));
  });

  it('finds its cuts again behind an insertion', async () => {
    const data = keystream(20_000_000);
    const changed = Buffer.concat([
      data.subarray(0, 9_000_000),
      Buffer.from('inserted'),
      data.subarray(9_000_000),
    ]);
    const before = new Set((await cut(data, [1 << 20])).map((chunk) => chunk.toString('latin1')));
    const after = await cut(changed, [1 << 20]);
    const added = after.filter((chunk) => !before.has(chunk.toString('latin1')));
    expect(added.length).toBeLessThanOrEqual(2);
    expect(after.length).toBeGreaterThan(8);
  });

  it('gives nothing for nothing, and one chunk up to the minimum', async () => {
    expect(await cut(Buffer.alloc(0), [1])).toEqual([]);
    expect(await cut(Buffer.alloc(MIN_CHUNK_BYTES), [1 << 16])).toHaveLength(1);
  });

  it('does not look at a buffer again once the source may have changed it', async () => {
    const reused = Buffer.alloc(100_000);
    async function* source(): AsyncGenerator<Buffer> {
      for (let round = 1; round <= 3; round += 1) {
        reused.fill(round);
        yield reused;
      }
    }
    const [chunk] = await Array.fromAsync(chunks(source(), polynomial));
    expect([chunk?.[0], chunk?.[150_000], chunk?.[250_000]]).toEqual([1, 2, 3]);
  });
});

describe('polynomials', () => {
  it.each(Object.entries(vectors.irreducible))('%s: irreducible is %s', (digits, expected) => {
    expect(isIrreducible(BigInt(`0x${digits}`))).toBe(expected);
  });

  it('has the tables of restic', () => {
    const { out, mod } = rollingTables(polynomial);
    const digest = (values: readonly bigint[]): string => {
      const bytes = Buffer.alloc(8 * values.length);
      for (const [at, value] of values.entries()) bytes.writeBigUInt64LE(value, 8 * at);
      return createHash('sha256').update(bytes).digest('hex');
    };
    expect(digest(out)).toBe(vectors.tables['out_sha256_of_256_uint64le']);
    expect(digest(mod)).toBe(vectors.tables['mod_sha256_of_256_uint64le']);
  });

  it('makes irreducible ones of degree 53, each time another', () => {
    const made = Array.from({ length: 5 }, generatePolynomial);
    expect(new Set(made).size).toBe(5);
    for (const one of made) {
      expect(one >> 53n).toBe(1n);
      expect(isIrreducible(one)).toBe(true);
    }
  });
});
