/** `holdfast cat`: one thing out of the repository, decrypted, as it is. For the curious and for repairs. */
import { Argument } from 'commander';

import type { FileKind } from '../../electron/engine/backend/backend.ts';
import { encodeConfig } from '../../electron/engine/format/config-file.ts';
import type { Repository } from '../../electron/engine/repository/repository.ts';
import { loadSealed } from '../../electron/engine/repository/sealed-files.ts';
import { HoldfastError } from '../../shared/errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { UsageError, type Session } from '../session.ts';
import type { AddCommand } from './command.ts';

const SEALED = ['index', 'snapshot', 'lock'] as const;
const KINDS = ['config', 'key', ...SEALED, 'pack', 'blob', 'tree'] as const;
type CatKind = (typeof KINDS)[number];

const FULL_ID = /^[0-9a-f]{64}$/u;
const PREFIX = /^[0-9a-f]{1,64}$/u;

export const addCat: AddCommand = (program, bind) => {
  program
    .command('cat')
    .summary('print one thing out of the repository')
    .description(
      'Prints a file of the repository decrypted (packs: as they are stored), or the content of a blob or tree.',
    )
    .addArgument(new Argument('<kind>', 'what').choices(KINDS))
    .argument('[id]', 'its id; the beginning of one will do for files')
    .action(bind(cat));
};

async function cat(session: Session, kind: CatKind, id = '') {
  const repository = await session.openRepository();
  await session.output.bytes(await contentOf(repository, kind, id.toLowerCase(), session.signal));
  return exitCodes.done;
}

async function contentOf(
  repository: Repository,
  kind: CatKind,
  id: string,
  signal: AbortSignal,
): Promise<Buffer> {
  const { core } = repository;
  if (kind === 'config') return encodeConfig(core.config);
  if (kind === 'blob' || kind === 'tree') {
    if (!FULL_ID.test(id)) throw new UsageError('a blob needs its whole id');
    await repository.refreshIndex(signal);
    const type = kind === 'tree' || !repository.has('data', id) ? 'tree' : 'data';
    return await repository.loadBlob(type, id, signal);
  }
  const name = await fileId(repository, kind, id, signal);
  return kind === 'key' || kind === 'pack'
    ? await core.backend.read({ kind, name }, undefined, signal)
    : await loadSealed(core, kind, name, (json) => json, signal);
}

async function fileId(
  { core }: Repository,
  kind: Exclude<FileKind, 'config'>,
  wanted: string,
  signal: AbortSignal,
): Promise<string> {
  if (!PREFIX.test(wanted)) throw new UsageError(`which ${kind}? give an id`);
  if (FULL_ID.test(wanted)) return wanted;
  const found: string[] = [];
  for await (const { name } of core.backend.list(kind, signal)) {
    if (name.startsWith(wanted)) found.push(name);
  }
  const [only] = found;
  if (only === undefined) {
    throw new HoldfastError('backend/not-found', { context: { kind, id: wanted } });
  }
  if (found.length > 1) throw new UsageError(`several ${kind} files begin with ${wanted}`);
  return only;
}
