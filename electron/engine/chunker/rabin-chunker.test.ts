import { createCipheriv, createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readVectors } from '../testing/restic-fixtures.ts';
import { slowChunkLengths } from '../testing/slow-chunker.ts';
import { generatePolynomial, isIrreducible, rollingTables } from './polynomial.ts';
import { MAX_CHUNK_BYTES, MIN_CHUNK_BYTES, RabinChunker } from './rabin-chunker.ts';

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

/** Copies of the chunks of `data`, fed in pieces of these sizes in turn. */
function cut(data: Buffer, pieceBytes: readonly number[], chunker = new RabinChunker(polynomial)) {
  const chunks: Buffer[] = [];
  for (let at = 0, turn = 0; at < data.length; turn += 1) {
    const room = chunker.room();
    const size = Math.min(room.length, pieceBytes[turn % pieceBytes.length] ?? room.length);
    const piece = data.subarray(at, at + size);
    room.set(piece);
    chunker.filled(piece.length);
    at += piece.length;
    for (let chunk = chunker.take(); chunk !== null; chunk = chunker.take()) {
      chunks.push(Buffer.from(chunk));
    }
  }
  const rest = chunker.rest();
  return rest.length === 0 ? chunks : [...chunks, Buffer.from(rest)];
}

describe('the chunker', () => {
  it('knows all inputs of the vectors', () => {
    expect(Object.keys(inputs).toSorted()).toEqual(Object.keys(vectors.files).toSorted());
  });

  it.each(Object.entries(vectors.files))('cuts %s as restic did', (name, vector) => {
    const found = cut(inputs[name]?.() ?? Buffer.alloc(0), [1 << 20]);
    expect(found.map((chunk) => chunk.length)).toEqual(vector.lengths);
    const hashes = found.map((chunk) => createHash('sha256').update(chunk).digest('hex'));
    expect(hashes).toEqual(vector.sha256);
  });

  it('cuts at the same places however it is fed', () => {
    const data = keystream(4_000_000);
    const whole = cut(data, [data.length]).map((chunk) => chunk.length);
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 700_000 }), { minLength: 1, maxLength: 8 }),
        (sizes) => {
          // Tiny pieces only now and then, or the test takes for ever.
          const found = cut(data, [...sizes, 300_000]);
          expect(found.map((chunk) => chunk.length)).toEqual(whole);
          expect(Buffer.concat(found).equals(data)).toBe(true);
        },
      ),
      { numRuns: 10 },
    );
  });

  it('agrees with the slow one, for another polynomial, too', () => {
    const data = keystream(3_000_000);
    const other = generatePolynomial();
    const found = cut(data, [1 << 20], new RabinChunker(other));
    expect(found.map((chunk) => chunk.length)).toEqual(slowChunkLengths(data, other));
  });

  it('agrees with the slow one where cuts lie close together or not at all', () => {
    const repeated = Buffer.alloc(5_000_000, keystream(70_000));
    const flat = Buffer.concat([
      keystream(600_000),
      Buffer.alloc(MAX_CHUNK_BYTES + 3, 7),
      keystream(900_000),
    ]);
    for (const data of [repeated, flat]) {
      const found = cut(data, [1 << 20]);
      expect(found.map((chunk) => chunk.length)).toEqual(slowChunkLengths(data, polynomial));
      expect(Buffer.concat(found).equals(data)).toBe(true);
    }
  });

  it('serves one stream after the other', () => {
    const chunker = new RabinChunker(polynomial);
    const data = keystream(3_000_000);
    const once = cut(data, [400_000], chunker);
    expect(cut(data, [1 << 20], chunker)).toEqual(once);
    chunker.room().fill(1);
    chunker.filled(1000);
    chunker.reset();
    expect(cut(data, [1 << 20], chunker)).toEqual(once);
  });

  it('finds its cuts again behind an insertion', () => {
    const data = keystream(20_000_000);
    const changed = Buffer.concat([
      data.subarray(0, 9_000_000),
      Buffer.from('inserted'),
      data.subarray(9_000_000),
    ]);
    const before = new Set(cut(data, [1 << 20]).map((chunk) => chunk.toString('latin1')));
    const after = cut(changed, [1 << 20]);
    const added = after.filter((chunk) => !before.has(chunk.toString('latin1')));
    expect(added.length).toBeLessThanOrEqual(2);
    expect(after.length).toBeGreaterThan(8);
  });

  it('gives nothing for nothing, and one chunk up to the minimum', () => {
    expect(cut(Buffer.alloc(0), [1])).toEqual([]);
    expect(cut(Buffer.alloc(MIN_CHUNK_BYTES), [1 << 16])).toHaveLength(1);
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
