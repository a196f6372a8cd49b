/**
 * A key file: one way to the master key, and the only file that is not encrypted (restic format notes, section 2). It holds the
 * parameters of scrypt and the master key sealed under the derived key.
 */
import type { CipherKey } from '../crypto/sealed.ts';
import { clampR } from '../crypto/poly1305-aes.ts';
import { SALT_BYTES, type ScryptParams } from '../crypto/kdf.ts';
import {
  bytesOf,
  goObject,
  goString,
  invalid,
  naturalOf,
  objectOf,
  optionalString,
  parseObject,
} from './go-json.ts';
import { formatGoTime, parseGoTime, type GoTime } from './go-time.ts';

export interface KeyFile extends ScryptParams {
  readonly created: GoTime;
  readonly username: string;
  readonly hostname: string;
  /** 64 bytes. */
  readonly salt: Uint8Array;
  /** The sealed master key. */
  readonly data: Uint8Array;
}

const base64 = (bytes: Uint8Array): string => goString(Buffer.from(bytes).toString('base64'));

export function encodeKeyFile(key: KeyFile): Buffer {
  return Buffer.from(
    goObject([
      ['created', goString(formatGoTime(key.created))],
      ['username', goString(key.username)],
      ['hostname', goString(key.hostname)],
      ['kdf', goString('scrypt')],
      ['N', String(key.N)],
      ['r', String(key.r)],
      ['p', String(key.p)],
      ['salt', base64(key.salt)],
      ['data', base64(key.data)],
    ]),
  );
}

/** Throws `format/invalid`, also for another key derivation than scrypt. Its cost is judged by `deriveKey`. */
export function decodeKeyFile(json: Uint8Array): KeyFile {
  const key = parseObject(json, 'key file');
  if (key['kdf'] !== 'scrypt') throw invalid('key derivation');
  return {
    created: parseGoTime(key['created']),
    username: optionalString(key['username'], 'user name of the key'),
    hostname: optionalString(key['hostname'], 'host name of the key'),
    N: naturalOf(key['N'], 'scrypt N'),
    r: naturalOf(key['r'], 'scrypt r'),
    p: naturalOf(key['p'], 'scrypt p'),
    salt: bytesOf(key['salt'], 'salt', SALT_BYTES),
    data: bytesOf(key['data'], 'sealed master key'),
  };
}

/** The plaintext of `KeyFile.data`. */
export function encodeMasterKey(key: CipherKey): Buffer {
  const mac = goObject([
    ['k', base64(key.mac.k)],
    ['r', base64(key.mac.r)],
  ]);
  return Buffer.from(
    goObject([
      ['mac', mac],
      ['encrypt', base64(key.encrypt)],
    ]),
  );
}

/** Throws `format/invalid`, also for a key whose parts are all zero. */
export function decodeMasterKey(json: Uint8Array): CipherKey {
  const key = parseObject(json, 'master key');
  const mac = objectOf(key['mac'], 'master key');
  const encrypt = bytesOf(key['encrypt'], 'master key', 32);
  const k = bytesOf(mac['k'], 'master key', 16);
  const r = bytesOf(mac['r'], 'master key', 16);
  const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);
  if (isZero(encrypt) || isZero(k) || isZero(r)) throw invalid('master key');
  return { encrypt, mac: { k, r: clampR(r) } };
}
