/** Names of blobs and files: the SHA-256 of their bytes (restic format notes, section 1). */
import { hash } from 'node:crypto';

/** 64 lower-case hexadecimal digits. */
export type Id = string;

export function isId(text: unknown): text is Id {
  return typeof text === 'string' && /^[0-9a-f]{64}$/u.test(text);
}

export function sha256Hex(bytes: Uint8Array): Id {
  return hash('sha256', bytes, 'hex');
}

/** The 32 bytes of an `Id`. */
export type IdBytes = Buffer;

export function sha256(bytes: Uint8Array): IdBytes {
  return hash('sha256', bytes, 'buffer');
}
