/** `holdfast key …`: the slots of a repository, each opened by its own key or password. */
import { formatGoTime } from '../../electron/engine/format/go-time.ts';
import {
  addKey,
  changeKey,
  listKeys,
  removeKey,
} from '../../electron/engine/repository/key-slots.ts';
import type { Repository } from '../../electron/engine/repository/repository.ts';
import { HoldfastError } from '../../shared/errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { printable, table } from '../output.ts';
import { readNewSecret } from '../secret-input.ts';
import { slotFor, type Session } from '../session.ts';
import type { AddCommand } from './command.ts';

interface NewSecretOptions {
  readonly newSecretFile?: string;
}

const NEW_SECRET_FILE = '--new-secret-file <file>';
const NEW_SECRET_HELP =
  'read the new one from this file (- is standard input): 64 digits in any spelling, or a password';

export const addKeyCommands: AddCommand = (program, bind) => {
  const key = program
    .command('key')
    .summary('list, add, remove and change keys')
    .description(
      'The keys and passwords that open a repository. Removing one does not lock out\nwhoever has used it before: what is leaked needs a new repository.',
    );
  key
    .command('list')
    .description('Lists the key slots; * marks the one in use.')
    .action(bind(list));
  key
    .command('add')
    .description('Adds a slot for a further key or password.')
    .option(NEW_SECRET_FILE, NEW_SECRET_HELP)
    .action(bind(add));
  key
    .command('remove')
    .description('Removes a slot; never the one in use.')
    .argument('<id>', 'id of the slot, or the beginning of it')
    .action(bind(remove));
  key
    .command('passwd')
    .description('Replaces the slot in use by one for a new key or password.')
    .option(NEW_SECRET_FILE, NEW_SECRET_HELP)
    .action(bind(passwd));
};

async function list(session: Session) {
  const repository = await session.openRepository();
  const slots = await listKeys(repository, session.signal);
  const rows = [[' ID', 'User', 'Host', 'Created']];
  for (const { id, keyFile, isCurrent } of slots) {
    const created = keyFile === null ? null : formatGoTime(keyFile.created);
    if (session.output.isJson) {
      session.output.result(
        'key',
        {
          id,
          current: isCurrent,
          malformed: keyFile === null,
          username: keyFile?.username ?? null,
          hostname: keyFile?.hostname ?? null,
          created,
        },
        null,
      );
    }
    rows.push([
      `${isCurrent ? '*' : ' '}${id.slice(0, 8)}`,
      printable(keyFile?.username ?? '(malformed)'),
      printable(keyFile?.hostname ?? ''),
      created?.slice(0, 19).replace('T', ' ') ?? '',
    ]);
  }
  session.output.result('summary', { key_count: slots.length }, table(rows));
  return exitCodes.done;
}

async function add(session: Session, { newSecretFile }: NewSecretOptions) {
  const repository = await session.openRepository();
  const secret = await readNewSecret({ file: newSecretFile, environment: null }, session.terminal);
  const { keyId } = await addKey(repository, secret.bytes, slotFor(secret), session.signal);
  session.output.result('summary', { key_id: keyId }, `Added key slot ${keyId.slice(0, 8)}`);
  return exitCodes.done;
}

async function remove(session: Session, wanted: string) {
  const repository = await session.openRepository();
  const keyId = await findKey(repository, wanted, session.signal);
  await removeKey(repository, keyId, session.signal);
  session.output.result('summary', { key_id: keyId }, `Removed key slot ${keyId.slice(0, 8)}`);
  return exitCodes.done;
}

async function passwd(session: Session, { newSecretFile }: NewSecretOptions) {
  const repository = await session.openRepository();
  const secret = await readNewSecret({ file: newSecretFile, environment: null }, session.terminal);
  const oldId = repository.keyId;
  const { keyId } = await changeKey(repository, secret.bytes, slotFor(secret), session.signal);
  session.output.result(
    'summary',
    { key_id: keyId, removed_key_id: oldId },
    `Key slot ${keyId.slice(0, 8)} replaces ${oldId.slice(0, 8)}`,
  );
  return exitCodes.done;
}

async function findKey(
  repository: Repository,
  wanted: string,
  signal: AbortSignal,
): Promise<string> {
  const slots = await listKeys(repository, signal);
  const found = slots.filter(({ id }) => wanted !== '' && id.startsWith(wanted.toLowerCase()));
  const [only] = found;
  if (only === undefined || found.length > 1) {
    throw new HoldfastError('repo/key-not-found', {
      context: { id: wanted, matches: found.length },
    });
  }
  return only.id;
}
