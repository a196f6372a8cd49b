/**
 * Authenticated encryption of everything in a repository (restic format notes, section 3): `IV || AES-256-CTR || tag`.
 * Nothing is decrypted before its tag has been verified.
 */
import { randomBytes, randomFillSync, timingSafeEqual } from 'node:crypto';
import { HoldfastError } from '../../../shared/errors.ts';
import { aesCtr, aesCtrBriefly, aesCtrPieces } from './aes-ctr.ts';
import { release } from './release.ts';
import { clampR, poly1305Aes, TAG_BYTES, type MacKey } from './poly1305-aes.ts';

/** The master key, and the key derived from a secret, have this same form. */
export interface CipherKey {
  /** 32 bytes, AES-256. */
  readonly encrypt: Uint8Array;
  readonly mac: MacKey;
}

const IV_BYTES = 16;
export const SEAL_OVERHEAD_BYTES = IV_BYTES + TAG_BYTES;
const DERIVED_BYTES = 64;

export function newCipherKey(): CipherKey {
  return cipherKeyFromBytes(randomBytes(DERIVED_BYTES));
}

/** 64 bytes: AES key, k, r (restic format notes, section 2). */
export function cipherKeyFromBytes(derived: Uint8Array): CipherKey {
  if (derived.length !== DERIVED_BYTES) throw new HoldfastError('format/invalid');
  return {
    encrypt: Buffer.from(derived.subarray(0, 32)),
    mac: { k: Buffer.from(derived.subarray(32, 48)), r: clampR(derived.subarray(48, 64)) },
  };
}

/** 32 bytes longer than `plaintext`, under a fresh random IV. */
export function seal(key: CipherKey, plaintext: Uint8Array): Buffer {
  return sealWithIv(key, plaintext, freshIv());
}

/** The same written into `target` at `at`; how many bytes it took. */
export function sealInto(
  key: CipherKey,
  plaintext: Uint8Array,
  target: Buffer,
  at: number,
): number {
  const iv = freshIv();
  target.set(iv, at);
  let end = at + IV_BYTES;
  for (const piece of aesCtrPieces(key.encrypt, iv, plaintext)) {
    target.set(piece, end);
    end += piece.length;
    release(piece);
  }
  target.set(poly1305Aes(key.mac, iv, target.subarray(at + IV_BYTES, end)), end);
  return end + TAG_BYTES - at;
}

/** From the system's generator, for many at a time: asking costs more than what comes of it. Each is used once and wiped here. */
const ivs = Buffer.alloc(IV_BYTES * 256);
let ivsUsed = ivs.length;

function freshIv(): Buffer {
  if (ivsUsed === ivs.length) {
    randomFillSync(ivs);
    ivsUsed = 0;
  }
  const iv = Buffer.from(ivs.subarray(ivsUsed, ivsUsed + IV_BYTES));
  ivs.fill(0, ivsUsed, ivsUsed + IV_BYTES);
  ivsUsed += IV_BYTES;
  return iv;
}

/** For test vectors only: an IV must never be used twice. */
export function sealWithIv(key: CipherKey, plaintext: Uint8Array, iv: Uint8Array): Buffer {
  const ciphertext = aesCtr(key.encrypt, iv, plaintext);
  return Buffer.concat([iv, ciphertext, poly1305Aes(key.mac, iv, ciphertext)]);
}

/** The plaintext. Throws `crypto/not-authentic` when a bit is not as it was sealed, or the key is another one. */
export function open(key: CipherKey, sealed: Uint8Array): Buffer {
  const { iv, ciphertext } = authentic(key, sealed);
  return aesCtr(key.encrypt, iv, ciphertext);
}

/** The same, good until anything else is sealed or opened on this thread. */
export function openBriefly(key: CipherKey, sealed: Uint8Array): Buffer {
  const { iv, ciphertext } = authentic(key, sealed);
  return aesCtrBriefly(key.encrypt, iv, ciphertext);
}

/** The same written to the beginning of `target`; how many bytes that were. */
export function openInto(key: CipherKey, sealed: Uint8Array, target: Buffer): number {
  let end = 0;
  for (const piece of openPieces(key, sealed)) {
    target.set(piece, end);
    end += piece.length;
    release(piece);
  }
  return end;
}

/** The same a piece at a time, for those who do not need it whole. Authentic as a whole before the first piece comes. */
export function openPieces(key: CipherKey, sealed: Uint8Array): Iterable<Uint8Array> {
  const { iv, ciphertext } = authentic(key, sealed);
  return aesCtrPieces(key.encrypt, iv, ciphertext);
}

function authentic(key: CipherKey, sealed: Uint8Array) {
  if (sealed.length < SEAL_OVERHEAD_BYTES) throw new HoldfastError('crypto/not-authentic');
  const iv = sealed.subarray(0, IV_BYTES);
  const ciphertext = sealed.subarray(IV_BYTES, sealed.length - TAG_BYTES);
  const tag = sealed.subarray(sealed.length - TAG_BYTES);
  const isZero = iv.every((byte) => byte === 0);
  if (isZero || !timingSafeEqual(tag, poly1305Aes(key.mac, iv, ciphertext))) {
    throw new HoldfastError('crypto/not-authentic');
  }
  return { iv, ciphertext };
}
