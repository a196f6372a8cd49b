/**
 * Poly1305-AES as restic uses it (restic format notes, section 3): s = AES-128(k, IV), tag = Poly1305(r, s, message).
 * The tag covers the message only; the IV enters through s. Poly1305 itself is libsodium's.
 */
import { createCipheriv, type Cipheriv } from 'node:crypto';
import sodium from 'sodium-native';

export const TAG_BYTES = 16;

export interface MacKey {
  /** 16 bytes each; `r` is clamped. */
  readonly k: Uint8Array;
  readonly r: Uint8Array;
}

/** Bytes of r after which only 106 bits are free, as Poly1305 demands. */
const CLAMP_MASK = Buffer.from('ffffff0ffcffff0ffcffff0ffcffff0f', 'hex');

/** A clamped copy of `r` (16 bytes). Clamping twice changes nothing. */
export function clampR(r: Uint8Array): Buffer {
  return Buffer.from(r.map((byte, index) => byte & (CLAMP_MASK[index] ?? 0)));
}

/** Making a cipher costs more than a block; in this mode it has no state that blocks could share. */
const ciphers = new WeakMap<MacKey, Cipheriv>();

function cipherFor(mac: MacKey): Cipheriv {
  const known = ciphers.get(mac);
  if (known !== undefined) return known;
  const cipher = createCipheriv('aes-128-ecb', mac.k, null).setAutoPadding(false);
  ciphers.set(mac, cipher);
  return cipher;
}

/** The 16-byte tag of `message` under `mac` and the 16-byte `iv`. */
export function poly1305Aes(mac: MacKey, iv: Uint8Array, message: Uint8Array): Buffer {
  return poly1305(mac, masks(mac, iv), message);
}

/** What `poly1305` needs of IVs: 16 bytes for each 16 of them. One call of the cipher for many, which costs more than what comes of it. */
export function masks(mac: MacKey, ivs: Uint8Array): Buffer {
  return cipherFor(mac).update(ivs);
}

const oneTimeKey = Buffer.alloc(2 * TAG_BYTES);

/** The 16-byte tag of `message`; `mask` is of its IV. */
export function poly1305(mac: MacKey, mask: Uint8Array, message: Uint8Array): Buffer {
  const tag = Buffer.allocUnsafe(TAG_BYTES);
  oneTimeKey.set(mac.r);
  oneTimeKey.set(mask, TAG_BYTES);
  sodium.crypto_onetimeauth(tag, asBuffer(message), oneTimeKey);
  return tag;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
