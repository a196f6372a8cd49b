import { createCipheriv, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../shared/errors.ts';
import { readVectors } from '../testing/restic-fixtures.ts';
import { slowPoly1305 } from '../testing/slow-poly1305.ts';
import { aesCtr } from './aes-ctr.ts';
import { deriveKey } from './kdf.ts';
import { clampR, poly1305Aes } from './poly1305-aes.ts';
import {
  cipherKeyFromBytes,
  newCipherKey,
  open,
  openTogether,
  seal,
  sealWithIv,
} from './sealed.ts';

interface SealVector {
  readonly name: string;
  readonly aes256_key: string;
  readonly mac_k: string;
  readonly mac_r_as_given: string;
  readonly mac_r_clamped: string;
  readonly iv: string;
  readonly plaintext: string;
  readonly sealed: string;
}
interface KdfVector {
  readonly password_utf8: string;
  readonly salt: string;
  readonly N: number;
  readonly r: number;
  readonly p: number;
  readonly derived_64: string;
}
const vectors = readVectors<{ seal: readonly SealVector[]; kdf: readonly KdfVector[] }>(
  'crypto-vectors.json',
);
const hex = (text: string): Buffer => Buffer.from(text, 'hex');

describe('sealing', () => {
  it.each(vectors.seal)('reproduces the vector "$name"', (vector) => {
    const key = cipherKeyFromBytes(
      Buffer.concat([hex(vector.aes256_key), hex(vector.mac_k), hex(vector.mac_r_as_given)]),
    );
    expect(Buffer.from(key.mac.r).toString('hex')).toBe(vector.mac_r_clamped);
    const sealed = sealWithIv(key, hex(vector.plaintext), hex(vector.iv));
    expect(sealed.toString('hex')).toBe(vector.sealed);
    expect(open(key, hex(vector.sealed)).toString('hex')).toBe(vector.plaintext);
  });

  it('opens what it sealed, whatever it is', () => {
    const key = newCipherKey();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), (plain) => {
        expect(open(key, seal(key, plain)).equals(plain)).toBe(true);
      }),
    );
  });

  it('opens nothing that was altered, cut, or sealed with another key', () => {
    const key = newCipherKey();
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (plain, at, bits) => {
          const sealed = seal(key, plain);
          const altered = Buffer.from(sealed);
          altered[at % altered.length] = (altered[at % altered.length] ?? 0) ^ bits;
          for (const wrong of [altered, sealed.subarray(0, at % sealed.length)]) {
            expect(() => open(key, wrong)).toThrow(HoldfastError);
          }
          expect(() => open(newCipherKey(), sealed)).toThrow('crypto/not-authentic');
        },
      ),
    );
  });

  it('never uses an IV twice', () => {
    const key = newCipherKey();
    const ivs = Array.from({ length: 200 }, () =>
      seal(key, Buffer.alloc(1)).toString('hex', 0, 16),
    );
    expect(new Set(ivs).size).toBe(200);
  });

  it('agrees with a slow Poly1305 on whole numbers', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 48, maxLength: 48 }),
        fc.uint8Array({ maxLength: 200 }),
        (bytes, message) => {
          const mac = { k: bytes.subarray(0, 16), r: bytes.subarray(16, 32) };
          const iv = bytes.subarray(32);
          expect(poly1305Aes(mac, iv, message)).toEqual(slowPoly1305(mac, iv, message));
        },
      ),
    );
  });

  it('clamps once and for all', () => {
    const clamped = clampR(Buffer.alloc(16, 0xff));
    expect(clampR(clamped)).toEqual(clamped);
  });
});

describe('deriveKey', () => {
  it.each(vectors.kdf)('reproduces the vector N=$N r=$r p=$p', async (vector) => {
    const derived = await deriveKey(Buffer.from(vector.password_utf8), hex(vector.salt), vector);
    expect(Buffer.from(derived).toString('hex')).toBe(vector.derived_64);
  });

  it.each([
    { N: 2 ** 24, r: 8, p: 1 },
    { N: 2 ** 30, r: 1, p: 1 },
    { N: 2 ** 20, r: 8, p: 1000 },
  ])('refuses the absurd cost $N $r $p before working', async (params) => {
    await expect(deriveKey(Buffer.from('a'), Buffer.alloc(64), params)).rejects.toThrow(
      'repo/too-expensive-key',
    );
  });

  it.each([
    { N: 0, r: 8, p: 1 },
    { N: 1, r: 8, p: 1 },
    { N: 3, r: 8, p: 1 },
    { N: 16, r: 0, p: 1 },
    { N: 16, r: 8, p: 0.5 },
    { N: 16, r: 2 ** 24, p: 1 },
    { N: Number.NaN, r: 8, p: 1 },
  ])('refuses parameters that make no sense: $N $r $p', async (params) => {
    await expect(async () => deriveKey(Buffer.from('a'), Buffer.alloc(64), params)).rejects.toThrow(
      'format/invalid',
    );
  });

  it('refuses a salt of another length', async () => {
    const params = { N: 16, r: 8, p: 1 };
    await expect(async () => deriveKey(Buffer.from('a'), Buffer.alloc(32), params)).rejects.toThrow(
      'format/invalid',
    );
  });
});

describe('aesCtr', () => {
  const library = (key: Uint8Array, iv: Uint8Array, input: Uint8Array): Buffer =>
    createCipheriv('aes-256-ctr', key, iv).update(input);

  it('is what the library makes of any length, wherever its input lies', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        fc.integer({ min: 0, max: 40_000 }),
        fc.integer({ min: 0, max: 7 }),
        (key, iv, length, offset) => {
          const input = randomBytes(length + offset).subarray(offset);
          expect(aesCtr(key, iv, input).equals(library(key, iv, input))).toBe(true);
        },
      ),
    );
  });

  it('carries over the counter like the library', () => {
    const key = randomBytes(32);
    for (const tail of [0xffffffff, 0xfffffffe, 0xffffff00, 0]) {
      const iv = Buffer.alloc(16, 0xff);
      iv.writeUInt32BE(tail, 12);
      const input = randomBytes(5000);
      expect(aesCtr(key, iv, input).equals(library(key, iv, input))).toBe(true);
    }
  });
});

describe('opening together', () => {
  const key = newCipherKey();
  const lengths = fc.array(fc.integer({ min: 0, max: 9000 }), { minLength: 1, maxLength: 12 });

  it('gives what opening one by one gives, in any order, however much it is', () => {
    fc.assert(
      fc.property(lengths, (sizes) => {
        const plain = sizes.map((size) => randomBytes(size));
        const opened = openTogether(
          key,
          plain.map((bytes) => seal(key, bytes)),
        );
        const all = plain.map((_, at) => Buffer.from(opened(at)));
        expect(all).toEqual(plain);
        expect(Buffer.from(opened(0))).toEqual(plain[0]);
      }),
    );
  });

  it('refuses what was tampered with, and that alone', () => {
    fc.assert(
      fc.property(lengths, fc.nat(), fc.nat(), (sizes, which, where) => {
        const plain = sizes.map((size) => randomBytes(size));
        const sealed = plain.map((bytes) => seal(key, bytes));
        const bad = which % sealed.length;
        const bytes = sealed[bad] ?? Buffer.alloc(0);
        const at = where % bytes.length;
        bytes[at] = (bytes[at] ?? 0) ^ 1;
        const opened = openTogether(key, sealed);
        for (const [index, content] of plain.entries()) {
          if (index === bad) expect(() => opened(index)).toThrow('crypto/not-authentic');
          else expect(Buffer.from(opened(index))).toEqual(content);
        }
      }),
    );
  });

  it('refuses one that is too short to be sealed, one of zeros, and one that is not there', () => {
    const good = seal(key, Buffer.from('good'));
    for (const bad of [Buffer.alloc(0), Buffer.alloc(31), Buffer.alloc(40)]) {
      const opened = openTogether(key, [good, bad]);
      expect(opened(0).toString()).toBe('good');
      expect(() => opened(1)).toThrow('crypto/not-authentic');
    }
    expect(() => openTogether(key, [good])(1)).toThrow('crypto/not-authentic');
  });
});
