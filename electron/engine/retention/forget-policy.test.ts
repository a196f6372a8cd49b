import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { KeepRules } from '../../../shared/model/retention.ts';
import { parseGoTime } from '../format/go-time.ts';
import { sha256Hex } from '../format/id.ts';
import type { LoadedSnapshot } from '../repository/snapshots.ts';
import { readVectors } from '../testing/restic-fixtures.ts';
import { decideForget, type ForgetDecision } from './forget-policy.ts';
import { formatKeepSpan, instantBefore, parseKeepSpan } from './keep-span.ts';

interface Vectors {
  readonly sets: readonly {
    readonly snapshots: readonly { readonly time: string; readonly tags: readonly string[] }[];
    readonly cases: readonly {
      readonly args: readonly string[];
      readonly keep: readonly number[];
      readonly reasons_of_kept_newest_first: readonly (readonly string[])[];
    }[];
  }[];
}

const NOW = parseGoTime('2026-03-01T12:00:00Z').epochNs;
const ALL = { hosts: [], tags: [], paths: [] };

function snapshot(
  time: string,
  facts: Partial<LoadedSnapshot['snapshot']> = {},
  name = time,
): LoadedSnapshot {
  const tree = '0'.repeat(64);
  return {
    id: sha256Hex(Buffer.from(name)),
    snapshot: { time: parseGoTime(time), tree, paths: ['/a'], hostname: 'h', ...facts },
  };
}

function decide(snapshots: readonly LoadedSnapshot[], rules: KeepRules): ForgetDecision[] {
  const question = { rules, groupBy: [], filter: ALL, nowNs: NOW };
  return decideForget(snapshots, question).flatMap(({ decisions }) => decisions);
}

const kept = (decisions: readonly ForgetDecision[]): string[] =>
  decisions.filter(({ keep }) => keep).map(({ id }) => id);

/** The rules that restic's arguments stand for. */
function rulesFrom(args: readonly string[]): KeepRules {
  const rules: Record<string, unknown> = {};
  for (let at = 0; at < args.length; at += 2) {
    const [option = '', value = ''] = args.slice(at);
    const name = option
      .replace('--keep-', '')
      .replaceAll(/-(.)/gu, (_, letter: string) => letter.toUpperCase());
    if (name === 'tag') rules['tags'] = [value.split(',')];
    else rules[name] = name.startsWith('within') ? parseKeepSpan(value, option) : Number(value);
  }
  return rules;
}

describe('the vectors of restic', () => {
  const { sets } = readVectors<Vectors>('forget-vectors.json');
  const cases = sets.flatMap(({ snapshots, cases }, set) =>
    cases.map((one) => ({ ...one, snapshots, title: `set ${set}: ${one.args.join(' ')}` })),
  );

  it('are all there', () => expect(cases).toHaveLength(27));

  it.each(cases)('$title', ({ args, snapshots, keep, reasons_of_kept_newest_first: reasons }) => {
    const loaded = snapshots.map(({ time, tags }, at) => snapshot(time, { tags }, String(at)));
    const decisions = decide(loaded, rulesFrom(args));
    const numbers = kept(decisions).map((id) => loaded.findIndex((one) => one.id === id));
    expect(numbers.toSorted((a, b) => a - b)).toEqual(keep);
    expect(decisions.filter(({ keep }) => keep).map((one) => one.reasons)).toEqual(reasons);
  });
});

describe('what is never removed', () => {
  const three = ['2024-01-01T00:00:00Z', '2024-01-02T00:00:00Z', '2024-01-03T00:00:00Z'];

  it('anything, without a rule or with empty ones', () => {
    const snapshots = three.map((time) => snapshot(time));
    const none = { years: 0, months: 0, days: 0, hours: 0 };
    for (const rules of [{}, { last: 0, within: none }, { tags: [], ids: [] }]) {
      expect(kept(decide(snapshots, rules))).toHaveLength(3);
    }
  });

  it('the newest of a group, whatever the rules say', () => {
    const snapshots = three.map((time) => snapshot(time));
    const decisions = decide(snapshots, { tags: [['there is no such tag']] });
    expect(kept(decisions)).toEqual([snapshots[2]?.id]);
    expect(decisions[0]?.reasons).toEqual(['last one of its group']);
  });

  it('what is pinned or named', () => {
    const [first, second, third] = three.map((time, at) =>
      snapshot(time, at === 0 ? { tags: ['pinned', 'x'] } : {}),
    ) as [LoadedSnapshot, LoadedSnapshot, LoadedSnapshot];
    const decisions = decide([first, second, third], { last: 1, ids: [second.id] });
    expect(decisions.map(({ reasons }) => reasons)).toEqual([
      ['last snapshot'],
      ['id'],
      ['pinned'],
    ]);
  });

  it.each([
    [{ last: -1 }, 'last'],
    [{ yearly: -5, daily: 7 }, 'yearly'],
    [{ daily: 1.5 }, 'daily'],
    [{ hourly: Number.NaN }, 'hourly'],
    [{ within: { years: 0, months: 0, days: -3, hours: 0 } }, 'within'],
    [{ withinDaily: { years: 0, months: 0.5, days: 0, hours: 0 } }, 'withinDaily'],
  ])('anything by %j, which is refused', (rules, rule) => {
    const snapshots = three.map((time) => snapshot(time));
    expect(() => decide(snapshots, rules)).toThrow(
      expect.objectContaining({
        code: 'forget/invalid-rule',
        context: expect.objectContaining({ rule }) as object,
      }),
    );
  });

  it('what a further rule would keep, and the newest archive of each group', () => {
    const count = fc.option(fc.constantFrom<number | 'unlimited'>(0, 1, 2, 5, 'unlimited'));
    const names = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
    const rules = fc
      .tuple(...names.map(() => count))
      .map((counts) =>
        Object.fromEntries(
          names.flatMap((name, at) => (counts[at] === null ? [] : [[name, counts[at]]])),
        ),
      ) as fc.Arbitrary<KeepRules>;
    const snapshots = fc.array(
      fc.record({
        hours: fc.integer({ min: 0, max: 20_000 }),
        offset: fc.constantFrom('Z', '+05:30', '-05:00'),
        hostname: fc.constantFrom('a', 'b'),
      }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(rules, fc.constantFrom(...names), snapshots, (some, name, made) => {
        const loaded = made.map(({ hours, offset, hostname }, at) => {
          const time = new Date(Date.UTC(2020, 0, 1) + hours * 3_600_000).toISOString();
          return snapshot(time.replace('.000Z', offset), { hostname }, String(at));
        });
        const ask = (rules: KeepRules) =>
          decideForget(loaded, { rules, groupBy: ['host'], filter: ALL, nowNs: NOW });
        const groups = ask(some);
        for (const { decisions } of groups) expect(decisions[0]?.keep).toBe(true);
        expect(groups.flatMap(({ decisions }) => decisions)).toHaveLength(loaded.length);
        const before = kept(groups.flatMap(({ decisions }) => decisions));
        const more = ask({ ...some, [name]: 'unlimited' });
        const after = new Set(kept(more.flatMap(({ decisions }) => decisions)));
        const had = Object.values(some).some((value) => value !== 0);
        if (had) expect(before.filter((id) => !after.has(id))).toEqual([]);
      }),
    );
  });
});

describe('groups and filters', () => {
  const snapshots = [
    snapshot('2024-01-01T00:00:00Z', { hostname: 'one', paths: ['/b', '/a'], tags: ['x', 'y'] }),
    snapshot('2024-01-02T00:00:00Z', { hostname: 'one', paths: ['/a', '/b'], tags: ['y'] }),
    snapshot('2024-01-03T00:00:00Z', { hostname: 'two', paths: ['/a'] }),
  ];
  const rules = { last: 1 };
  const keptOf = (question: Partial<Parameters<typeof decideForget>[1]>): number[] =>
    decideForget(snapshots, { rules, groupBy: [], filter: ALL, nowNs: NOW, ...question })
      .flatMap(({ decisions }) => kept(decisions))
      .map((id) => snapshots.findIndex((one) => one.id === id))
      .toSorted((a, b) => a - b);

  it('are made by host, sorted paths and tags', () => {
    expect(keptOf({ groupBy: ['host', 'paths'] })).toEqual([1, 2]);
    expect(keptOf({ groupBy: ['host', 'paths', 'tags'] })).toEqual([0, 1, 2]);
    expect(keptOf({ groupBy: ['paths'] })).toEqual([1, 2]);
    expect(keptOf({ groupBy: [] })).toEqual([2]);
    const [group] = decideForget(snapshots, {
      rules,
      groupBy: ['host', 'paths'],
      filter: ALL,
      nowNs: NOW,
    });
    expect(group).toMatchObject({ hostname: 'one', paths: ['/a', '/b'], tags: null });
  });

  it('leave out what is not asked for', () => {
    expect(keptOf({ filter: { ...ALL, hosts: ['two', 'three'] } })).toEqual([2]);
    expect(keptOf({ filter: { ...ALL, paths: ['/a', '/b'] } })).toEqual([1]);
    expect(keptOf({ filter: { ...ALL, tags: [['x', 'y'], ['z']] } })).toEqual([0]);
    expect(keptOf({ filter: { ...ALL, tags: [['']] } })).toEqual([2]);
    expect(keptOf({ filter: { ...ALL, hosts: ['nobody'] } })).toEqual([]);
  });
});

describe('spans', () => {
  it('are read and printed', () => {
    expect(parseKeepSpan('2y5m7d3h', 'x')).toEqual({ years: 2, months: 5, days: 7, hours: 3 });
    expect(formatKeepSpan(parseKeepSpan('3h1y', 'x'))).toBe('1y3h');
    for (const text of ['', '5', 'd', '-1d', '1w', '1.5d', '1d ', '99999999999999999999d']) {
      expect(() => parseKeepSpan(text, 'within')).toThrow(
        expect.objectContaining({ code: 'forget/invalid-rule' }),
      );
    }
  });

  it.each([
    ['2024-03-31T10:00:00Z', '1m', '2024-03-02T10:00:00Z'],
    ['2023-03-31T10:00:00Z', '1m', '2023-03-03T10:00:00Z'],
    ['2024-02-29T10:00:00.000000001Z', '1y', '2023-03-01T10:00:00.000000001Z'],
    ['2024-01-01T00:30:00+05:30', '1d', '2023-12-31T00:30:00+05:30'],
    ['2024-01-01T00:30:00-05:00', '2y1m1d1h', '2021-11-29T23:30:00-05:00'],
    ['1969-12-31T23:59:59.999999999Z', '1h', '1969-12-31T22:59:59.999999999Z'],
  ])('%s less %s is %s', (from, span, to) => {
    expect(instantBefore(parseGoTime(from), parseKeepSpan(span, 'x'))).toBe(
      parseGoTime(to).epochNs,
    );
  });

  it('are counted from the newest archive that is not of the future, and none makes all of them young', () => {
    const times = ['2024-01-01T00:00:00Z', '2024-01-02T00:00:00Z', '2199-01-01T00:00:00Z'];
    const snapshots = times.map((time) => snapshot(time));
    const within = parseKeepSpan('1d', 'within');
    expect(kept(decide(snapshots, { within }))).toHaveLength(2);
    const future = ['2199-01-01T00:00:00Z', '2299-01-01T00:00:00Z'].map((time) => snapshot(time));
    expect(kept(decide(future, { within }))).toHaveLength(2);
    const endless = { years: 1_000_000, months: 0, days: 0, hours: 0 };
    expect(kept(decide(snapshots, { within: endless }))).toHaveLength(3);
  });
});
