/** `holdfast repair …`: puts right what can be put right without losing anything. */
import { repairIndex } from '../../electron/engine/repository/repair-index.ts';
import type { RepairIndexResult } from '../../shared/model/retention.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import type { AddCommand } from './command.ts';

interface RepairIndexOptions {
  readonly readAllPacks?: boolean;
}

export const addRepairCommands: AddCommand = (program, bind) => {
  program
    .command('repair')
    .summary('repair a damaged repository')
    .description('Repairs what can be repaired without losing anything.')
    .command('index')
    .description(
      'Makes a lost or damaged index anew from what the packs themselves say. No pack is deleted or\nchanged. Nobody else may use the repository meanwhile.',
    )
    .option('--read-all-packs', 'ask every pack, and rely on no index')
    .action(bind(index));
};

async function index(session: Session, { readAllPacks = false }: RepairIndexOptions) {
  const repository = await session.openRepository();
  const result = await session.job((job) => repairIndex(repository, { readAllPacks }, job));
  for (const pack of result.unreadablePacks) {
    session.output.result(
      'finding',
      { severity: 'error', subject: 'pack', id: pack },
      `error: what is in this pack cannot be read (pack ${pack.slice(0, 8)})`,
    );
  }
  session.output.result('summary', toSummary(result), describe(result));
  return result.unreadablePacks.length > 0 ? exitCodes.failed : exitCodes.done;
}

function toSummary(result: RepairIndexResult) {
  return {
    packs_added: result.packsAdded,
    packs_corrected: result.packsCorrected,
    packs_dropped: result.packsDropped,
    packs_unreadable: result.unreadablePacks.length,
    indexes_damaged: result.indexesDamaged,
    indexes_written: result.indexesWritten,
    indexes_removed: result.indexesRemoved,
    total_duration: result.durationMs / 1000,
  };
}

function describe(result: RepairIndexResult): string {
  const changed = result.packsAdded + result.packsCorrected + result.packsDropped;
  if (changed + result.indexesDamaged === 0) return 'The index is as it should be.';
  return [
    `Packs:   ${result.packsAdded} added, ${result.packsCorrected} corrected, ${result.packsDropped} dropped that are gone`,
    `Indexes: ${result.indexesDamaged} damaged; ${result.indexesWritten} written, ${result.indexesRemoved} removed`,
  ].join('\n');
}
