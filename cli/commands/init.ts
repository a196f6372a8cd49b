/** `holdfast init`: makes a repository in an empty or new folder. */
import { randomBytes } from 'node:crypto';

import { Repository } from '../../electron/engine/repository/repository.ts';
import { HoldfastError } from '../../shared/errors.ts';
import { groupsOf, KEY_DIGITS } from '../../shared/recovery-key.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { newSecret, readNewSecret, type NewSecret } from '../secret-input.ts';
import { slotFor, UsageError, type Session } from '../session.ts';
import type { AddCommand } from './command.ts';

interface InitOptions {
  readonly newKey?: boolean;
}

const GROUPS_A_LINE = 4;

export const addInit: AddCommand = (program, bind) => {
  program
    .command('init')
    .summary('make a repository')
    .description(
      'Makes a new encrypted repository at --repo. The key or password is read as for opening one;\n' +
        'with --new-key Holdfast makes a 64-digit key and prints it once. Without it the backup is lost.',
    )
    .option('--new-key', 'make a 64-digit key and print it, once')
    .action(bind(init));
};

async function init(session: Session, { newKey = false }: InitOptions) {
  const { secretSources, terminal, output, ports, signal } = session;
  const backend = await session.backend();
  if (newKey && secretSources.file !== undefined) {
    throw new UsageError('--new-key and --secret-file exclude each other');
  }
  await refuseUsedFolder(session);
  const secret = newKey ? await madeKey() : await readNewSecret(secretSources, terminal);
  // First, and for sure: a repository whose key nobody has seen is of no use, and in the way of the next attempt.
  if (newKey) await printKey(output, Buffer.from(secret.bytes).toString('latin1'));
  const making = Repository.create(
    backend,
    ports,
    { secret: secret.bytes, slot: slotFor(secret) },
    signal,
  );
  const { config, fingerprint } = await making.catch((error: unknown) => {
    if (newKey) output.note('No repository was made: the key above opens nothing.');
    throw error;
  });
  output.result(
    'summary',
    { repository_id: config.id, fingerprint, path: backend.location },
    `Made repository ${fingerprint} in ${backend.location}`,
  );
  return exitCodes.done;
}

async function printKey(output: Output, key: string): Promise<void> {
  await output.resultForSure('key', { key }, shown(key).join('\n'));
}

/** Before anybody types a secret in vain; `create` itself asks again. */
async function refuseUsedFolder(session: Session): Promise<void> {
  const { state } = await session.inspect();
  const path = (await session.backend()).location;
  if (state === 'repository') throw new HoldfastError('repo/already-exists', { context: { path } });
  if (state === 'other-files') throw new HoldfastError('repo/not-empty', { context: { path } });
}

async function madeKey(): Promise<NewSecret> {
  return newSecret(randomBytes(KEY_DIGITS / 2).toString('hex'));
}

function shown(key: string): string[] {
  const groups = groupsOf(key);
  const lines = [];
  for (let at = 0; at < groups.length; at += GROUPS_A_LINE) {
    lines.push(`  ${groups.slice(at, at + GROUPS_A_LINE).join(' ')}`);
  }
  return [
    'This is the key. It is not shown again. Whoever loses it loses the backup:',
    ...lines,
    '',
  ];
}
