/** git as the judge of the syntax that we share with it: random patterns and paths, with a fixed seed. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { PatternMatcher } from './exclude-patterns.ts';
import { parseComponent } from './glob-component.ts';

const SEED = 20_261_125;
const RUNS = 200;

const classes = [
  '[ab]',
  '[!a]',
  '[^b]',
  '[a-c]',
  '[]a]',
  '[!]-]',
  '[\\]a]',
  '[[:alpha:]]',
  '[c-a]',
  '[a-',
  '[[:x:]]',
  '[-a]',
  '[a-c-]',
  '[[:digit:]-c]',
  '[[ab]',
  '[[:punct:]]',
  '[a\\-c]',
];
const piece = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'b', 'c', '.', '-', ']', '!', '#', '1') },
  { weight: 4, arbitrary: fc.constantFrom('*', '*', '?', '**') },
  { weight: 2, arbitrary: fc.constantFrom(...classes) },
  { weight: 1, arbitrary: fc.constantFrom('\\a', '\\*', '\\[', '\\#', '\\!', '\\ ', ' ') },
);
const component = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join('')),
  },
  { weight: 1, arbitrary: fc.constant('**') },
);
/** Not those that mean another thing here: without any name, or with a folder `.`. */
const pattern = fc
  .record({
    negated: fc.boolean(),
    rooted: fc.boolean(),
    components: fc.array(component, { minLength: 1, maxLength: 3 }),
    foldersOnly: fc.boolean(),
  })
  .filter(({ components }) => components.some((name) => !/^\*{2,}$/u.test(name)))
  .filter(({ components }) => !components.some((name) => /^\.* *$/u.test(name)))
  // Nor where a class goes on behind a slash, in which neither finds anything sensible; nor with `a**` as a folder, which git 2.39 takes for
  // `a` and a folder `**` (it compares what comes before the first wildcard by itself, and forgets that it was there).
  .filter(({ components: all }) => all.length === 1 || all.every((name) => isWhole(name)));
type Pattern = typeof pattern extends fc.Arbitrary<infer T> ? T : never;

const name = fc.stringMatching(/^[abc.\-\]!#1*[ ]{1,3}$/u).filter((text) => !/^\.+$/u.test(text));
const paths = fc.array(
  fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/')),
  { minLength: 20, maxLength: 40 },
);

it('patterns agree with git check-ignore', () => {
  const root = join(temporaryFolder(), 'work');
  mkdirSync(root);
  const git = (args: readonly string[], input = ''): string => {
    try {
      const all = ['-C', root, '-c', 'core.excludesFile=', ...args];
      return execFileSync('git', all, { input }).toString();
    } catch (error) {
      // Nothing is ignored.
      if (error instanceof Error && 'status' in error && error.status === 1) return '';
      throw error;
    }
  };
  git(['init', '-q']);
  let [asked, leftOut] = [0, 0];
  fc.assert(
    fc.property(fc.array(pattern, { minLength: 1, maxLength: 6 }), paths, (patterns, all) => {
      // What is not rooted has any depth here; git binds it to the folder if it has a slash inside.
      const theirs = patterns.map((each) =>
        written(each, each.rooted ? '/' : each.components.length > 1 ? '**/' : ''),
      );
      writeFileSync(join(root, '.gitignore'), theirs.join('\n'));
      const ours = patterns.map((each) => written(each, each.rooted ? '/' : ''));
      const matcher = new PatternMatcher(
        ours.map((each) => ({ pattern: each, reason: { kind: 'pattern', pattern: each } })),
        'linux',
      );
      // Nothing of it is on the disk: the last name is a file, all before it are folders.
      const each = [...new Set(all)];
      const input = each.map((path) => `${path}\0`).join('');
      const ignored = git(['check-ignore', '--no-index', '-z', '--stdin'], input).split('\0');
      const found = each.filter((path) => isLeftOut(matcher, path));
      asked += each.length;
      leftOut += found.length;
      expect({ ours, found }).toEqual({
        ours,
        found: each.filter((path) => ignored.includes(path)),
      });
    }),
    { seed: SEED, numRuns: RUNS },
  );
  // The judge was asked about something.
  expect(leftOut).toBeGreaterThan(asked / 50);
  expect(leftOut).toBeLessThan((asked * 49) / 50);
});

function isWhole(name: string): boolean {
  return parseComponent(name) !== null && (/^\*+$/u.test(name) || !name.includes('**'));
}

function written({ negated, components, foldersOnly }: Pattern, start: string): string {
  const text = start + components.join('/');
  // A remark by accident says nothing about either.
  const escape = !negated && /^[#!]/u.test(text) ? '\\' : '';
  return `${negated ? '!' : escape}${text}${foldersOnly ? '/' : ''}`;
}

function isLeftOut(matcher: PatternMatcher, path: string): boolean {
  const names = path.split('/');
  return names.some((last, index) => {
    const folder = ['', ...names.slice(0, index), ''].join('/');
    const around = { pathTo: (each: string) => folder + each, hasBeside: () => true };
    return matcher.reasonFor(last, index < names.length - 1, around) !== null;
  });
}
