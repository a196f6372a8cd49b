/** A KeePass database (KDBX 4) with one entry, under a password of its own: KeePass, KeePassXC, Strongbox and others open and import it. */
import { argon2d, argon2id } from 'hash-wasm';
import kdbxweb from 'kdbxweb';
import type { ManagerEntry } from './manager-entry.ts';

const { Consts, Credentials, CryptoEngine, Int64, Kdbx, ProtectedValue, VarDictionary } = kdbxweb;

const MEMORY_BYTES = 64 * 1024 * 1024;
const ITERATIONS = 8;
const PARALLELISM = 2;

/** kdbxweb leaves Argon2 to its user. `memory` is in KiB. */
CryptoEngine.setArgon2Impl(
  async (password, salt, memory, iterations, length, parallelism, type) => {
    const argon2 = type === CryptoEngine.Argon2TypeArgon2d ? argon2d : argon2id;
    const hash = await argon2({
      password: new Uint8Array(password),
      salt: new Uint8Array(salt),
      memorySize: memory,
      iterations,
      hashLength: length,
      parallelism,
      outputType: 'binary',
    });
    return new Uint8Array(hash).buffer;
  },
);

/** The bytes of the file. Argon2 takes about a second and 64 MiB. */
export async function toKdbx(entry: ManagerEntry, filePassword: string): Promise<Buffer> {
  const database = Kdbx.create(
    new Credentials(ProtectedValue.fromString(filePassword)),
    'Holdfast',
  );
  database.setVersion(4);
  database.setKdf(Consts.KdfId.Argon2id);
  const { kdfParameters } = database.header;
  if (kdfParameters === undefined) throw new TypeError('a KDBX 4 header has KDF parameters');
  const { ValueType } = VarDictionary;
  kdfParameters.set('M', ValueType.UInt64, Int64.from(MEMORY_BYTES));
  kdfParameters.set('I', ValueType.UInt64, Int64.from(ITERATIONS));
  kdfParameters.set('P', ValueType.UInt32, PARALLELISM);
  const { fields } = database.createEntry(database.getDefaultGroup());
  fields.set('Title', entry.title);
  fields.set('UserName', entry.userName);
  fields.set('Password', ProtectedValue.fromString(entry.secret));
  fields.set('URL', entry.url);
  fields.set('Notes', entry.notes);
  return Buffer.from(await database.save());
}
