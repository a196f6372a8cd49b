/** `holdfast snapshots`: what there is, newest last. */
import { formatGoTime } from '../../electron/engine/format/go-time.ts';
import { exitCodes } from '../exit-codes.ts';
import { printable, table } from '../output.ts';
import type { Session } from '../session.ts';
import { collect, type AddCommand } from './command.ts';

interface SnapshotsOptions {
  readonly host?: string;
  readonly path?: readonly string[];
}

export const addSnapshots: AddCommand = (program, bind) => {
  program
    .command('snapshots')
    .summary('list the snapshots')
    .description('Lists all snapshots, newest last.')
    .option('--host <name>', 'only of this computer')
    .option('--path <path>', 'only of this path (repeatable)', collect)
    .action(bind(snapshots));
};

async function snapshots(session: Session, { host, path = [] }: SnapshotsOptions) {
  const repository = await session.openRepository();
  let unreadable = 0;
  const all = await repository.listSnapshots(session.signal, (id, error) => {
    unreadable += 1;
    session.output.note(`warning: snapshot ${id.slice(0, 8)} cannot be read (${error.code})`);
  });
  const wanted = all.filter(
    ({ snapshot }) =>
      (host === undefined || snapshot.hostname === host) &&
      path.every((one) => snapshot.paths.includes(one)),
  );
  if (session.output.isJson) {
    for (const { id, snapshot } of wanted) {
      session.output.result(
        'snapshot',
        {
          id,
          short_id: id.slice(0, 8),
          time: formatGoTime(snapshot.time),
          hostname: snapshot.hostname ?? null,
          username: snapshot.username ?? null,
          paths: snapshot.paths,
          tags: snapshot.tags ?? [],
          tree: snapshot.tree,
          parent: snapshot.parent ?? null,
          program_version: snapshot.programVersion ?? null,
        },
        null,
      );
    }
  }
  const rows = wanted.map(({ id, snapshot }) =>
    [
      id.slice(0, 8),
      formatGoTime(snapshot.time).slice(0, 19).replace('T', ' '),
      snapshot.hostname ?? '',
      (snapshot.tags ?? []).join(','),
      snapshot.paths.join(' '),
    ].map(printable),
  );
  const text = table([['ID', 'Time', 'Host', 'Tags', 'Paths'], ...rows]);
  session.output.result(
    'summary',
    { snapshot_count: wanted.length, unreadable_count: unreadable },
    `${text}\n${wanted.length} snapshots`,
  );
  return unreadable > 0 ? exitCodes.failed : exitCodes.done;
}
