/**
 * From a secret to the 64 bytes that open a key slot (restic format notes, section 2). Parameters are checked before any work is done,
 * so that a forged key file can neither exhaust the memory nor keep the machine busy for ever.
 */
import { scrypt } from 'node:crypto';
import { HoldfastError } from '../../../shared/errors.ts';

export interface ScryptParams {
  /** Work factor, a power of two. */
  readonly N: number;
  /** Block size; memory is 128 * N * r bytes. */
  readonly r: number;
  /** Passes one after the other. */
  readonly p: number;
}

const DERIVED_BYTES = 64;
export const SALT_BYTES = 64;
const MAX_MEMORY_BYTES = 1024 * 1024 * 1024;
/** In units of one pass at the memory limit; restic itself rarely goes above a hundredth of it. */
const MAX_WORK_BYTES = 64 * MAX_MEMORY_BYTES;
const INT32_MAX = 2 ** 31 - 1;

/**
 * 64 bytes. Throws `format/invalid` for parameters that restic refuses too, and `repo/too-expensive-key` for those that need more than
 * 1 GiB of memory or an absurd amount of time.
 */
export async function deriveKey(
  secret: Uint8Array,
  salt: Uint8Array,
  params: ScryptParams,
): Promise<Uint8Array> {
  refuseBadParameters(params);
  if (salt.length !== SALT_BYTES) throw new HoldfastError('format/invalid');
  return new Promise((resolve, reject) => {
    // Node counts a little more than the 128 * N * r of the algorithm.
    const options = { ...params, maxmem: MAX_MEMORY_BYTES + 64 * 1024 * 1024 };
    scrypt(secret, salt, DERIVED_BYTES, options, (error, derived) => {
      if (error) reject(new HoldfastError('repo/too-expensive-key', { cause: error }));
      else resolve(derived);
    });
  });
}

function refuseBadParameters({ N, r, p }: ScryptParams): void {
  const areNatural = [N, r, p].every((value) => Number.isSafeInteger(value) && value >= 1);
  const isPowerOfTwo = areNatural && N > 1 && Number.isInteger(Math.log2(N));
  if (!isPowerOfTwo || r * p >= 2 ** 30 || r > INT32_MAX / 256) {
    throw new HoldfastError('format/invalid', { context: { what: 'scrypt parameters' } });
  }
  const memoryBytes = 128 * N * r;
  if (memoryBytes > MAX_MEMORY_BYTES || memoryBytes * p > MAX_WORK_BYTES) {
    throw new HoldfastError('repo/too-expensive-key', { context: { N, r, p } });
  }
}
