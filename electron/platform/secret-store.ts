/**
 * What opens a repository without asking the person, kept in the system's keychain (keytar) behind three methods. Where there is no
 * keychain it is kept in memory only. A keychain that answers nothing is never taken for "there is no secret": it is probed by writing
 * and reading back.
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';

/** The part of keytar that is used. */
export interface Keychain {
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, password: string): Promise<void>;
  deletePassword(service: string, account: string): Promise<boolean>;
}

export interface StoredSecret {
  /** The key file (slot) that was opened. */
  readonly keyId: string;
  /** Its 64 derived bytes; not the master key, so that removing the slot withdraws it. */
  readonly slotKey: Uint8Array<ArrayBuffer>;
  /** The 64 digits, in key mode only, so that they can be shown and exported later. A password is never stored. */
  readonly recoveryKey: string | null;
}

const SERVICE = 'Holdfast';
const PROBE_TIMEOUT_MS = 10_000;
const storedSchema = z.object({
  keyId: z.string(),
  slotKey: z.base64(),
  recoveryKey: z.string().nullable(),
});

export class SecretStore {
  readonly #keychain: Keychain | null;
  readonly #memory = new Map<string, StoredSecret>();

  private constructor(keychain: Keychain | null) {
    this.#keychain = keychain;
  }

  /** `load` brings the keychain; by default keytar, whose native part may be missing. */
  static async open(load: () => Promise<Keychain> = loadKeytar): Promise<SecretStore> {
    const keychain = await load().catch(() => null);
    if (keychain === null || !(await works(keychain))) return new SecretStore(null);
    return new SecretStore(keychain);
  }

  get isPersistent(): boolean {
    return this.#keychain !== null;
  }

  /** null when nothing is stored, or the keychain does not answer: the person is asked then. */
  async get(repositoryId: string): Promise<StoredSecret | null> {
    const remembered = this.#memory.get(repositoryId);
    if (remembered !== undefined) return remembered;
    const text = await this.#keychain?.getPassword(SERVICE, repositoryId).catch(() => null);
    const parsed = storedSchema.safeParse(parseJson(text ?? ''));
    if (!parsed.success) return null;
    const { keyId, slotKey, recoveryKey } = parsed.data;
    const secret = { keyId, slotKey: new Uint8Array(Buffer.from(slotKey, 'base64')), recoveryKey };
    this.#memory.set(repositoryId, secret);
    return secret;
  }

  /** Kept for this run in any case; true when the keychain took it, too. */
  async set(repositoryId: string, secret: StoredSecret): Promise<boolean> {
    this.#memory.set(repositoryId, secret);
    if (this.#keychain === null) return false;
    const text = JSON.stringify({
      keyId: secret.keyId,
      slotKey: Buffer.from(secret.slotKey).toString('base64'),
      recoveryKey: secret.recoveryKey,
    });
    try {
      await this.#keychain.setPassword(SERVICE, repositoryId, text);
      return (await this.#keychain.getPassword(SERVICE, repositoryId)) === text;
    } catch {
      return false;
    }
  }

  async delete(repositoryId: string): Promise<void> {
    this.#memory.delete(repositoryId);
    await this.#keychain?.deletePassword(SERVICE, repositoryId).catch(() => false);
  }
}

async function loadKeytar(): Promise<Keychain> {
  const { default: keytar } = await import('keytar');
  return keytar;
}

/** Written, read back, removed. Any refusal means: no keychain. */
async function works(keychain: Keychain): Promise<boolean> {
  const account = `probe-${randomUUID()}`;
  const probe = async (): Promise<boolean> => {
    await keychain.setPassword(SERVICE, account, account);
    const read = await keychain.getPassword(SERVICE, account);
    await keychain.deletePassword(SERVICE, account);
    return read === account;
  };
  // A keychain that asks the person for a password may wait for ever.
  const tooLate = new Promise<boolean>((resolve) => {
    setTimeout(() => resolve(false), PROBE_TIMEOUT_MS).unref();
  });
  return Promise.race([probe().catch(() => false), tooLate]);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
