/** The real restic decides over the same archives: random histories on several computers, random rules, groups and filters. */
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { GroupBy, KeepRules } from '../../../shared/model/retention.ts';
import { LocalBackend } from '../backend/local-backend.ts';
import { formatGoTime } from '../format/go-time.ts';
import { resticOk } from '../testing/restic-binary.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { createTestRepository, storeSnapshot, TEST_PASSWORD } from '../testing/test-repository.ts';
import { decideForget } from './forget-policy.ts';
import { parseKeepSpan } from './keep-span.ts';

interface ResticGroup {
  readonly keep: readonly { readonly id: string }[] | null;
  readonly remove: readonly { readonly id: string }[] | null;
  readonly reasons:
    | readonly {
        readonly snapshot: { readonly time: string; readonly hostname: string };
        readonly matches: readonly string[];
      }[]
    | null;
}

const SNAPSHOTS = 150;
const POLICIES = 40;
const OFFSETS = [0, 60, 120, -300, 330, 780];
const HOSTS = ['one', 'two'];
const PATHS = [['/a'], ['/b', '/a'], ['/a', '/b']];
const TAGS = [[], ['x'], ['y'], ['x', 'y']];
const COUNTS = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
const SPANS = ['Hourly', 'Daily', 'Weekly', 'Monthly', 'Yearly'] as const;

const span = fc
  .tuple(fc.nat(2), fc.nat(13), fc.nat(40), fc.nat(50))
  .map(([years, months, days, hours]) => `${years}y${months}m${days}d${hours}h`)
  .filter((text) => /[1-9]/u.test(text));

const policy = fc.record({
  counts: fc.array(fc.tuple(fc.constantFrom(...COUNTS), fc.integer({ min: 1, max: 12 })), {
    maxLength: 4,
  }),
  within: fc.option(span),
  spans: fc.array(fc.tuple(fc.constantFrom(...SPANS), span), { maxLength: 2 }),
  tags: fc.option(fc.constantFrom(['x'], ['x', 'y'], [''])),
  groupBy: fc.subarray<GroupBy[number]>(['host', 'paths', 'tags']),
  host: fc.option(fc.constantFrom(...HOSTS)),
  path: fc.option(fc.constantFrom('/a', '/b')),
  tag: fc.option(fc.constantFrom(['x'], ['y', 'x'], [''])),
});

describe('restic and we', () => {
  it(`keep the same of ${SNAPSHOTS} archives in ${POLICIES} random policies, for the same reasons`, async () => {
    const path = join(temporaryFolder(), 'repo');
    const repository = await createTestRepository(new LocalBackend(path));
    const { tree } = await storeSnapshot(repository, { a: [Buffer.from('a')] });
    const random = fc.sample(
      fc.record({
        stepMinutes: fc.oneof(fc.nat(90), fc.nat(3000), fc.nat(60_000)),
        offsetMinutes: fc.constantFrom(...OFFSETS),
        hostname: fc.constantFrom(...HOSTS),
        paths: fc.constantFrom(...PATHS),
        tags: fc.constantFrom(...TAGS),
      }),
      { numRuns: SNAPSHOTS, seed: 5 },
    );
    let epochMs = Date.UTC(2017, 0, 1, 3, 4, 5);
    const lock = await repository.lock('shared');
    for (const { stepMinutes, offsetMinutes, ...facts } of random) {
      // No two at one instant: restic leaves open which of them comes first.
      epochMs += 1000 + stepMinutes * 60_000;
      const time = { epochNs: BigInt(epochMs) * 1_000_000n, offsetMinutes };
      await repository.saveSnapshot({ time, tree, ...facts }, lock);
    }
    await lock.release();
    const all = await repository.listSnapshots();
    const oracle = { repository: path, password: TEST_PASSWORD };
    const nowNs = BigInt(Date.now()) * 1_000_000n;
    let compared = 0;
    for (const one of fc.sample(policy, { numRuns: POLICIES, seed: 7 })) {
      const args = ['forget', '--dry-run', '--json', '--group-by', one.groupBy.join(',')];
      const rules: Record<string, unknown> = {};
      for (const [name, count] of one.counts) {
        rules[name] = count;
        args.push(`--keep-${name}`, String(count));
      }
      if (one.within !== null) {
        rules['within'] = parseKeepSpan(one.within, 'within');
        args.push('--keep-within', one.within);
      }
      for (const [name, text] of one.spans) {
        rules[`within${name}`] = parseKeepSpan(text, name);
        args.push(`--keep-within-${name.toLowerCase()}`, text);
      }
      if (one.tags !== null) {
        rules['tags'] = [one.tags];
        args.push('--keep-tag', one.tags.join(','));
      }
      if (one.host !== null) args.push('--host', one.host);
      if (one.path !== null) args.push('--path', one.path);
      if (one.tag !== null) args.push('--tag', one.tag.join(','));
      const filter = {
        hosts: one.host === null ? [] : [one.host],
        paths: one.path === null ? [] : [one.path],
        tags: one.tag === null ? [] : [[...one.tag]],
      };
      const question = { rules: rules as KeepRules, groupBy: one.groupBy, filter, nowNs };
      const ours = decideForget(all, question).flatMap(({ decisions }) => decisions);
      const theirs = JSON.parse(resticOk(oracle, ...args) || '[]') as ResticGroup[] | null;
      const kept = ours.filter(
        ({ keep, reasons }) => keep && reasons[0] !== 'last one of its group',
      );
      const ids = (list: readonly { readonly id: string }[]) => list.map(({ id }) => id).toSorted();
      const theirKept = (theirs ?? []).flatMap(({ keep }) => keep ?? []);
      const theirRemoved = (theirs ?? []).flatMap(({ remove }) => remove ?? []);
      const hasRules = Object.keys(rules).length > 0;
      // Without any rule restic does not even list what it keeps.
      if (hasRules) expect([one, ids(kept)]).toEqual([one, ids(theirKept)]);
      expect(theirRemoved.length + kept.length).toBe(hasRules ? ours.length : kept.length);
      const why = new Map(
        (theirs ?? [])
          .flatMap(({ reasons }) => reasons ?? [])
          .map(({ snapshot, matches }) => [new Date(snapshot.time).getTime(), matches]),
      );
      for (const { snapshot, reasons } of hasRules ? kept : []) {
        expect(reasons).toEqual(why.get(new Date(formatGoTime(snapshot.time)).getTime()));
      }
      compared += kept.length;
    }
    expect(compared).toBeGreaterThan(SNAPSHOTS);
  });
});
