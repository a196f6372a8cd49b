/** `holdfast prune`: gives the room of removed snapshots back. */
import type { Command } from 'commander';

import { prune as pruneRepository } from '../../electron/engine/repository/prune.ts';
import type { MaxUnused, PruneRequest, PruneResult } from '../../shared/model/retention.ts';
import { parsePercent, parseSize } from '../amounts.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatBytes } from '../output.ts';
import type { Session } from '../session.ts';
import type { AddCommand } from './command.ts';

export interface PruneOptions {
  readonly dryRun?: boolean;
  readonly maxUnused?: string;
  readonly maxRepackSize?: string;
  readonly repackSmall?: boolean;
}

const DEFAULT_MAX_UNUSED = '5%';

export const addPrune: AddCommand = (program, bind) => {
  const command = program
    .command('prune')
    .summary('give back the room of what is not needed')
    .description(
      'Deletes what no snapshot needs, and rewrites packs that are needed in part. Nobody else may use the\n' +
        'repository meanwhile. It may be stopped at any time: nothing is lost, and the next run goes on.',
    );
  addPruneOptions(command).action(bind(prune));
};

export function addPruneOptions(command: Command): Command {
  return command
    .option('-n, --dry-run', 'only say what would be done')
    .option(
      '--max-unused <amount>',
      `leave so much unused rather than rewrite: 5%, 500M or unlimited (default ${DEFAULT_MAX_UNUSED})`,
    )
    .option('--max-repack-size <size>', 'rewrite so much at most, the rest the next time')
    .option('--repack-small', 'also gather packs below four fifths of the usual size');
}

export function pruneRequestOf(options: PruneOptions): PruneRequest {
  const { dryRun = false, maxRepackSize, repackSmall = false } = options;
  return {
    dryRun,
    maxUnused: maxUnusedOf(options.maxUnused ?? DEFAULT_MAX_UNUSED),
    maxRepackBytes:
      maxRepackSize === undefined ? null : parseSize(maxRepackSize, '--max-repack-size'),
    repackSmall,
    withoutSnapshots: [],
  };
}

/** For scripts. */
export function toPruneSummary({ dryRun, packs, bytes, durationMs }: PruneResult) {
  return {
    dry_run: dryRun,
    packs_kept: packs.kept,
    packs_repacked: packs.repacked,
    packs_removed: packs.removed,
    packs_unindexed: packs.unindexed,
    packs_missing: packs.missing,
    bytes_before: bytes.before,
    bytes_used: bytes.used,
    bytes_repacked: bytes.repacked,
    bytes_freed: bytes.freed,
    bytes_unused_after: bytes.unusedAfter,
    total_duration: durationMs / 1000,
  };
}

export function describePrune({ dryRun, packs, bytes }: PruneResult): string {
  const [would, about] = dryRun ? [' would be', 'about '] : ['', ''];
  const lines = [
    `Packs: ${packs.kept} kept, ${packs.removed + packs.unindexed}${would} deleted, ${packs.repacked}${would} rewritten (${formatBytes(bytes.repacked)})`,
    `Room:  ${about}${formatBytes(bytes.freed)} of ${formatBytes(bytes.before)}${would} given back; ${formatBytes(bytes.unusedAfter)} unused bytes stay`,
  ];
  return lines.join('\n');
}

async function prune(session: Session, options: PruneOptions) {
  const request = pruneRequestOf(options);
  const repository = await session.openRepository();
  const result = await session.job((job) => pruneRepository(repository, request, job));
  session.output.result('summary', toPruneSummary(result), describePrune(result));
  return exitCodes.done;
}

function maxUnusedOf(text: string): MaxUnused {
  if (text === 'unlimited') return { kind: 'unlimited' };
  const percent = parsePercent(text, '--max-unused');
  return percent === null
    ? { kind: 'bytes', bytes: parseSize(text, '--max-unused') }
    : { kind: 'percent', percent };
}
