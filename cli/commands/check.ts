/** `holdfast check`: finds damage. */
import { check as checkRepository } from '../../electron/engine/repository/check.ts';
import type { CheckResult } from '../../shared/model/job.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatBytes, printable } from '../output.ts';
import type { Session } from '../session.ts';
import type { AddCommand } from './command.ts';

interface CheckCommandOptions {
  readonly readData?: boolean;
}

export const addCheck: AddCommand = (program, bind) => {
  program
    .command('check')
    .summary('look for damage')
    .description('Checks that everything the snapshots need is there.')
    .option('--read-data', 'also read, decrypt and verify every byte')
    .action(bind(check));
};

async function check(session: Session, { readData = false }: CheckCommandOptions) {
  const repository = await session.openRepository();
  const result = await session.job((job) => checkRepository(repository, { readData }, job));
  for (const { severity, subject, id, message } of result.findings) {
    session.output.result(
      'finding',
      { severity, subject, id, message },
      printable(`${severity}: ${message} (${subject} ${id.slice(0, 8)})`),
    );
  }
  session.output.result(
    'summary',
    {
      error_count: result.errorCount,
      packs_checked: result.packsChecked,
      bytes_read: result.bytesRead,
      snapshots_checked: result.snapshotsChecked,
      read_data: result.readData,
      total_duration: result.durationMs / 1000,
    },
    describe(result),
  );
  return result.errorCount > 0 ? exitCodes.failed : exitCodes.done;
}

function describe(result: CheckResult): string {
  const read = result.readData ? `, ${formatBytes(result.bytesRead)} read` : '';
  const what = `${result.snapshotsChecked} snapshots and ${result.packsChecked} packs checked${read}`;
  return `${what}: ${result.errorCount === 0 ? 'no errors found' : `${result.errorCount} errors found`}`;
}
