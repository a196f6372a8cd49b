/**
 * Hand-over to a password manager's own command-line program, where it is installed and open. The entry travels through its standard input:
 * never as an argument, in the environment or in a file.
 */
import { spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { HoldfastError } from '../../../shared/errors.ts';
import { managerProgramSchema, type ManagerProgram } from '../../../shared/model/key-export.ts';
import { toBitwardenItem } from './bitwarden-json.ts';
import type { ManagerEntry } from './manager-entry.ts';

const managerPrograms = managerProgramSchema.options;

interface HandOver {
  readonly args: readonly string[];
  readonly input: (entry: ManagerEntry) => string;
}

const handOvers: Readonly<Record<ManagerProgram, HandOver>> = {
  // 1Password: a template in JSON by standard input.
  op: {
    args: ['item', 'create', '--format', 'json', '-'],
    input: ({ title, url, userName, secret, notes }) =>
      JSON.stringify({
        title,
        category: 'LOGIN',
        urls: [{ label: 'website', primary: true, href: url }],
        fields: [
          {
            id: 'username',
            type: 'STRING',
            purpose: 'USERNAME',
            label: 'username',
            value: userName,
          },
          {
            id: 'password',
            type: 'CONCEALED',
            purpose: 'PASSWORD',
            label: 'password',
            value: secret,
          },
          { id: 'notesPlain', type: 'STRING', purpose: 'NOTES', label: 'notesPlain', value: notes },
        ],
      }),
  },
  // Bitwarden: the item as JSON in base64 by standard input. The vault must be open (BW_SESSION).
  bw: { args: ['create', 'item', '--nointeraction'], input: toBitwardenItem },
};

const TIME_LIMIT_MS = 120_000;

/** The programs that are on the PATH, in a fixed order. */
export async function installedManagerPrograms(
  path = process.env['PATH'] ?? '',
): Promise<ManagerProgram[]> {
  const found = await Promise.all(managerPrograms.map((program) => findProgram(program, path)));
  return managerPrograms.filter((_, index) => found[index] !== null);
}

/** @throws HoldfastError `export/program-missing`, `export/program-failed` (it is locked, or refused; with its exit code) */
export async function handOver(
  program: ManagerProgram,
  entry: ManagerEntry,
  path = process.env['PATH'] ?? '',
): Promise<void> {
  const file = await findProgram(program, path);
  if (file === null) throw new HoldfastError('export/program-missing', { context: { program } });
  const { args, input } = handOvers[program];
  const exitCode = await runWithInput(file, args, input(entry));
  if (exitCode !== 0) {
    throw new HoldfastError('export/program-failed', {
      context: { program, exitCode: exitCode ?? -1 },
    });
  }
}

async function findProgram(program: ManagerProgram, path: string): Promise<string | null> {
  const names = process.platform === 'win32' ? [`${program}.exe`] : [program];
  for (const folder of path.split(delimiter).filter((each) => each !== '')) {
    for (const name of names) {
      const file = join(folder, name);
      const isThere = await access(file, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (isThere) return file;
    }
  }
  return null;
}

/** Its output is thrown away: it may repeat the secret. null when a signal or the time limit ended it. */
function runWithInput(
  file: string,
  args: readonly string[],
  input: string,
): Promise<number | null> {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      stdio: ['pipe', 'ignore', 'ignore'],
      timeout: TIME_LIMIT_MS,
      windowsHide: true,
    });
    // It could not be started at all.
    child.once('error', () => resolve(null));
    child.once('close', (code) => resolve(code));
    // It may end without reading, which its exit code tells.
    child.stdin.once('error', () => undefined);
    child.stdin.end(input);
  });
}
