/**
 * Makes of a blob what lies in a pack: compressed where that helps, sealed, then opened and hashed again, since no program is without faults
 * (a zstd library once damaged repositories of restic, format notes, section 17). Works on any thread.
 */
import { createHash } from 'node:crypto';
import { HoldfastError } from '../../../shared/errors.ts';
import { release } from '../crypto/release.ts';
import {
  openBriefly,
  openPieces,
  sealInto,
  SEAL_OVERHEAD_BYTES,
  type CipherKey,
} from '../crypto/sealed.ts';
import { compressBriefly, decompressBriefly } from '../format/compression.ts';
import { sha256, type IdBytes } from '../format/id.ts';
import type { BlobType } from '../format/pack-file.ts';

/** Larger data blobs are tried by a sample before they are compressed. */
const SAMPLED_FROM_BYTES = 128 * 1024;
const SAMPLES = 8;
const SAMPLE_BYTES = 4096;
/** Less gain than this in the sample: photographs, films, archives. */
const WORTHWHILE = 0.97;

export interface SealerOptions {
  readonly masterKey: CipherKey;
  readonly version: 1 | 2;
}

export interface SealedBlob {
  /** Bytes written. */
  readonly length: number;
  /** 0 for a blob that is stored as it is. */
  readonly uncompressedLength: number;
}

/** The most that `sealBlob` may write for a blob of this length. */
export function maxSealedBytes(plainBytes: number): number {
  // zstd's own bound for what does not compress.
  return plainBytes + (plainBytes >>> 8) + 64 + SEAL_OVERHEAD_BYTES;
}

/**
 * Writes the sealed blob into `target` at `at`.
 * @param id the SHA-256 of `plain`
 * @throws HoldfastError `internal/unexpected` when what was made does not read back
 */
export function sealBlob(
  { masterKey, version }: SealerOptions,
  type: BlobType,
  id: IdBytes,
  plain: Uint8Array,
  target: Buffer,
  at: number,
): SealedBlob {
  const compressed = version === 1 ? null : compressedIfUseful(type, plain);
  const length = sealInto(masterKey, compressed ?? plain, target, at);
  const uncompressedLength = compressed === null ? 0 : plain.length;
  prove(masterKey, target.subarray(at, at + length), id, plain.length, compressed !== null);
  return { length, uncompressedLength };
}

/** null when the blob is to be stored as it is. Trees are always compressed: restic's prune would rewrite them (section 4). */
function compressedIfUseful(type: BlobType, plain: Uint8Array): Buffer | null {
  if (type === 'tree') return compressBriefly(plain);
  if (plain.length >= SAMPLED_FROM_BYTES && !looksCompressible(plain)) return null;
  const compressed = compressBriefly(plain);
  return compressed.length < plain.length ? compressed : null;
}

function looksCompressible(plain: Uint8Array): boolean {
  const sample = Buffer.allocUnsafe(SAMPLES * SAMPLE_BYTES);
  const step = Math.floor((plain.length - SAMPLE_BYTES) / (SAMPLES - 1));
  for (let turn = 0; turn < SAMPLES; turn += 1) {
    sample.set(plain.subarray(turn * step, turn * step + SAMPLE_BYTES), turn * SAMPLE_BYTES);
  }
  return compressBriefly(sample).length < sample.length * WORTHWHILE;
}

function prove(
  masterKey: CipherKey,
  sealed: Buffer,
  id: IdBytes,
  plainBytes: number,
  isCompressed: boolean,
): void {
  try {
    if (isCompressed) {
      const opened = openBriefly(masterKey, sealed);
      const plain = decompressBriefly(opened, plainBytes);
      release(opened);
      if (plain.length === plainBytes && sha256(plain).equals(id)) return;
    } else {
      const digest = createHash('sha256');
      for (const piece of openPieces(masterKey, sealed)) {
        digest.update(piece);
        release(piece);
      }
      if (digest.digest().equals(id)) return;
    }
  } catch (error) {
    throw notAsItWas(error);
  }
  throw notAsItWas();
}

function notAsItWas(cause?: unknown): HoldfastError {
  return new HoldfastError('internal/unexpected', {
    context: { reason: 'a new blob does not read back' },
    ...(cause === undefined ? {} : { cause }),
  });
}
