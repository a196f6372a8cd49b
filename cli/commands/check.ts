/** `holdfast check`: finds damage. */
import { prepareCheckThreads } from '../../electron/engine/repository/check-pack.ts';
import { check as checkRepository } from '../../electron/engine/repository/check.ts';
import type { CheckResult, ReadDataSubset } from '../../shared/model/job.ts';
import { parsePercent, parseSize } from '../amounts.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatBytes, printable } from '../output.ts';
import { UsageError, type Session } from '../session.ts';
import type { AddCommand } from './command.ts';

const SUBSET = '--read-data-subset';
const PART = /^(?<part>\d+)\/(?<of>\d+)$/u;
const MAX_PARTS = 256;

interface CheckCommandOptions {
  readonly readData?: boolean;
  readonly readDataSubset?: string;
}

export const addCheck: AddCommand = (program, bind) => {
  program
    .command('check')
    .summary('look for damage')
    .description('Checks that everything the snapshots need is there.')
    .option('--read-data', 'also read, decrypt and verify every byte')
    .option(
      '--read-data-subset <part>',
      'the same for a part: 2/7 (the second of seven), 5% or 500M (random packs)',
    )
    .action(bind(check));
};

async function check(session: Session, options: CheckCommandOptions) {
  const { readData = false } = options;
  const readDataSubset = subsetOf(options);
  if (readData || readDataSubset !== undefined) prepareCheckThreads();
  const repository = await session.openRepository();
  const result = await session.job((job) =>
    checkRepository(repository, { readData, readDataSubset }, job),
  );
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

function subsetOf({
  readData = false,
  readDataSubset: text,
}: CheckCommandOptions): ReadDataSubset | undefined {
  if (text === undefined) return undefined;
  if (readData) throw new UsageError('give either --read-data or --read-data-subset');
  const { groups } = PART.exec(text) ?? {};
  if (groups !== undefined) {
    const [part, of] = [Number(groups['part']), Number(groups['of'])];
    if (part >= 1 && part <= of && of <= MAX_PARTS) return { kind: 'part', part, of };
    throw new UsageError(`${SUBSET} n/t needs 1 ≤ n ≤ t ≤ ${MAX_PARTS}, not "${text}"`);
  }
  const percent = parsePercent(text, SUBSET);
  const amount = percent ?? parseSize(text, SUBSET);
  if (amount <= 0) throw new UsageError(`${SUBSET} cannot be nothing`);
  return percent === null ? { kind: 'bytes', bytes: amount } : { kind: 'percent', percent };
}

function describe(result: CheckResult): string {
  const read = result.bytesRead > 0 ? `, ${formatBytes(result.bytesRead)} read` : '';
  const what = `${result.snapshotsChecked} snapshots and ${result.packsChecked} packs checked${read}`;
  return `${what}: ${result.errorCount === 0 ? 'no errors found' : `${result.errorCount} errors found`}`;
}
