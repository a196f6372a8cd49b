/**
 * The stored form of index, snapshot and lock files (restic format notes, section 4): sealed JSON, in version 2 behind a byte 02 and
 * compressed. Plain JSON is read in both versions.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import { release } from '../crypto/release.ts';
import { open, seal, type CipherKey } from '../crypto/sealed.ts';
import { compressBlob, decompress } from './compression.ts';

const COMPRESSED = 2;
const OPENING_BRACE = 0x7b;
const OPENING_BRACKET = 0x5b;

export async function encodeUnpacked(
  key: CipherKey,
  json: Uint8Array,
  version: 1 | 2,
): Promise<Buffer> {
  if (version === 1) return seal(key, json);
  const compressed = await compressBlob(json);
  const plain = Buffer.concat([Buffer.of(COMPRESSED), compressed]);
  release(compressed);
  const sealed = seal(key, plain);
  release(plain);
  return sealed;
}

/** The JSON, at most `limitBytes` of it. Throws `crypto/not-authentic`, `format/invalid` or `format/too-large`. */
export function decodeUnpacked(key: CipherKey, stored: Uint8Array, limitBytes: number): Buffer {
  const plain = open(key, stored);
  const first = plain[0];
  if (first === OPENING_BRACE || first === OPENING_BRACKET) {
    if (plain.length > limitBytes) throw new HoldfastError('format/too-large');
    return plain;
  }
  if (first !== COMPRESSED) throw new HoldfastError('format/invalid');
  const json = decompress(plain.subarray(1), limitBytes);
  release(plain);
  return json;
}
