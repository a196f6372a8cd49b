/** Looks for a name in the folders that are open in the tree, page by page, without keeping more than what was found. */
import type { ArchiveEntry } from '../../../shared/model/archive.ts';
import { PAGE_SIZE, type ArchiveTree } from './archive-tree.ts';

export interface Found {
  readonly entry: ArchiveEntry;
  /** Names of the folders above, from the top. */
  readonly folders: readonly string[];
}

export interface SearchState {
  /** The first `MAX_FOUND`, in the order of the tree's folders. */
  readonly found: readonly Found[];
  readonly foundCount: number;
  readonly looked: number;
  readonly total: number;
  readonly done: boolean;
}

export const MAX_FOUND = 1000;

/** Yields after each page that was looked through. Throws what loading a page throws. */
export async function* searchOpenFolders(
  tree: ArchiveTree,
  text: string,
): AsyncGenerator<SearchState> {
  const folders = tree.openedFolders();
  const total = folders.reduce((sum, folder) => sum + folder.total, 0);
  const wanted = forComparing(text);
  const found: Found[] = [];
  let foundCount = 0;
  let looked = 0;
  for (const { path, names, total: inFolder } of folders) {
    for (let page = 0; page * PAGE_SIZE < inFolder; page += 1) {
      for (const entry of await tree.page(path, page)) {
        looked += 1;
        if (!forComparing(entry.name).includes(wanted)) continue;
        foundCount += 1;
        if (found.length < MAX_FOUND) found.push({ entry, folders: names });
      }
      yield { found: [...found], foundCount, looked, total, done: false };
    }
  }
  yield { found, foundCount, looked, total, done: true };
}

/** Neither case nor the form of accents matters. */
export function forComparing(text: string): string {
  return text.normalize('NFC').toLocaleLowerCase();
}

export function nameStartsWith(name: string, text: string): boolean {
  return forComparing(name).startsWith(forComparing(text));
}
