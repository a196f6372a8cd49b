import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeSampleTree } from './sample-tree.ts';
import { assertSameTree, differences } from './tree.ts';

let root = '';
const original = (): string => join(root, 'original');
const copy = (...parts: string[]): string => join(root, 'copy', ...parts);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tree-'));
  mkdirSync(original());
  makeSampleTree(original(), { bigFileBytes: 300_000 });
  execFileSync('cp', ['-a', original(), copy()]);
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

describe('the sample tree', () => {
  it('is the same each time, but for its times', async () => {
    mkdirSync(join(root, 'again'));
    makeSampleTree(join(root, 'again'), { bigFileBytes: 300_000 });
    expect(await differences(original(), join(root, 'again'), { ignore: ['time'] })).toEqual([]);
  });

  it('has a name that is no text', () => {
    const names = readdirSync(join(original(), 'odd names'), { encoding: 'buffer' });
    expect(names.some((name) => !Buffer.from(name.toString()).equals(name))).toBe(true);
  });
});

describe('comparing trees', () => {
  it('finds an exact copy the same', async () => {
    await assertSameTree(original(), copy());
  });

  const changes: readonly [what: string, change: () => void, difference: RegExp][] = [
    [
      'content',
      () => writeFileSync(copy('letter.txt'), 'Dear reader,\nthat is kept.\n'),
      /content/u,
    ],
    ['a mode', () => chmodSync(copy('modes', 'secret'), 0o644), /mode 644 instead of 600/u],
    ['a time', () => utimesSync(copy('empty'), 1, 1), /"empty": time 1000000000/u],
    ['a lost file', () => unlinkSync(copy('letter.txt')), /"letter.txt": missing/u],
    ['a new file', () => writeFileSync(copy('new'), ''), /"new": should not be there/u],
    [
      'a link that points elsewhere',
      () => {
        unlinkSync(copy('links', 'to-letter'));
        symlinkSync('../empty', copy('links', 'to-letter'));
      },
      /target \.\.\/empty/u,
    ],
    [
      'a link that became a file',
      () => {
        unlinkSync(copy('links', 'to-letter'));
        writeFileSync(copy('links', 'to-letter'), '');
      },
      /file instead of link/u,
    ],
  ];
  it.each(changes)('sees %s', async (_, change, difference) => {
    change();
    expect((await differences(original(), copy())).join('\n')).toMatch(difference);
  });

  it('sees that two names are no longer one file', async () => {
    const [from, to] = [copy('links', 'hard-1'), copy('links', 'hard-2')];
    unlinkSync(to);
    cpSync(from, to);
    execFileSync('touch', ['-r', join(original(), 'links', 'hard-2'), to]);
    execFileSync('touch', ['-r', join(original(), 'links'), copy('links')]);
    expect(await differences(original(), copy())).toEqual([
      'hard links: [] instead of [["links/hard-1","links/hard-2"]]',
    ]);
    await expect(assertSameTree(original(), copy())).rejects.toThrow('hard links');
  });
});
