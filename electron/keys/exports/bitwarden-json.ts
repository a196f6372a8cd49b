/**
 * Bitwarden's JSON exports: plain, and encrypted under a password of the export's own (not bound to an account), as published in
 * bitwarden.com/help/encrypted-export and bitwarden-security-white-paper.
 */
import { createCipheriv, createHmac, pbkdf2, randomBytes, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import type { ManagerEntry } from './manager-entry.ts';

const ITERATIONS = 600_000;
const KDF_PBKDF2_SHA256 = 0;
const TYPE_LOGIN = 1;

function item(entry: ManagerEntry): Record<string, unknown> {
  const now = new Date().toISOString();
  return {
    passwordHistory: null,
    revisionDate: now,
    creationDate: now,
    deletedDate: null,
    id: randomUUID(),
    organizationId: null,
    folderId: null,
    type: TYPE_LOGIN,
    reprompt: 0,
    name: entry.title,
    notes: entry.notes,
    favorite: false,
    fields: [],
    login: {
      fido2Credentials: [],
      uris: [{ match: null, uri: entry.url }],
      username: entry.userName,
      password: entry.secret,
      totp: null,
    },
    collectionIds: null,
  };
}

export function toBitwardenJson(entry: ManagerEntry): string {
  return JSON.stringify({ encrypted: false, folders: [], items: [item(entry)] }, null, 2);
}

/** What `bw create item` reads from its standard input: the item as JSON in base64. */
export function toBitwardenItem(entry: ManagerEntry): string {
  return Buffer.from(JSON.stringify(item(entry))).toString('base64');
}

/** Imported in Bitwarden as "Bitwarden (json)" with `filePassword`. Takes a good part of a second. */
export async function toEncryptedBitwardenJson(
  entry: ManagerEntry,
  filePassword: string,
): Promise<string> {
  // The text of the salt, not its bytes, goes into the derivation.
  const salt = randomBytes(16).toString('base64');
  const master = await promisify(pbkdf2)(filePassword, salt, ITERATIONS, 32, 'sha256');
  const encryptionKey = expand(master, 'enc');
  const macKey = expand(master, 'mac');
  try {
    return JSON.stringify(
      {
        encrypted: true,
        passwordProtected: true,
        salt,
        kdfType: KDF_PBKDF2_SHA256,
        kdfIterations: ITERATIONS,
        encKeyValidation_DO_NOT_EDIT: encrypt(randomUUID(), encryptionKey, macKey),
        data: encrypt(toBitwardenJson(entry), encryptionKey, macKey),
      },
      null,
      2,
    );
  } finally {
    for (const key of [master, encryptionKey, macKey]) key.fill(0);
  }
}

/** HKDF-Expand alone (RFC 5869, section 2.3) for one block of output. */
function expand(master: Buffer, info: string): Buffer {
  return createHmac('sha256', master).update(info).update(Uint8Array.of(1)).digest();
}

/** "2.iv|ciphertext|mac": AES-256-CBC, then HMAC-SHA256 over IV and ciphertext. */
function encrypt(text: string, encryptionKey: Buffer, macKey: Buffer): string {
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-256-cbc', encryptionKey, iv);
  const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  const mac = createHmac('sha256', macKey).update(iv).update(ciphertext).digest();
  return `2.${[iv, ciphertext, mac].map((part) => part.toString('base64')).join('|')}`;
}
