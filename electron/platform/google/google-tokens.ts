/**
 * Where a Google sign-in is kept: in the system's keychain, or, where there is none and only if asked for by name, in a file that nobody
 * else may read.
 */
import { randomUUID } from 'node:crypto';
import { chmod, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { z } from 'zod';
import { HoldfastError } from '../../../shared/errors.ts';
import type { Keychain } from '../secret-store.ts';

const tokensSchema = z.object({
  clientId: z.string().min(1),
  clientSecret: z.string(),
  refreshToken: z.string().min(1),
  accountId: z.string(),
  accountName: z.string(),
});
export type GoogleTokens = z.infer<typeof tokensSchema>;

export interface TokenPlace {
  /** Rejects where nothing can be kept: best known before somebody signs in for nothing. */
  probe(): Promise<void>;
  /** null when nobody is signed in. */
  read(): Promise<GoogleTokens | null>;
  write(tokens: GoogleTokens): Promise<void>;
}

const SERVICE = 'Holdfast';
const ACCOUNT = 'google-drive';
const OTHERS_MODE = 0o077;

/** @throws HoldfastError `sign-in/no-keychain` where there is none, or it refuses */
export function tokensInKeychain(load: () => Promise<Keychain> = loadKeytar): TokenPlace {
  return {
    probe: async () => {
      const keychain = await opened(load);
      const account = `probe-${randomUUID()}`;
      await keychain.setPassword(SERVICE, account, account).catch(denied);
      const isKept = (await keychain.getPassword(SERVICE, account).catch(denied)) === account;
      await keychain.deletePassword(SERVICE, account).catch(denied);
      // A locked one answers a read with nothing.
      if (!isKept) denied(null);
    },
    read: async () => {
      const text = await (await opened(load)).getPassword(SERVICE, ACCOUNT).catch(denied);
      return parseTokens(text ?? '');
    },
    write: async (tokens) => {
      const keychain = await opened(load);
      const text = JSON.stringify(tokens);
      await keychain.setPassword(SERVICE, ACCOUNT, text).catch(denied);
      if ((await keychain.getPassword(SERVICE, ACCOUNT).catch(denied)) !== text) denied(null);
    },
  };
}

/** @throws HoldfastError `sign-in/token-file-open` for a file that others may read */
export function tokensInFile(path: string): TokenPlace {
  return {
    probe: async () => {
      const temporary = `${path}.new`;
      await rm(temporary, { force: true });
      await (await open(temporary, 'wx', 0o600)).close();
      await rm(temporary, { force: true });
    },
    read: async () => {
      try {
        const { mode } = await stat(path);
        if (process.platform !== 'win32' && (mode & OTHERS_MODE) !== 0) {
          throw new HoldfastError('sign-in/token-file-open', { context: { path } });
        }
        return parseTokens(await readFile(path, 'utf8'));
      } catch (error) {
        if (error instanceof HoldfastError) throw error;
        return null;
      }
    },
    write: async (tokens) => {
      const temporary = `${path}.new`;
      await rm(temporary, { force: true });
      const file = await open(temporary, 'wx', 0o600);
      try {
        await file.writeFile(`${JSON.stringify(tokens)}\n`);
        await file.datasync();
      } finally {
        await file.close();
      }
      await chmod(temporary, 0o600);
      await rename(temporary, path);
    },
  };
}

async function opened(load: () => Promise<Keychain>): Promise<Keychain> {
  try {
    return await load();
  } catch (error) {
    throw new HoldfastError('sign-in/no-keychain', { cause: error });
  }
}

function denied(error: unknown): never {
  throw new HoldfastError('sign-in/no-keychain', error === null ? {} : { cause: error });
}

async function loadKeytar(): Promise<Keychain> {
  const { default: keytar } = await import('keytar');
  return keytar;
}

function parseTokens(text: string): GoogleTokens | null {
  try {
    return tokensSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
