/**
 * Polynomials over GF(2), bit i being the coefficient of x^i, and the tables that a rolling fingerprint modulo one of them needs
 * (restic format notes, section 10).
 */
import { randomBytes } from 'node:crypto';

export const POLYNOMIAL_DEGREE = 53;
const WINDOW_BYTES = 64;

/** -1 for zero. */
export function degree(polynomial: bigint): number {
  return polynomial === 0n ? -1 : polynomial.toString(2).length - 1;
}

function modulo(value: bigint, polynomial: bigint): bigint {
  const width = degree(polynomial);
  let rest = value;
  for (let top = degree(rest); top >= width; top = degree(rest))
    rest ^= polynomial << BigInt(top - width);
  return rest;
}

function multiplyModulo(a: bigint, b: bigint, polynomial: bigint): bigint {
  let product = 0n;
  for (let factor = a, bits = b; bits !== 0n; bits >>= 1n, factor <<= 1n) {
    if ((bits & 1n) === 1n) product ^= factor;
  }
  return modulo(product, polynomial);
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b];
  while (y !== 0n) [x, y] = [y, modulo(x, y)];
  return x;
}

/** Ben-Or's test: no factor of degree up to half of its own. */
export function isIrreducible(polynomial: bigint): boolean {
  const width = degree(polynomial);
  if (width < 1) return false;
  let power = modulo(2n, polynomial);
  for (let step = 1; step <= Math.floor(width / 2); step += 1) {
    power = multiplyModulo(power, power, polynomial);
    if (greatestCommonDivisor(polynomial, power ^ 2n) !== 1n) return false;
  }
  return true;
}

/** A random irreducible polynomial of degree 53. It is a secret of the repository: chunk sizes must not tell contents. */
export function generatePolynomial(): bigint {
  for (;;) {
    const random = randomBytes(8).readBigUInt64LE();
    const candidate = (random & ((1n << 54n) - 1n)) | (1n << 53n) | 1n;
    if (isIrreducible(candidate)) return candidate;
  }
}

export interface RollingTables {
  /** What the byte that leaves the window contributes. */
  readonly out: readonly bigint[];
  /** What reduces the digest after a shift by eight bits; the bits above the degree included, so that they cancel. */
  readonly mod: readonly bigint[];
}

export function rollingTables(polynomial: bigint): RollingTables {
  const width = BigInt(degree(polynomial));
  const shift = BigInt(8 * (WINDOW_BYTES - 1));
  return {
    out: bytesTable((byte) => modulo(byte << shift, polynomial)),
    mod: bytesTable((byte) => modulo(byte << width, polynomial) | (byte << width)),
  };
}

/** `of` is linear: the value of a byte is the sum of those of its bits. */
function bytesTable(of: (byte: bigint) => bigint): bigint[] {
  const bits = Array.from({ length: 8 }, (_, bit) => of(1n << BigInt(bit)));
  return Array.from({ length: 256 }, (_, byte) =>
    bits.reduce((sum, value, bit) => ((byte >> bit) & 1 ? sum ^ value : sum), 0n),
  );
}
