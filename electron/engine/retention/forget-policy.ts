/**
 * Which archives the keep rules keep: a pure function, with the result of restic 0.14 (restic format notes, section 13; ADR 9). It differs
 * where that one loses everything: a negative count is refused, and a group is never emptied.
 */
import {
  PINNED_TAG,
  type ArchiveFilter,
  type GroupBy,
  type KeepCount,
  type KeepRules,
  type KeepSpan,
} from '../../../shared/model/retention.ts';
import type { GoTime } from '../format/go-time.ts';
import type { Id } from '../format/id.ts';
import type { LoadedSnapshot } from '../repository/snapshots.ts';
import { buckets, type Bucket } from './calendar-bucket.ts';
import { formatKeepSpan, instantBefore, invalidRule, isZeroSpan } from './keep-span.ts';

export interface ForgetDecision extends LoadedSnapshot {
  readonly keep: boolean;
  /** Why it is kept, in restic's words; empty when it is removed. */
  readonly reasons: readonly string[];
}

export interface ForgetGroup {
  /** What the archives have in common; null for what they were not grouped by. */
  readonly hostname: string | null;
  readonly paths: readonly string[] | null;
  readonly tags: readonly string[] | null;
  /** Newest first. */
  readonly decisions: readonly ForgetDecision[];
}

export interface ForgetQuestion {
  /** `ids` are whole. */
  readonly rules: KeepRules;
  readonly groupBy: GroupBy;
  readonly filter: ArchiveFilter;
  /** Nanoseconds since 1970: archives of the future are not what spans are counted from. */
  readonly nowNs: bigint;
}

const COUNTED = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
const SPANS = [
  ['withinHourly', 'hourly'],
  ['withinDaily', 'daily'],
  ['withinWeekly', 'weekly'],
  ['withinMonthly', 'monthly'],
  ['withinYearly', 'yearly'],
] as const;

/**
 * Groups in the order of their newest archives' first appearance in `snapshots`. Without any rule everything is kept.
 * @throws HoldfastError `forget/invalid-rule` for a count or span that is negative or no whole number
 */
export function decideForget(
  snapshots: readonly LoadedSnapshot[],
  { rules, groupBy, filter, nowNs }: ForgetQuestion,
): ForgetGroup[] {
  requireValid(rules);
  const groups = new Map<string, { head: Omit<ForgetGroup, 'decisions'>; of: LoadedSnapshot[] }>();
  for (const loaded of snapshots) {
    if (!matchesFilter(loaded, filter)) continue;
    const head = headOf(loaded, groupBy);
    const key = JSON.stringify(head);
    const group = groups.get(key) ?? { head, of: [] };
    group.of.push(loaded);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ head, of }) => ({
    ...head,
    decisions: decideGroup(of, rules, nowNs),
  }));
}

export function hasRules(rules: KeepRules): boolean {
  return (
    COUNTED.some((name) => isCount(rules[name])) ||
    ['within', ...SPANS.map(([name]) => name)].some((name) =>
      isSpan(rules[name as (typeof SPANS)[number][0] | 'within']),
    ) ||
    (rules.tags ?? []).length > 0 ||
    (rules.ids ?? []).length > 0
  );
}

function decideGroup(
  snapshots: readonly LoadedSnapshot[],
  rules: KeepRules,
  nowNs: bigint,
): ForgetDecision[] {
  const newestFirst = snapshots.toSorted((a, b) => {
    const [left, right] = [a.snapshot.time.epochNs, b.snapshot.time.epochNs];
    return Number(left < right) - Number(left > right);
  });
  if (!hasRules(rules)) {
    return newestFirst.map((loaded) => ({ ...loaded, keep: true, reasons: ['no rule was given'] }));
  }
  const deciders = decidersFor(rules, latestOf(newestFirst, nowNs));
  const decisions = newestFirst.map((loaded, at): ForgetDecision => {
    // Each rule sees every snapshot: one may use up several counts.
    const reasons = deciders
      .map((decide) => decide(loaded, at))
      .filter((reason) => reason !== null);
    return { ...loaded, keep: reasons.length > 0, reasons };
  });
  const [newest, ...others] = decisions;
  if (newest === undefined || decisions.some(({ keep }) => keep)) return decisions;
  return [{ ...newest, keep: true, reasons: ['last one of its group'] }, ...others];
}

/** The reason to keep it, or null. */
type Decider = (loaded: LoadedSnapshot, at: number) => string | null;

function decidersFor(rules: KeepRules, latest: GoTime | null): Decider[] {
  const ids = new Set<Id>(rules.ids ?? []);
  const deciders: Decider[] = [
    ({ snapshot }) => ((snapshot.tags ?? []).includes(PINNED_TAG) ? 'pinned' : null),
    ({ id }) => (ids.has(id) ? 'id' : null),
  ];
  for (const tags of rules.tags ?? []) {
    deciders.push((loaded) => (hasTags(loaded, tags) ? `has tags [${tags.join(', ')}]` : null));
  }
  const { within } = rules;
  if (isSpan(within)) {
    deciders.push(younger(latest, within, () => `within ${formatKeepSpan(within)}`));
  }
  for (const name of COUNTED) {
    const count = rules[name];
    if (isCount(count)) deciders.push(counted(buckets[name], count, `${name} snapshot`));
  }
  for (const [rule, name] of SPANS) {
    const span = rules[rule];
    if (!isSpan(span)) continue;
    const reason = `${name} within ${formatKeepSpan(span)}`;
    deciders.push(younger(latest, span, counted(buckets[name], 'unlimited', reason)));
  }
  return deciders;
}

function counted(bucket: Bucket, count: KeepCount, reason: string): Decider {
  let left = count === 'unlimited' ? Number.POSITIVE_INFINITY : count;
  let lastKept: number | null = null;
  return ({ snapshot }, at) => {
    const number = bucket(snapshot.time, at);
    if (left <= 0 || number === lastKept) return null;
    lastKept = number;
    left -= 1;
    return reason;
  };
}

/** What `decide` says, of snapshots younger than `span`, seen from the latest of the group. */
function younger(latest: GoTime | null, span: KeepSpan, decide: Decider): Decider {
  const limitNs = latest === null ? null : instantBefore(latest, span);
  return (loaded, at) =>
    limitNs === null || loaded.snapshot.time.epochNs > limitNs ? decide(loaded, at) : null;
}

/** The newest that is not in the future; null when all are. */
function latestOf(newestFirst: readonly LoadedSnapshot[], nowNs: bigint): GoTime | null {
  return newestFirst.find(({ snapshot }) => snapshot.time.epochNs < nowNs)?.snapshot.time ?? null;
}

function matchesFilter(loaded: LoadedSnapshot, { hosts, tags, paths }: ArchiveFilter): boolean {
  const { snapshot } = loaded;
  return (
    (hosts.length === 0 || hosts.includes(snapshot.hostname ?? '')) &&
    (tags.length === 0 || tags.some((list) => hasTags(loaded, list))) &&
    paths.every((path) => snapshot.paths.includes(path))
  );
}

/** All tags of the list; the empty one is had by whoever has no tags. */
function hasTags({ snapshot }: LoadedSnapshot, wanted: readonly string[]): boolean {
  const tags = snapshot.tags ?? [];
  if (tags.length === 0 && wanted.includes('')) return true;
  return wanted.every((tag) => tags.includes(tag));
}

function headOf({ snapshot }: LoadedSnapshot, groupBy: GroupBy): Omit<ForgetGroup, 'decisions'> {
  return {
    hostname: groupBy.includes('host') ? (snapshot.hostname ?? '') : null,
    paths: groupBy.includes('paths') ? snapshot.paths.toSorted() : null,
    tags: groupBy.includes('tags') ? (snapshot.tags ?? []).toSorted() : null,
  };
}

function isCount(count: KeepCount | undefined): count is KeepCount {
  return count !== undefined && count !== 0;
}

function isSpan(span: KeepSpan | undefined): span is KeepSpan {
  return span !== undefined && !isZeroSpan(span);
}

function requireValid(rules: KeepRules): void {
  const isNatural = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
  for (const name of COUNTED) {
    const count = rules[name] ?? 0;
    if (count !== 'unlimited' && !isNatural(count)) throw invalidRule(name, String(count));
  }
  for (const name of ['within', ...SPANS.map(([rule]) => rule)] as const) {
    const { years, months, days, hours } = rules[name] ?? {
      years: 0,
      months: 0,
      days: 0,
      hours: 0,
    };
    if (![years, months, days, hours].every(isNatural)) {
      throw invalidRule(name, `${years}y${months}m${days}d${hours}h`);
    }
  }
}
