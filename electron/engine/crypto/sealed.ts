/**
 * Authenticated encryption of everything in a repository (restic format notes, section 3): `IV || AES-256-CTR || tag`.
 * Nothing is decrypted before its tag has been verified.
 */
import { randomBytes, randomFillSync, timingSafeEqual } from 'node:crypto';
import { HoldfastError } from '../../../shared/errors.ts';
import { aesCtr, aesCtrBriefly, aesCtrPieces, aesCtrTogether, TOGETHER_BYTES } from './aes-ctr.ts';
import { release } from './release.ts';
import { clampR, masks, poly1305, poly1305Aes, TAG_BYTES, type MacKey } from './poly1305-aes.ts';

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

/** So much of sealed bytes can be opened together. */
export const OPENED_TOGETHER_BYTES = TOGETHER_BYTES;

/** Of several small ones the plaintext at `index`, good until anything else is sealed or opened on this thread. Throws as `open` does. */
export type OpenedTogether = (index: number) => Buffer;

/**
 * Several small ones that are looked at one after the other, from first to last: for all of them the ciphers are asked once. `sealed` has no more than
 * `OPENED_TOGETHER_BYTES`.
 */
export function openTogether(key: CipherKey, sealed: readonly Uint8Array[]): OpenedTogether {
  const inputs = sealed.map((bytes) => ({
    iv: bytes.subarray(0, IV_BYTES),
    bytes: bytes.subarray(IV_BYTES, Math.max(IV_BYTES, bytes.length - TAG_BYTES)),
  }));
  const isWhole = sealed.every(({ length }) => length >= SEAL_OVERHEAD_BYTES);
  const plain = isWhole ? aesCtrTogether(key.encrypt, inputs) : null;
  if (plain === null) return (index) => openBriefly(key, sealed[index] ?? Buffer.alloc(0));
  const own = masks(key.mac, Buffer.concat(inputs.map(({ iv }) => iv)));
  return (index) => {
    const bytes = sealed[index] ?? Buffer.alloc(0);
    requireAuthentic(key, bytes, own.subarray(index * IV_BYTES, (index + 1) * IV_BYTES));
    return plain(index);
  };
}

function authentic(key: CipherKey, sealed: Uint8Array) {
  if (sealed.length < SEAL_OVERHEAD_BYTES) throw new HoldfastError('crypto/not-authentic');
  return requireAuthentic(key, sealed, masks(key.mac, sealed.subarray(0, IV_BYTES)));
}

/** `mask` is of its IV. */
function requireAuthentic(key: CipherKey, sealed: Uint8Array, mask: Uint8Array) {
  const iv = sealed.subarray(0, IV_BYTES);
  const ciphertext = sealed.subarray(IV_BYTES, sealed.length - TAG_BYTES);
  const tag = sealed.subarray(sealed.length - TAG_BYTES);
  const isZero = iv.every((byte) => byte === 0);
  if (isZero || !timingSafeEqual(tag, poly1305(key.mac, mask, ciphertext))) {
    throw new HoldfastError('crypto/not-authentic');
  }
  return { iv, ciphertext };
}
