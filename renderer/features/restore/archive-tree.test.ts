import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ArchiveEntry } from '../../../shared/model/archive.ts';
import { ArchiveTree, PAGE_SIZE, type ChildrenPage, type TreeRow } from './archive-tree.ts';
import { MAX_FOUND, nameStartsWith, searchOpenFolders, type SearchState } from './tree-search.ts';

function entry(path: string, type: ArchiveEntry['type'] = 'file'): ArchiveEntry {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return { path, name, type, sizeBytes: 1, modifiedAt: '2026-11-16T10:00:00Z', linkTarget: null };
}

interface Disk {
  readonly count: (path: string) => number;
  readonly at: (path: string, index: number) => ArchiveEntry;
}

function open(disk: Disk) {
  const loads: string[] = [];
  const load = (path: string, offset: number, limit: number): Promise<ChildrenPage> => {
    loads.push(`${path} ${offset}`);
    const total = disk.count(path);
    const length = Math.max(0, Math.min(limit, total - offset));
    const entries = Array.from({ length }, (_, index) => disk.at(path, offset + index));
    return Promise.resolve({ entries, total });
  };
  return { tree: new ArchiveTree(entry('/', 'dir'), load), loads };
}

/** `/` with so many files. */
function flat(count: number): Disk {
  return { count: () => count, at: (_, index) => entry(`/file ${index}`) };
}

async function settled(): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

function text(row: TreeRow | null): string {
  if (row === null) return 'nothing';
  const path = row.kind === 'entry' ? row.entry.path : row.kind;
  return `${row.level} ${path}`;
}

function allRows(tree: ArchiveTree): string[] {
  return Array.from({ length: tree.rowCount }, (_, index) => text(tree.rowAt(index)));
}

function rowOf(tree: ArchiveTree, path: string): TreeRow {
  for (let index = 0; index < tree.rowCount; index += 1) {
    const row = tree.rowAt(index);
    if (row?.kind === 'entry' && row.entry.path === path) return row;
  }
  throw new Error(`no row ${path}`);
}

describe('a folder with a million entries', () => {
  it('has a million rows at once, and loads only the pages that are wanted', async () => {
    const { tree, loads } = open(flat(1_000_000));
    await tree.openFirstFork();
    expect(tree.rowCount).toBe(1_000_001);
    expect(loads).toEqual(['/ 0']);
    expect(text(tree.rowAt(1))).toBe('2 /file 0');
    expect(tree.rowAt(900_001)?.kind).toBe('loading');
    tree.want(900_001, 900_030);
    await settled();
    expect(loads).toEqual(['/ 0', '/ 900000']);
    expect(tree.rowAt(900_001)).toMatchObject({
      kind: 'entry',
      entry: { path: '/file 900000' },
      level: 2,
      setSize: 1_000_000,
      position: 900_001,
      expanded: null,
    });
  });

  it('lets go of pages that were not looked at for long', async () => {
    const { tree, loads } = open(flat(1_000_000));
    await tree.openFirstFork();
    for (let page = 1; page <= 250; page += 1) {
      tree.want(1 + page * PAGE_SIZE, 1 + page * PAGE_SIZE);
      await settled();
    }
    expect(loads).toHaveLength(251);
    expect(tree.rowAt(1)?.kind).toBe('loading');
    expect(tree.rowAt(250_001)?.kind).toBe('entry');
    expect(tree.countEntries('/')).toBe(1_000_000);
  });

  it('drops what was wanted for a moment only, while scrolling by', async () => {
    const { tree, loads } = open(flat(1_000_000));
    await tree.openFirstFork();
    for (let row = 5001; row < 500_000; row += 1000) tree.want(row, row + 20);
    await settled();
    expect(loads.length).toBeLessThanOrEqual(5);
    expect(loads).toContain('/ 499000');
  });

  it('is searched to its end without being kept', async () => {
    const { tree, loads } = open(flat(100_000));
    await tree.openFirstFork();
    const states: SearchState[] = [];
    for await (const state of searchOpenFolders(tree, 'FILE 99')) states.push(state);
    expect(states.at(-1)).toMatchObject({
      looked: 100_000,
      total: 100_000,
      foundCount: 1111,
      done: true,
    });
    expect(states.at(-1)?.found).toHaveLength(MAX_FOUND);
    expect(loads).toHaveLength(100);
    expect(tree.rowAt(99_000)?.kind).toBe('loading');
  });

  it('finds by the first letters among what is loaded, without asking for more', async () => {
    const { tree, loads } = open(flat(1_000_000));
    await tree.openFirstFork();
    tree.want(500_001, 500_001);
    await settled();
    const key = tree.findByName('file 5005', 0, nameStartsWith);
    expect(key).toEqual({ folder: '/', index: 500_500 });
    expect(tree.findByName('file 777777', 0, nameStartsWith)).toBeNull();
    expect(tree.findByName('File 3', 500_600, nameStartsWith)).toEqual({ folder: '/', index: 3 });
    expect(loads).toHaveLength(2);
  });
});

describe('opening and closing', () => {
  const home: Disk = {
    count: (path) => ({ '/': 1, '/home': 1, '/home/ann': 3, '/home/ann/empty': 0 })[path] ?? 2,
    at: (path, index) => {
      if (path === '/') return entry('/home', 'dir');
      if (path === '/home') return entry('/home/ann', 'dir');
      const prefix = `${path}/`;
      if (path !== '/home/ann') return entry(`${prefix}${index}`);
      return [
        entry(`${prefix}docs`, 'dir'),
        entry(`${prefix}empty`, 'dir'),
        entry(`${prefix}z.txt`),
      ][index] as ArchiveEntry;
    },
  };

  it('goes down by itself to where there is a choice', async () => {
    const { tree } = open(home);
    await tree.openFirstFork();
    expect(allRows(tree)).toEqual([
      '1 /',
      '2 /home',
      '3 /home/ann',
      '4 /home/ann/docs',
      '4 /home/ann/empty',
      '4 /home/ann/z.txt',
    ]);
  });

  it('keeps a key on its row while others appear above', async () => {
    const { tree } = open(home);
    await tree.openFirstFork();
    const { key } = rowOf(tree, '/home/ann/z.txt');
    tree.open(rowOf(tree, '/home/ann/docs'));
    expect(tree.rowAt(4)?.kind).toBe('loading');
    await settled();
    tree.open(rowOf(tree, '/home/ann/empty'));
    await settled();
    expect(allRows(tree).slice(3)).toEqual([
      '4 /home/ann/docs',
      '5 /home/ann/docs/0',
      '5 /home/ann/docs/1',
      '4 /home/ann/empty',
      '5 empty',
      '4 /home/ann/z.txt',
    ]);
    expect(tree.indexOf(key)).toBe(8);
    expect(tree.parentOf(key)).toEqual(rowOf(tree, '/home/ann').key);
    tree.close(rowOf(tree, '/home/ann'));
    expect(tree.indexOf(key)).toBeNull();
    expect(tree.rowCount).toBe(3);
    tree.open(rowOf(tree, '/home/ann'));
    expect(tree.indexOf(key)).toBe(8);
    tree.close(rowOf(tree, '/'));
    expect(tree.rowCount).toBe(1);
  });

  it('tells of each change, and no longer after unsubscribing', async () => {
    const { tree } = open(home);
    let told = 0;
    const unsubscribe = tree.subscribe(() => {
      told += 1;
    });
    const before = tree.version();
    await tree.openFirstFork();
    expect(told).toBeGreaterThan(0);
    expect(tree.version()).toBeGreaterThan(before);
    const soFar = told;
    unsubscribe();
    tree.close(rowOf(tree, '/'));
    expect(told).toBe(soFar);
  });

  it('says so when a folder cannot be read, and tries again when asked', async () => {
    let broken = true;
    const load = (path: string): Promise<ChildrenPage> =>
      path !== '/' && broken
        ? Promise.reject(new Error('damaged'))
        : Promise.resolve({ entries: [entry(`${path === '/' ? '' : path}/a`, 'dir')], total: 1 });
    const tree = new ArchiveTree(entry('/', 'dir'), load);
    await tree.openFirstFork();
    const failed = tree.rowAt(2);
    expect(failed).toMatchObject({ kind: 'failed', level: 3 });
    broken = false;
    if (failed !== null) tree.retry(failed);
    await settled();
    expect(text(tree.rowAt(2))).toBe('3 /a/a');
  });
});

describe('any tree, opened and closed anywhere', () => {
  /** Folder paths to the number of their entries; the first `folders` of them are folders. */
  const disk: Disk = {
    count: (path) => (path.length * 7) % 5,
    at: (path, index) => {
      const inside = `${path === '/' ? '' : path}/${'x'.repeat(index + 1)}`;
      return entry(inside, index < 2 ? 'dir' : 'file');
    },
  };

  it('numbers its rows as the plain walk does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 60 }), { maxLength: 20 }), async (clicks) => {
        const { tree } = open({ ...disk, count: (path) => (path === '/' ? 4 : disk.count(path)) });
        await tree.openFirstFork();
        const opened = new Set(['/']);
        for (const click of clicks) {
          const row = tree.rowAt(click % tree.rowCount);
          if (row?.kind !== 'entry' || row.expanded === null) continue;
          if (row.expanded) {
            tree.close(row);
            opened.delete(row.entry.path);
          } else {
            tree.open(row);
            opened.add(row.entry.path);
          }
          await settled();
        }
        const expected: string[] = [];
        const walk = (path: string, level: number): void => {
          expected.push(`${level} ${path}`);
          if (!opened.has(path)) return;
          const count = path === '/' ? 4 : disk.count(path);
          if (count === 0) expected.push(`${level + 1} empty`);
          for (let index = 0; index < count; index += 1) walk(disk.at(path, index).path, level + 1);
        };
        walk('/', 1);
        expect(allRows(tree)).toEqual(expected);
        for (let index = 0; index < tree.rowCount; index += 1) {
          const row = tree.rowAt(index);
          expect(row === null ? null : tree.indexOf(row.key)).toBe(index);
        }
      }),
      { numRuns: 100 },
    );
  });
});
