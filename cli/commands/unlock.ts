/** `holdfast unlock`: removes locks that nobody holds any more. */
import { exitCodes } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import type { AddCommand } from './command.ts';

interface UnlockOptions {
  readonly removeAll?: boolean;
}

export const addUnlock: AddCommand = (program, bind) => {
  program
    .command('unlock')
    .summary('remove stale locks')
    .description(
      'Removes locks older than 30 minutes, and those of dead processes of this computer.',
    )
    .option('--remove-all', 'remove all locks: only when no other program uses the repository')
    .action(bind(unlock));
};

async function unlock(session: Session, { removeAll = false }: UnlockOptions) {
  const repository = await session.openRepository();
  const removed = await repository.removeLocks(removeAll ? 'all' : 'stale', session.signal);
  session.output.result('summary', { removed }, `${removed} locks removed`);
  return exitCodes.done;
}
