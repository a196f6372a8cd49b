/** The `config` file: what a repository is (restic format notes, section 4). Sealed, never compressed. */
import { HoldfastError } from '../../../shared/errors.ts';
import { degree, isIrreducible, POLYNOMIAL_DEGREE } from '../chunker/polynomial.ts';
import { goObject, goString, invalid, parseObject, stringOf } from './go-json.ts';
import { isId, type Id } from './id.ts';

export interface Config {
  readonly version: 1 | 2;
  readonly id: Id;
  /** Irreducible; its bits are the coefficients. */
  readonly chunkerPolynomial: bigint;
}

const MIN_DEGREE = 9;

export function encodeConfig(config: Config): Buffer {
  return Buffer.from(
    goObject([
      ['version', String(config.version)],
      ['id', goString(config.id)],
      ['chunker_polynomial', goString(config.chunkerPolynomial.toString(16))],
    ]),
  );
}

/** Throws `repo/unsupported-version` for versions that are not known, `format/invalid` otherwise. */
export function decodeConfig(json: Uint8Array): Config {
  const config = parseObject(json, 'config');
  const { version, id } = config;
  if (version !== 1 && version !== 2) {
    if (typeof version !== 'number') throw invalid('config version');
    throw new HoldfastError('repo/unsupported-version', { context: { version } });
  }
  const digits = stringOf(config['chunker_polynomial'], 'chunker polynomial');
  if (!isId(id) || !/^[0-9a-f]{1,16}$/u.test(digits)) throw invalid('config');
  const chunkerPolynomial = BigInt(`0x${digits}`);
  const width = degree(chunkerPolynomial);
  if (width < MIN_DEGREE || width > POLYNOMIAL_DEGREE || !isIrreducible(chunkerPolynomial)) {
    throw invalid('chunker polynomial');
  }
  return { version, id, chunkerPolynomial };
}
