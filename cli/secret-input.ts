/**
 * Where secrets come from: a file, standard input, the environment (once), or a prompt that shows nothing.
 * A secret is never an argument, never printed and never in an error.
 */
import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';

import { secretCandidates } from '../electron/engine/repository/secret-candidates.ts';
import { HoldfastError } from '../shared/errors.ts';
import { normalizePassword } from '../shared/password-rules.ts';
import { parseRecoveryKey } from '../shared/recovery-key.ts';
import { promptSecret } from './secret-prompt.ts';
import type { Terminal } from './terminal.ts';

export const SECRET_VARIABLE = 'HOLDFAST_SECRET';

/** So many digits and nothing else is a 64-digit key with a mistake in it, not a password. */
const SURELY_A_KEY_DIGITS = 48;
const MAX_FILE_BYTES = 64 * 1024;

/** Takes the secret out of the environment, so that no program that is started later inherits it. */
export function takeSecretFromEnvironment(env: NodeJS.ProcessEnv): string | null {
  const secret = env[SECRET_VARIABLE] ?? null;
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- setting it to undefined would leave the text "undefined"
  delete env[SECRET_VARIABLE];
  return secret === '' ? null : secret;
}

/** What the secret to open with is read from; the first that is there. */
export interface SecretSources {
  readonly file: string | undefined;
  readonly environment: string | null;
}

/** The byte strings to try, in order. @throws HoldfastError `secret/required` */
export async function readSecretCandidates(
  { file, environment }: SecretSources,
  terminal: Terminal,
): Promise<Uint8Array[]> {
  if (file !== undefined) {
    const bytes = await readSecretFile(file, terminal);
    if (!isUtf8(bytes)) return [bytes];
    return candidatesOf(bytes.toString('utf8').replace(/[\r\n]+$/u, ''));
  }
  if (environment !== null) return candidatesOf(environment);
  return candidatesOf(await promptSecret('Key or password of the backup: ', terminal));
}

/** Also without blanks at either end, as restic reads its password files. */
function candidatesOf(text: string): Uint8Array[] {
  if (text.trim() === '') throw new HoldfastError('secret/required');
  const all = [text, text.trim()].flatMap((variant) => secretCandidates(variant));
  const distinct = new Map(all.map((bytes) => [Buffer.from(bytes).toString('hex'), bytes]));
  return [...distinct.values()];
}

export interface NewSecret {
  readonly kind: 'key' | 'password';
  readonly bytes: Uint8Array;
}

/**
 * A secret that a slot is made for: 64 digits in any spelling, or a password.
 * @throws HoldfastError `secret/required`, `secret/invalid-key`, `secret/too-short`, `secret/too-long`, `secret/too-weak`
 */
export async function readNewSecret(
  { file, environment }: SecretSources,
  terminal: Terminal,
): Promise<NewSecret> {
  if (file !== undefined) {
    const bytes = await readSecretFile(file, terminal);
    if (!isUtf8(bytes)) throw new HoldfastError('secret/invalid-key');
    return newSecret(bytes.toString('utf8'));
  }
  if (environment !== null) return newSecret(environment);
  const first = await promptSecret('New key or password: ', terminal);
  const secret = await newSecret(first);
  const again = await promptSecret('The same again: ', terminal);
  if (again !== first) {
    throw new HoldfastError('secret/required', {
      context: { reason: 'the two were not the same' },
    });
  }
  return secret;
}

export async function newSecret(text: string): Promise<NewSecret> {
  const parsed = parseRecoveryKey(text);
  if (parsed.ok) return { kind: 'key', bytes: Buffer.from(parsed.key) };
  const password = normalizePassword(text);
  if (password === '') throw new HoldfastError('secret/required');
  const digits = password.replace(/[\s\-_:.]/gu, '');
  if (digits.length >= SURELY_A_KEY_DIGITS && /^[0-9a-f]+$/iu.test(digits)) {
    throw new HoldfastError('secret/invalid-key', { context: { digits: digits.length } });
  }
  // The dictionaries are large, and most secrets are keys.
  const { ratePassword } = await import('../electron/keys/password-strength.ts');
  const { problem } = ratePassword(password, [hostname(), userInfo().username]);
  if (problem !== null) throw new HoldfastError(problem);
  return { kind: 'password', bytes: Buffer.from(password) };
}

async function readSecretFile(file: string, terminal: Terminal): Promise<Buffer> {
  const bytes = file === '-' ? await readAll(terminal) : await readFile(file);
  if (bytes.length > MAX_FILE_BYTES) throw new HoldfastError('secret/too-long');
  if (bytes.length === 0) throw new HoldfastError('secret/required');
  return bytes;
}

async function readAll({ stdin }: Terminal): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of stdin) {
    const bytes = Buffer.from(part as Uint8Array);
    length += bytes.length;
    if (length > MAX_FILE_BYTES) break;
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}
