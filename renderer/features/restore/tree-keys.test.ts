import { describe, expect, it } from 'vitest';
import type { ArchiveEntry } from '../../../shared/model/archive.ts';
import { ArchiveTree } from './archive-tree.ts';
import { treeAction } from './tree-keys.ts';

function entry(path: string, type: ArchiveEntry['type']): ArchiveEntry {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return {
    path,
    name,
    type,
    sizeBytes: null,
    modifiedAt: '2026-11-16T10:00:00Z',
    linkTarget: null,
  };
}

/** Rows: 0 `/`, 1 `/a` (folder, closed), 2 to 30 files. */
async function tree(): Promise<ArchiveTree> {
  const files = Array.from({ length: 29 }, (_, index) => entry(`/f${index}`, 'file'));
  const made = new ArchiveTree(entry('/', 'dir'), (path) => {
    const entries = path === '/' ? [entry('/a', 'dir'), ...files] : [entry('/a/x', 'file')];
    return Promise.resolve({ entries, total: entries.length });
  });
  await made.openFirstFork();
  return made;
}

describe('keys in the tree', () => {
  it.each([
    ['ArrowDown', 5, 6],
    ['ArrowDown', 30, 30],
    ['ArrowUp', 0, 0],
    ['ArrowUp', 5, 4],
    ['PageDown', 5, 15],
    ['PageDown', 28, 30],
    ['PageUp', 5, 0],
    ['Home', 7, 0],
    ['End', 7, 30],
    ['ArrowRight', 0, 1],
    ['ArrowLeft', 7, 0],
  ])('%s on row %d moves to row %d', async (key, from, to) => {
    expect(treeAction(key, from, await tree(), 10)).toEqual({ kind: 'move', to });
  });

  it('open, close and check what they stand on', async () => {
    const made = await tree();
    expect(treeAction('ArrowRight', 1, made, 10)?.kind).toBe('open');
    expect(treeAction('Enter', 1, made, 10)?.kind).toBe('open');
    expect(treeAction('ArrowLeft', 0, made, 10)?.kind).toBe('close');
    expect(treeAction('Enter', 0, made, 10)?.kind).toBe('close');
    expect(treeAction(' ', 4, made, 10)).toMatchObject({
      kind: 'check',
      row: { entry: { path: '/f2' } },
    });
    expect(treeAction('ArrowRight', 4, made, 10)).toBeNull();
    expect(treeAction('Tab', 4, made, 10)).toBeNull();
  });

  it('are text otherwise, also beyond the basic plane', async () => {
    const made = await tree();
    expect(treeAction('f', 4, made, 10)).toEqual({ kind: 'type', text: 'f' });
    expect(treeAction('\u{1F600}', 4, made, 10)).toEqual({ kind: 'type', text: '\u{1F600}' });
  });
});
