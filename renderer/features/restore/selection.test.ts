import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isInside, parentOf } from './archive-path.ts';
import {
  chosenItems,
  isChosen,
  isEverything,
  nextChecked,
  nothingSelected,
  setChecked,
  toRestoreLists,
  viewSelection,
  type CheckState,
  type Selection,
} from './selection.ts';

/** A whole tree by path; folders have the list of their entries. */
type Tree = ReadonlyMap<string, readonly string[] | null>;

function countIn(tree: Tree) {
  return (path: string): number | null => tree.get(path)?.length ?? null;
}

function check(tree: Tree, selection: Selection, path: string, checked: boolean): Selection {
  return setChecked(selection, { path, name: path }, checked, countIn(tree), (name) => name);
}

function stateIn(tree: Tree, selection: Selection, path: string): CheckState {
  return viewSelection(selection, countIn(tree)).stateOf(path);
}

const photos: Tree = new Map<string, readonly string[] | null>([
  ['/', ['/home', '/etc']],
  ['/home', ['/home/ann']],
  ['/home/ann', ['/home/ann/a', '/home/ann/b', '/home/ann/d']],
  ['/home/ann/a', null],
  ['/home/ann/b', null],
  ['/home/ann/d', ['/home/ann/d/x', '/home/ann/d/y']],
  ['/home/ann/d/x', null],
  ['/home/ann/d/y', null],
  ['/etc', ['/etc/hosts']],
  ['/etc/hosts', null],
]);

describe('a choice in the tree', () => {
  it('costs one mark for a folder with a million files', () => {
    const million: Tree = new Map([
      ['/', ['/many']],
      ['/many', Array.from({ length: 1_000_000 }, () => '')],
    ]);
    const selection = check(million, nothingSelected, '/many', true);
    expect(toRestoreLists(selection)).toEqual({ include: ['/many'], exclude: [] });
    const without = check(million, selection, '/many/7', false);
    expect(toRestoreLists(without)).toEqual({ include: ['/many'], exclude: ['/many/7'] });
    expect(stateIn(million, without, '/many')).toBe('mixed');
    expect(stateIn(million, without, '/many/7')).toBe('unchecked');
    expect(stateIn(million, without, '/many/8')).toBe('checked');
    expect(check(million, without, '/many/7', true)).toEqual(selection);
  });

  it('of every entry shows the folder as checked, but restores the entries without it', () => {
    let selection = nothingSelected;
    for (const path of ['/home/ann/a', '/home/ann/b'])
      selection = check(photos, selection, path, true);
    expect(stateIn(photos, selection, '/home/ann')).toBe('mixed');
    selection = check(photos, selection, '/home/ann/d', true);
    expect(stateIn(photos, selection, '/home/ann')).toBe('checked');
    expect(stateIn(photos, selection, '/home')).toBe('checked');
    expect(stateIn(photos, selection, '/')).toBe('mixed');
    expect(toRestoreLists(selection).include).toEqual([
      '/home/ann/a',
      '/home/ann/b',
      '/home/ann/d',
    ]);
  });

  it('drops a folder of which nothing is left', () => {
    let selection = check(photos, nothingSelected, '/home/ann', true);
    for (const path of ['/home/ann/a', '/home/ann/b', '/home/ann/d/x']) {
      selection = check(photos, selection, path, false);
    }
    expect(stateIn(photos, selection, '/home/ann')).toBe('mixed');
    selection = check(photos, selection, '/home/ann/d/y', false);
    expect(selection.size).toBe(0);
  });

  it('nests: all but one folder, and of that folder one file', () => {
    let selection = check(photos, nothingSelected, '/home/ann', true);
    selection = check(photos, selection, '/home/ann/d', false);
    selection = check(photos, selection, '/home/ann/d/x', true);
    expect(toRestoreLists(selection)).toEqual({
      include: ['/home/ann', '/home/ann/d/x'],
      exclude: ['/home/ann/d'],
    });
    expect(stateIn(photos, selection, '/home/ann/d')).toBe('mixed');
    selection = check(photos, selection, '/home/ann/d/y', true);
    expect(toRestoreLists(selection)).toEqual({ include: ['/home/ann'], exclude: [] });
  });

  it('of the root is everything', () => {
    const selection = check(photos, nothingSelected, '/', true);
    expect(isEverything(selection)).toBe(true);
    expect(stateIn(photos, selection, '/etc/hosts')).toBe('checked');
    expect(isEverything(check(photos, selection, '/etc/hosts', false))).toBe(false);
  });

  it('tells what was chosen and what was left out by name', () => {
    const selection = check(
      photos,
      check(photos, nothingSelected, '/home', true),
      '/home/ann/a',
      false,
    );
    const { chosen, leftOut } = chosenItems(selection);
    expect(chosen.map(({ name }) => name)).toEqual(['/home']);
    expect(leftOut.map(({ name }) => name)).toEqual(['/home/ann/a']);
  });

  it('goes on from mixed to checked', () => {
    expect(nextChecked('mixed')).toBe(true);
    expect(nextChecked('unchecked')).toBe(true);
    expect(nextChecked('checked')).toBe(false);
  });
});

describe('any sequence of clicks', () => {
  /** The plainest model there is: the set of chosen files and empty folders. */
  function leavesBelow(tree: Tree, path: string): string[] {
    const children = tree.get(path) ?? [];
    if (children.length === 0) return [path];
    return children.flatMap((child) => leavesBelow(tree, child));
  }

  function naiveState(tree: Tree, leaves: ReadonlySet<string>, path: string): CheckState {
    const below = leavesBelow(tree, path);
    const chosen = below.filter((leaf) => leaves.has(leaf)).length;
    if (chosen === 0) return 'unchecked';
    return chosen === below.length ? 'checked' : 'mixed';
  }

  interface Shape {
    readonly children: readonly Shape[] | null;
  }
  const { shape } = fc.letrec<{ shape: Shape; file: Shape; folder: Shape }>((tie) => ({
    shape: fc.oneof({ depthSize: 'medium', withCrossShrink: true }, tie('file'), tie('folder')),
    file: fc.constant({ children: null }),
    folder: fc.record({ children: fc.array(tie('shape'), { maxLength: 4 }) }),
  }));
  const trees: fc.Arbitrary<Tree> = fc
    .array(shape, { minLength: 1, maxLength: 4 })
    .map((children) => {
      const tree = new Map<string, readonly string[] | null>();
      const visit = (path: string, shapeHere: Shape): void => {
        const prefix = path === '/' ? '' : path;
        // Names of which one is the start of another: `/1` and `/11`.
        const paths = shapeHere.children?.map((_, index) => `${prefix}/${'1'.repeat(index + 1)}`);
        tree.set(path, paths ?? null);
        shapeHere.children?.forEach((child, index) => visit(paths?.[index] ?? '', child));
      };
      visit('/', { children });
      return tree;
    });
  const runs = trees.chain((tree) =>
    fc.record({
      tree: fc.constant(tree),
      clicks: fc.array(fc.constantFrom(...tree.keys()), { maxLength: 25 }),
    }),
  );

  it('shows each box as the plain model does, and names exactly the chosen entries', () => {
    fc.assert(
      fc.property(runs, ({ tree, clicks }) => {
        let selection = nothingSelected;
        const leaves = new Set<string>();
        for (const path of clicks) {
          const checked = nextChecked(stateIn(tree, selection, path));
          selection = check(tree, selection, path, checked);
          for (const leaf of leavesBelow(tree, path)) {
            if (checked) leaves.add(leaf);
            else leaves.delete(leaf);
          }
          const view = viewSelection(selection, countIn(tree));
          for (const each of tree.keys()) {
            expect(view.stateOf(each), `${each} after ${path}`).toBe(
              naiveState(tree, leaves, each),
            );
          }
        }
        for (const leaf of leavesBelow(tree, '/')) {
          expect(isChosen(selection, leaf)).toBe(leaves.has(leaf));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('never keeps a mark that changes nothing, nor a folder of which nothing is chosen', () => {
    fc.assert(
      fc.property(runs, ({ tree, clicks }) => {
        let selection = nothingSelected;
        for (const path of clicks) {
          selection = check(tree, selection, path, nextChecked(stateIn(tree, selection, path)));
        }
        const view = viewSelection(selection, countIn(tree));
        const { include, exclude } = toRestoreLists(selection);
        expect(include.length + exclude.length).toBe(selection.size);
        for (const [path, mark] of selection) {
          const parent = parentOf(path);
          expect(parent !== null && isChosen(selection, parent)).toBe(!mark.checked);
        }
        for (const [path] of tree) {
          if (isChosen(selection, path)) expect(view.stateOf(path)).not.toBe('unchecked');
        }
        // An entry inside an included one is only there because an excluded one lies between.
        for (const path of include) {
          const above = include.filter((other) => isInside(path, other));
          for (const other of above) {
            expect(exclude.some((out) => isInside(out, other) && isInside(path, out))).toBe(true);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('archive paths', () => {
  it.each([
    ['/', null],
    ['/a', '/'],
    ['/a/b', '/a'],
    [String.raw`/a\xff/b c`, String.raw`/a\xff`],
  ])('the parent of %s is %s', (path, parent) => {
    expect(parentOf(path)).toBe(parent);
  });

  it('tell inside from beside', () => {
    expect(isInside('/ab/c', '/a')).toBe(false);
    expect(isInside('/a/c', '/a')).toBe(true);
    expect(isInside('/a', '/a')).toBe(false);
    expect(isInside('/a', '/')).toBe(true);
    expect(isInside('/', '/')).toBe(false);
  });
});
