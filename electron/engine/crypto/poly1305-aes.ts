/**
 * Poly1305-AES as restic uses it (restic format notes, section 3): s = AES-128(k, IV), tag = Poly1305(r, s, message).
 * The tag covers the message only; the IV enters through s.
 */
import { createCipheriv } from 'node:crypto';
import { poly1305 } from '@noble/ciphers/_poly1305.js';

export const TAG_BYTES = 16;

/** Bytes of r after which only 106 bits are free, as Poly1305 demands. */
const CLAMP_MASK = Buffer.from('ffffff0ffcffff0ffcffff0ffcffff0f', 'hex');

/** A clamped copy of `r` (16 bytes). Clamping twice changes nothing. */
export function clampR(r: Uint8Array): Buffer {
  return Buffer.from(r.map((byte, index) => byte & (CLAMP_MASK[index] ?? 0)));
}

/** The 16-byte tag of `message` under `k`, `r` (16 bytes each) and the 16-byte `iv`. */
export function poly1305Aes(
  mac: { readonly k: Uint8Array; readonly r: Uint8Array },
  iv: Uint8Array,
  message: Uint8Array,
): Buffer {
  const cipher = createCipheriv('aes-128-ecb', mac.k, null).setAutoPadding(false);
  const oneTimeKey = Buffer.concat([clampR(mac.r), cipher.update(iv)]);
  return Buffer.from(poly1305(message, oneTimeKey));
}
