/** The search as it goes on, page by page; a new text or leaving the page ends it. */
import { useEffect, useState } from 'react';
import type { ArchiveTree } from './archive-tree.ts';
import { searchOpenFolders, type SearchState } from './tree-search.ts';

/** So that not every letter starts over. */
const TYPING_PAUSE_MS = 200;

export interface TreeSearch {
  /** null while nothing is looked for. */
  readonly state: SearchState | null;
  readonly error: unknown;
}

const idle: TreeSearch = { state: null, error: null };

export function useTreeSearch(tree: ArchiveTree, text: string): TreeSearch {
  const [search, setSearch] = useState<TreeSearch>(idle);
  const wanted = text.trim();
  useEffect(() => {
    const ending = new AbortController();
    const timer = setTimeout(() => {
      if (wanted !== '') void follow(tree, wanted, ending.signal, setSearch);
    }, TYPING_PAUSE_MS);
    return () => {
      ending.abort();
      clearTimeout(timer);
    };
  }, [tree, wanted]);
  return wanted === '' ? idle : search;
}

async function follow(
  tree: ArchiveTree,
  wanted: string,
  ending: AbortSignal,
  report: (search: TreeSearch) => void,
): Promise<void> {
  let state: SearchState | null = null;
  try {
    for await (state of searchOpenFolders(tree, wanted)) {
      if (ending.aborted) return;
      report({ state, error: null });
    }
  } catch (error) {
    if (!ending.aborted) report({ state, error });
  }
}
