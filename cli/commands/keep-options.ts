/** The keep rules as options of a command, with restic's names. */
import type { Command } from 'commander';

import { invalidRule, parseKeepSpan } from '../../electron/engine/retention/keep-span.ts';
import type {
  ArchiveFilter,
  GroupBy,
  KeepCount,
  KeepRules,
  KeepSpan,
} from '../../shared/model/retention.ts';
import { UsageError } from '../session.ts';
import { collect } from './command.ts';

const STRETCHES = ['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
const GROUPS = ['host', 'paths', 'tags'] as const;

export interface KeepOptions {
  readonly keepTag?: readonly string[];
  readonly keepId?: readonly string[];
  readonly groupBy: string;
  readonly host?: readonly string[];
  readonly tag?: readonly string[];
  readonly path?: readonly string[];
}

export function addKeepOptions(command: Command): Command {
  command.option('-l, --keep-last <n>', 'keep the newest n snapshots (n may be "unlimited")');
  for (const name of STRETCHES) {
    command.option(`--keep-${name} <n>`, `keep the newest of each of n ${nounOf(name)}`);
  }
  command.option(
    '--keep-within <span>',
    'keep all that are younger than a span, such as 1y5m7d2h, seen from the newest',
  );
  for (const name of STRETCHES) {
    command.option(
      `--keep-within-${name} <span>`,
      `keep the newest of each of the ${nounOf(name)} of a span`,
    );
  }
  return command
    .option('--keep-tag <tags>', 'keep those with all of these tags: a,b (repeatable)', collect)
    .option('--keep-id <id>', 'keep this snapshot (repeatable)', collect)
    .option('--group-by <list>', 'what is judged together: host, paths, tags, or ""', 'host,paths')
    .option('--host <name>', 'judge only those of this computer (repeatable)', collect)
    .option('--tag <tags>', 'judge only those with all of these tags: a,b (repeatable)', collect)
    .option('--path <path>', 'judge only those of this path (repeatable)', collect);
}

/** @throws HoldfastError `forget/invalid-rule` */
export function keepRulesOf(options: KeepOptions & Readonly<Record<string, unknown>>): KeepRules {
  const given = (name: string): string | null => {
    const value = options[name];
    return typeof value === 'string' ? value : null;
  };
  const count = (rule: string): KeepCount | undefined => {
    const text = given(`keep${capital(rule)}`);
    if (text === null) return undefined;
    if (text === 'unlimited') return text;
    // Negative ones are for the policy to refuse.
    if (!/^-?\d+$/u.test(text)) throw invalidRule(rule, text);
    return Number(text);
  };
  const span = (rule: string): KeepSpan | undefined => {
    const text = given(`keep${capital(rule)}`);
    return text === null ? undefined : parseKeepSpan(text, rule);
  };
  return {
    last: count('last'),
    hourly: count('hourly'),
    daily: count('daily'),
    weekly: count('weekly'),
    monthly: count('monthly'),
    yearly: count('yearly'),
    within: span('within'),
    withinHourly: span('withinHourly'),
    withinDaily: span('withinDaily'),
    withinWeekly: span('withinWeekly'),
    withinMonthly: span('withinMonthly'),
    withinYearly: span('withinYearly'),
    tags: tagLists(options.keepTag),
    ids: [...(options.keepId ?? [])],
  };
}

export function archiveFilterOf({ host = [], tag, path = [] }: KeepOptions): ArchiveFilter {
  return { hosts: [...host], tags: tagLists(tag), paths: [...path] };
}

export function groupByOf({ groupBy }: KeepOptions): GroupBy {
  return groupBy
    .split(',')
    .filter((name) => name !== '')
    .map((name) => {
      const known = GROUPS.find((group) => group === name || group === `${name}s`);
      if (known === undefined) throw new UsageError(`--group-by does not know "${name}"`);
      return known;
    });
}

/** `a,b` is one list; the empty text stands for snapshots without tags. */
function tagLists(lists: readonly string[] = []): string[][] {
  return lists.map((list) => list.split(',').map((tag) => tag.trim()));
}

function nounOf(stretch: (typeof STRETCHES)[number]): string {
  return stretch === 'daily' ? 'days' : `${stretch.slice(0, -'ly'.length)}s`;
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
