/** Poly1305-AES straight from its definition, on whole numbers. Slow; the judge of the fast one. */
import { createCipheriv } from 'node:crypto';

const PRIME = (1n << 130n) - 5n;
const CLAMP = 0x0ffffffc0ffffffc0ffffffc0fffffffn;

const littleEndian = (bytes: Uint8Array): bigint =>
  bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);

export function slowPoly1305(
  mac: { readonly k: Uint8Array; readonly r: Uint8Array },
  iv: Uint8Array,
  message: Uint8Array,
): Buffer {
  const r = littleEndian(mac.r) & CLAMP;
  let sum = 0n;
  for (let at = 0; at < message.length; at += 16) {
    const block = message.subarray(at, at + 16);
    sum = ((sum + littleEndian(block) + (1n << BigInt(8 * block.length))) * r) % PRIME;
  }
  const cipher = createCipheriv('aes-128-ecb', mac.k, null).setAutoPadding(false);
  const tag = (sum + littleEndian(cipher.update(iv))) & ((1n << 128n) - 1n);
  return Buffer.from(Buffer.from(tag.toString(16).padStart(32, '0'), 'hex').toReversed());
}
