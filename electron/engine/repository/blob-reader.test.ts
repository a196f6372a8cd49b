import { zstdCompressSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { newCipherKey, seal } from '../crypto/sealed.ts';
import { sha256Hex } from '../format/id.ts';
import { openBlobNow } from './blob-reader.ts';

const plain = Buffer.alloc(1 << 20, 'blob');
const key = newCipherKey();
const sealed = seal(key, zstdCompressSync(plain));

it('opens a blob of the size that the index tells', () => {
  expect(openBlobNow(key, sealed, 'data', sha256Hex(plain), plain.length)).toEqual(plain);
});

it.each([plain.length - 1, plain.length + 1, 2 ** 32 - 1])(
  'refuses one for which the index tells %d bytes',
  (bytes) => {
    expect(() => openBlobNow(key, sealed, 'data', sha256Hex(plain), bytes)).toThrow(
      /^(?:repo\/damaged|format\/too-large)$/u,
    );
  },
);

it('does not begin with one whose size is impossible', () => {
  expect(() => openBlobNow(key, Buffer.alloc(0), 'data', sha256Hex(plain), 2 ** 32 - 1)).toThrow(
    'repo/damaged',
  );
});
