/**
 * What opens a repository without asking the person, and what lets Holdfast into a storage, kept in the system's keychain (keytar). Where there
 * is no keychain it is kept in memory only. A keychain that answers nothing is never taken for "there is no secret": it is probed by writing
 * and reading back.
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { credentialsSchema, type Credentials } from '../../shared/model/destination.ts';

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
  /** The 32 bytes of the key, in key mode only, so that it can be shown and exported later. A password is never stored. */
  readonly recoveryKey: Uint8Array<ArrayBuffer> | null;
}

/** Why a keychain cannot be used. `locked`: it did not answer, or asks for its own password. */
export type KeychainProblem = 'absent' | 'locked' | 'denied';

const SERVICE = 'Holdfast';
const PROBE_TIMEOUT_MS = 10_000;
const storedSchema = z.object({
  keyId: z.string(),
  slotKey: z.base64(),
  recoveryKey: z.hex().length(64).nullable(),
});

export class SecretStore {
  /** null where it cannot be used. */
  #keychain: Promise<Keychain | null>;
  readonly #memory = new Map<string, StoredSecret>();
  readonly #credentials = new Map<string, Credentials>();
  #problem: KeychainProblem | null = null;
  #loaded: Keychain | null = null;
  #recovered: () => void = () => undefined;

  /**
   * `load` brings the keychain; by default keytar, whose native part may be missing. It is probed in the background: one that asks the person
   * for its own password may take its time, and everything here waits for it.
   */
  constructor(load: () => Promise<Keychain> = loadKeytar) {
    this.#keychain = this.#open(load);
  }

  /** null when it can be used. A write that is refused later changes this. */
  async problem(): Promise<KeychainProblem | null> {
    await this.#keychain;
    return this.#problem;
  }

  /** `listener` is told when a keychain that could not be used can be used after all: what it holds is known from then on. */
  onRecovered(listener: () => void): void {
    this.#recovered = listener;
  }

  /** Whether the keychain takes a secret at this moment: asked anew, by writing, reading back and removing. */
  async takesSecrets(): Promise<boolean> {
    const keychain = (await this.#keychain) ?? this.#loaded;
    if (keychain === null) return false;
    const probe = problemOf(keychain);
    const problem = await inTime(probe);
    if (problem === null) await this.#takeUp(keychain);
    else {
      this.#problem = problem;
      void this.#takeUpLater(keychain, probe);
    }
    return this.#problem === null;
  }

  async #open(load: () => Promise<Keychain>): Promise<Keychain | null> {
    const keychain = await load().catch(() => null);
    this.#loaded = keychain;
    if (keychain === null) {
      this.#problem = 'absent';
      return null;
    }
    const probe = problemOf(keychain);
    this.#problem = await inTime(probe);
    if (this.#problem === null) return keychain;
    // Somebody who types the keychain's own password may take longer than anybody waits for.
    void this.#takeUpLater(keychain, probe);
    return null;
  }

  async #takeUpLater(keychain: Keychain, probe: Promise<KeychainProblem | null>): Promise<void> {
    if ((await probe) === null) await this.#takeUp(keychain);
  }

  /** It answers. What was kept in memory only meanwhile goes into it. */
  async #takeUp(keychain: Keychain): Promise<void> {
    const wasUsable = (await this.#keychain) !== null && this.#problem === null;
    this.#keychain = Promise.resolve(keychain);
    this.#problem = null;
    if (wasUsable) return;
    for (const [repositoryId, secret] of this.#memory) await this.set(repositoryId, secret);
    for (const [account, credentials] of this.#credentials) {
      await this.keepCredentials(account, credentials);
    }
    this.#recovered();
  }

  /** null when nothing is stored, or the keychain does not answer: the person is asked then. */
  async get(repositoryId: string): Promise<StoredSecret | null> {
    const remembered = this.#memory.get(repositoryId);
    if (remembered !== undefined) return remembered;
    const text = await this.#read(repositoryId);
    const parsed = storedSchema.safeParse(parseJson(text ?? ''));
    if (!parsed.success) return null;
    const { keyId, slotKey, recoveryKey } = parsed.data;
    const secret = {
      keyId,
      slotKey: new Uint8Array(Buffer.from(slotKey, 'base64')),
      recoveryKey: recoveryKey === null ? null : new Uint8Array(Buffer.from(recoveryKey, 'hex')),
    };
    this.#memory.set(repositoryId, secret);
    return secret;
  }

  /** Kept for this run in any case; true when the keychain has just this, too. */
  async set(repositoryId: string, secret: StoredSecret): Promise<boolean> {
    if (this.#memory.get(repositoryId) !== secret) this.#forget(repositoryId);
    this.#memory.set(repositoryId, secret);
    const text = JSON.stringify({
      keyId: secret.keyId,
      slotKey: Buffer.from(secret.slotKey).toString('base64'),
      recoveryKey:
        secret.recoveryKey === null ? null : Buffer.from(secret.recoveryKey).toString('hex'),
    });
    return this.#write(repositoryId, text);
  }

  /** What lets Holdfast into a storage; null when nobody has signed in. */
  async credentials(account: string): Promise<Credentials | null> {
    const remembered = this.#credentials.get(account);
    if (remembered !== undefined) return remembered;
    const parsed = credentialsSchema.safeParse(parseJson((await this.#read(account)) ?? ''));
    if (!parsed.success) return null;
    this.#credentials.set(account, parsed.data);
    return parsed.data;
  }

  /** Kept for this run in any case; true when the keychain took it, too. */
  async keepCredentials(account: string, credentials: Credentials): Promise<boolean> {
    this.#credentials.set(account, credentials);
    return this.#write(account, JSON.stringify(credentials));
  }

  async dropCredentials(account: string): Promise<void> {
    this.#credentials.delete(account);
    try {
      await (await this.#keychain)?.deletePassword(SERVICE, account);
    } catch (error) {
      this.#problem = classify(error);
    }
  }

  /** Out of memory and keychain: the person has let the backup go on this computer. */
  async forget(repositoryId: string): Promise<void> {
    this.#forget(repositoryId);
    await this.dropStored(repositoryId);
  }

  /** Out of the keychain, and not out of memory: what it holds is of another time, and it does not take the new one. */
  async dropStored(repositoryId: string): Promise<void> {
    try {
      await (await this.#keychain)?.deletePassword(SERVICE, repositoryId);
    } catch (error) {
      this.#problem = classify(error);
    }
  }

  /** Overwrites what is in memory. The keychain keeps its own. */
  forgetAll(): void {
    for (const repositoryId of this.#memory.keys()) this.#forget(repositoryId);
    this.#credentials.clear();
  }

  #forget(repositoryId: string): void {
    const secret = this.#memory.get(repositoryId);
    secret?.slotKey.fill(0);
    secret?.recoveryKey?.fill(0);
    this.#memory.delete(repositoryId);
  }

  /** True when it is there: taken now, or refused where the very same was there before. */
  async #write(account: string, text: string): Promise<boolean> {
    const keychain = await this.#keychain;
    if (keychain === null) return false;
    let refused: KeychainProblem | null = null;
    try {
      await keychain.setPassword(SERVICE, account, text);
    } catch (error) {
      refused = classify(error);
    }
    try {
      const isStored = (await keychain.getPassword(SERVICE, account)) === text;
      this.#problem = refused ?? (isStored ? null : 'denied');
      return isStored;
    } catch (error) {
      this.#problem = classify(error);
      return false;
    }
  }

  async #read(account: string): Promise<string | null> {
    try {
      const keychain = await this.#keychain;
      return (await keychain?.getPassword(SERVICE, account)) ?? null;
    } catch (error) {
      this.#problem = classify(error);
      return null;
    }
  }
}

async function loadKeytar(): Promise<Keychain> {
  const { default: keytar } = await import('keytar');
  return keytar;
}

/** Written, read back, removed. null when all of that went well. */
async function problemOf(keychain: Keychain): Promise<KeychainProblem | null> {
  const account = `probe-${randomUUID()}`;
  const probe = async (): Promise<KeychainProblem | null> => {
    await keychain.setPassword(SERVICE, account, account);
    const read = await keychain.getPassword(SERVICE, account);
    await keychain.deletePassword(SERVICE, account);
    // A locked keyring answers a read with nothing.
    return read === account ? null : 'locked';
  };
  return probe().catch(classify);
}

/** `locked` when it does not answer: one that asks the person for its password may wait for ever. */
async function inTime(probe: Promise<KeychainProblem | null>): Promise<KeychainProblem | null> {
  const tooLate = new Promise<KeychainProblem>((resolve) => {
    setTimeout(() => resolve('locked'), PROBE_TIMEOUT_MS).unref();
  });
  return Promise.race([probe, tooLate]);
}

/** By the words of libsecret, macOS and Windows, since keytar passes nothing else on. */
function classify(error: unknown): KeychainProblem {
  const text = error instanceof Error ? error.message : String(error);
  if (
    /d-?bus|not provided by any|autolaunch|ServiceUnknown|Could not connect|does not exist/iu.test(
      text,
    )
  ) {
    return 'absent';
  }
  return /locked|interaction is not allowed|no such secret collection/iu.test(text)
    ? 'locked'
    : 'denied';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
