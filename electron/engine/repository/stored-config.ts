/** The one file with a fixed name. Its presence makes a folder a repository; its hash is the non-secret fingerprint. */
import { HoldfastError } from '../../../shared/errors.ts';
import type { Backend } from '../backend/backend.ts';
import { sha256Hex } from '../format/id.ts';

export const CONFIG_FILE = { kind: 'config', name: '' } as const;

const FINGERPRINT_DIGITS = 8;

/** First 8 digits of the SHA-256 of the stored bytes. */
export function fingerprintOf(storedConfig: Uint8Array): string {
  return sha256Hex(storedConfig).slice(0, FINGERPRINT_DIGITS);
}

/** The stored bytes, or null where there is no repository. */
export async function readConfig(backend: Backend, signal?: AbortSignal): Promise<Buffer | null> {
  try {
    return await backend.read(CONFIG_FILE, undefined, signal);
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'backend/not-found') return null;
    throw error;
  }
}
