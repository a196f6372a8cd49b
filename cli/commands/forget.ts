/** `holdfast forget`: removes snapshots, by rules or by name. */
import { forgetByName, forgetByRules } from '../../electron/engine/retention/forget.ts';
import { hasRules } from '../../electron/engine/retention/forget-policy.ts';
import type { ForgetResult } from '../../shared/model/retention.ts';
import { prune } from '../../electron/engine/repository/prune.ts';
import { exitCodes } from '../exit-codes.ts';
import { printable, table } from '../output.ts';
import type { Session } from '../session.ts';
import type { AddCommand } from './command.ts';
import {
  addKeepOptions,
  archiveFilterOf,
  groupByOf,
  keepRulesOf,
  type KeepOptions,
} from './keep-options.ts';
import {
  addPruneOptions,
  describePrune,
  pruneRequestOf,
  toPruneSummary,
  type PruneOptions,
} from './prune.ts';

interface ForgetOptions extends KeepOptions, PruneOptions, Readonly<Record<string, unknown>> {
  readonly prune?: boolean;
}

export const addForget: AddCommand = (program, bind) => {
  const command = program
    .command('forget')
    .summary('remove old snapshots')
    .description(
      'Removes the snapshots named by ID, or those that no keep rule keeps. A rule never removes the\n' +
        'last snapshot of a group, nor one with the tag "pinned". Room is given back by prune, or with --prune.',
    )
    .argument('[id...]', 'snapshots to remove, whatever the rules; no rules then');
  addKeepOptions(command).option('--prune', 'then give their room back');
  addPruneOptions(command).action(bind(forget));
};

async function forget(session: Session, ids: readonly string[], options: ForgetOptions) {
  const { dryRun = false } = options;
  const rules = keepRulesOf(options);
  if (ids.length > 0 && hasRules(rules)) {
    throw session.usage('give either snapshot ids or keep rules, not both');
  }
  if (ids.length === 0 && !hasRules(rules)) {
    throw session.usage('give a keep rule, or the ids of the snapshots to remove');
  }
  const filter = archiveFilterOf(options);
  const groupBy = groupByOf(options);
  const pruneRequest = options.prune === true ? pruneRequestOf(options) : null;
  const repository = await session.openRepository();
  const result = await session.job((job) =>
    ids.length > 0
      ? forgetByName(repository, ids, dryRun, job)
      : forgetByRules(repository, { rules, groupBy, filter, dryRun }, job),
  );
  printGroups(session, result);
  const pruned =
    pruneRequest === null
      ? null
      : await session.job((job) => {
          const withoutSnapshots = dryRun ? result.removedIds : [];
          return prune(repository, { ...pruneRequest, withoutSnapshots }, job);
        });
  session.output.result(
    'summary',
    {
      dry_run: dryRun,
      removed: result.removedIds,
      removed_count: result.removedIds.length,
      kept_count: keptOf(result),
      ...(pruned === null ? {} : { prune: toPruneSummary(pruned) }),
    },
    [describe(result), ...(pruned === null ? [] : [describePrune(pruned)])].join('\n'),
  );
  return exitCodes.done;
}

function printGroups({ output }: Session, { groups }: ForgetResult): void {
  for (const { hostname, paths, tags, archives } of groups) {
    const head = [
      hostname === null ? '' : `host ${hostname}`,
      paths === null ? '' : `paths ${paths.join(' ')}`,
      tags === null ? '' : `tags ${tags.join(',')}`,
    ];
    const rows = archives.map(({ id, time, tags, keep, reasons }) =>
      [
        keep ? 'keep' : 'remove',
        id.slice(0, 8),
        time.slice(0, 19).replace('T', ' '),
        tags.join(','),
        reasons.join(', '),
      ].map(printable),
    );
    const title = head.filter((part) => part !== '').join(', ');
    if (!output.isJson)
      output.result('group', {}, `${printable(title || 'all')}\n${table(rows)}\n`);
    else for (const archive of archives) output.result('decision', archive, null);
  }
}

function keptOf({ groups }: ForgetResult): number {
  return groups.flatMap(({ archives }) => archives).filter(({ keep }) => keep).length;
}

function describe(result: ForgetResult): string {
  const verb = result.dryRun ? 'would be removed' : 'removed';
  return `${result.removedIds.length} snapshots ${verb}`;
}
