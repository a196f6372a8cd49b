/** `holdfast ls`: the files and folders of a snapshot. */
import { formatGoTime } from '../../electron/engine/format/go-time.ts';
import { encodePath } from '../../electron/engine/format/repository-path.ts';
import { permissionsFromGoMode, type Node } from '../../electron/engine/format/tree.ts';
import { TreeReader } from '../../electron/engine/restore/tree-reader.ts';
import { exitCodes } from '../exit-codes.ts';
import { printable } from '../output.ts';
import type { Session } from '../session.ts';
import { archivePath } from './archive-path.ts';
import type { AddCommand } from './command.ts';

interface LsOptions {
  readonly long?: boolean;
}

export const addLs: AddCommand = (program, bind) => {
  program
    .command('ls')
    .summary('list the files of a snapshot')
    .description('Lists what is in a snapshot, or below PATH in it.')
    .argument('<snapshot>', 'id, the beginning of one, or latest')
    .argument('[path]', 'a folder in the snapshot, such as /home/ann/Documents', '/')
    .option('-l, --long', 'with permissions, owner, size and time')
    .action(bind(ls));
};

async function ls(session: Session, wanted: string, path: string, { long = false }: LsOptions) {
  const repository = await session.openRepository();
  const { id, snapshot } = await repository.findSnapshot(wanted, {}, session.signal);
  await repository.refreshIndex(session.signal);
  const trees = new TreeReader(repository);
  const start = archivePath(path);
  const node = (await trees.chain(snapshot.tree, start, session.signal)).at(-1);
  let count = 0;
  const show = (components: readonly Buffer[], entry: Node): void => {
    count += 1;
    session.output.result(
      'node',
      {
        path: encodePath(components),
        name: entry.name.toString('utf8'),
        type: entry.type,
        size: entry.type === 'file' ? entry.size : null,
        mtime: formatGoTime(entry.mtime),
        permissions: permissionsFromGoMode(entry.mode).toString(8),
        uid: entry.uid,
        gid: entry.gid,
      },
      long ? longLine(components, entry) : display(components),
    );
  };
  if (node !== undefined && node.subtree === null) show(start, node);
  // Depth first, in the order of the trees; the deepest pending is the next.
  const pending: { readonly components: readonly Buffer[]; readonly entry: Node | null }[] = [];
  const open = async (tree: string, components: readonly Buffer[]): Promise<void> => {
    const nodes = await trees.nodes(tree, session.signal);
    for (const entry of nodes.toReversed()) {
      pending.push({ components: [...components, entry.name], entry });
    }
  };
  const top = node === undefined ? snapshot.tree : node.subtree;
  if (top !== null) await open(top, start);
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    session.signal.throwIfAborted();
    if (next.entry === null) continue;
    show(next.components, next.entry);
    if (next.entry.subtree !== null) await open(next.entry.subtree, next.components);
  }
  session.output.result('summary', { snapshot_id: id, node_count: count }, null);
  return exitCodes.done;
}

function display(components: readonly Buffer[]): string {
  return printable(`/${components.map((name) => name.toString('utf8')).join('/')}`);
}

const TYPE_LETTERS: Readonly<Record<Node['type'], string>> = {
  file: '-',
  dir: 'd',
  symlink: 'l',
  dev: 'b',
  chardev: 'c',
  fifo: 'p',
  socket: 's',
};

function longLine(components: readonly Buffer[], node: Node): string {
  const permissions = permissionsFromGoMode(node.mode).toString(8).padStart(4, '0');
  const owner = `${node.user ?? node.uid} ${node.group ?? node.gid}`;
  const time = formatGoTime(node.mtime).slice(0, 19).replace('T', ' ');
  const size = node.type === 'file' ? String(node.size) : '';
  const target = node.type === 'symlink' ? ` -> ${node.linkTarget.toString('utf8')}` : '';
  return printable(
    `${TYPE_LETTERS[node.type]}${permissions} ${owner} ${size.padStart(12)} ${time} ${display(components)}${target}`,
  );
}
