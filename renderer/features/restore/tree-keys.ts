/** What a key does in the tree, as the ARIA Authoring Practices describe it for a tree with check boxes. */
import type { ArchiveTree, RowKey, TreeRow } from './archive-tree.ts';

export type TreeAction =
  | { readonly kind: 'move'; readonly to: number }
  | { readonly kind: 'open' | 'close' | 'check' | 'retry'; readonly row: TreeRow }
  | { readonly kind: 'type'; readonly text: string };

/** null when the key means nothing here. `pageRows`: how many rows are to be seen. */
export function treeAction(
  key: string,
  active: number,
  tree: ArchiveTree,
  pageRows: number,
): TreeAction | null {
  const row = tree.rowAt(active);
  const last = tree.rowCount - 1;
  if (row === null) return null;
  switch (key) {
    case 'ArrowDown':
      return move(Math.min(last, active + 1));
    case 'ArrowUp':
      return move(Math.max(0, active - 1));
    case 'PageDown':
      return move(Math.min(last, active + pageRows));
    case 'PageUp':
      return move(Math.max(0, active - pageRows));
    case 'Home':
      return move(0);
    case 'End':
      return move(last);
    case 'ArrowRight':
      if (row.kind !== 'entry' || row.expanded === null) return null;
      return row.expanded ? move(Math.min(last, active + 1)) : { kind: 'open', row };
    case 'ArrowLeft':
      if (row.kind === 'entry' && row.expanded === true) return { kind: 'close', row };
      return moveTo(tree, tree.parentOf(row.key));
    case 'Enter':
      if (row.kind === 'failed') return { kind: 'retry', row };
      if (row.kind !== 'entry' || row.expanded === null) return null;
      return { kind: row.expanded ? 'close' : 'open', row };
    case ' ':
      if (row.kind === 'failed') return { kind: 'retry', row };
      return row.kind === 'entry' ? { kind: 'check', row } : null;
    default:
      return isCharacter(key) ? { kind: 'type', text: key } : null;
  }
}

function move(to: number): TreeAction {
  return { kind: 'move', to };
}

function moveTo(tree: ArchiveTree, key: RowKey | null): TreeAction | null {
  const to = key === null ? null : tree.indexOf(key);
  return to === null ? null : move(to);
}

/** Keys that are no characters have names of several letters. */
function isCharacter(key: string): boolean {
  const [first] = key;
  return first === key;
}
