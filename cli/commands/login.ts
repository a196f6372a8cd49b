/** `holdfast login gdrive`: signs in with a browser on this computer or another one. */
import { createInterface } from 'node:readline';

import { HoldfastError } from '../../shared/errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import type { AddCommand } from './command.ts';

export const addLogin: AddCommand = (program, bind) => {
  program
    .command('login')
    .summary('sign in to a storage')
    .description(
      'Signs in to Google Drive. Prints an address for the browser and waits. Without a browser on this computer,\n' +
        'open it elsewhere, and paste the address that the browser ends at. The sign-in is kept in the system’s\n' +
        'keychain, or, with --token-file, in that file.',
    )
    .argument('<storage>', 'gdrive')
    .option('--replace', 'also take the place of the sign-in to another account')
    .action(bind(login));
};

interface LoginOptions {
  readonly replace?: boolean;
}

async function login(session: Session, storage: string, { replace = false }: LoginOptions) {
  const { output, signal, terminal } = session;
  if (storage !== 'gdrive') throw session.usage(`unknown storage ${storage}; known is gdrive`);
  const { servers, client, isRedirected } = session.google();
  if (client === null) throw new HoldfastError('sign-in/no-client');
  const tokens = session.tokens();
  // Nobody shall sign in for nothing.
  await tokens.probe().catch((error: unknown) => {
    if (error instanceof HoldfastError || !(error instanceof Error)) throw error;
    throw session.usage(`the token file cannot be written: ${error.message}`);
  });
  const before = await tokens.read();
  // With Google's library, which nobody else needs to load.
  const { startSignIn } = await import('../../electron/platform/google/google-sign-in.ts');
  const pending = await startSignIn({
    client,
    servers,
    signal,
    farewell: {
      done: 'You are signed in. You can close this page.',
      failed: 'The sign-in did not work. The command line says why.',
    },
  });
  if (isRedirected)
    output.note(`note: not Google itself is asked, but ${new URL(servers.authUrl).origin}`);
  output.note(`Open this address in a browser:\n\n${pending.url}\n`);
  output.note('If the browser runs on another computer, paste the address here that it ends at.');
  const lines = createInterface({ input: terminal.stdin });
  lines.once('line', (line) => {
    if (line.trim() !== '') pending.paste(line);
  });
  try {
    const { refreshToken, accountId, accountName } = await pending.result;
    const isOther =
      before !== null && (before.accountId !== accountId || before.clientId !== client.clientId);
    if (isOther && !replace) {
      throw session.usage(
        `${accountName} signed in, but the sign-in that is kept here is that of ${before.accountName}` +
          `${before.clientId === client.clientId ? '' : ', with another client ID'}; it was left as it is.\n` +
          'Backups of that one would not be found any more. If that is right, add --replace.',
      );
    }
    await tokens.write({ ...client, refreshToken, accountId, accountName });
    output.result('summary', { account: accountName }, `Signed in as ${accountName}`);
    return exitCodes.done;
  } finally {
    lines.close();
    terminal.stdin.pause();
  }
}
