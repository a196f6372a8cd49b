/**
 * The rows of an archive's tree as far as it is open, addressed by number without ever listing them: a folder with a million
 * entries costs what was looked at. Pages are loaded when rows of them are wanted, and the least recently wanted are let go.
 */
import type { ArchiveEntry } from '../../../shared/model/archive.ts';
import { ROOT_PATH } from './archive-path.ts';

export const PAGE_SIZE = 1000;
const MAX_KEPT_PAGES = 200;
const MAX_LOADS_AT_ONCE = 2;

export interface ChildrenPage {
  readonly entries: readonly ArchiveEntry[];
  /** In the whole folder. */
  readonly total: number;
}
export type LoadChildren = (path: string, offset: number, limit: number) => Promise<ChildrenPage>;

/** Stays true for a row while others appear above it. `folder` is null for the root's own row. */
export interface RowKey {
  readonly folder: string | null;
  readonly index: number;
}

interface RowPlace {
  readonly key: RowKey;
  /** 1 for the root. */
  readonly level: number;
}
export type TreeRow = RowPlace &
  (
    | {
        readonly kind: 'entry';
        readonly entry: ArchiveEntry;
        readonly setSize: number;
        /** From 1. */
        readonly position: number;
        /** null for what cannot be opened. */
        readonly expanded: boolean | null;
      }
    | { readonly kind: 'loading' | 'empty' }
    | { readonly kind: 'failed'; readonly error: unknown; readonly page: number }
  );

type Page =
  | { readonly state: 'loading' }
  | { readonly state: 'loaded'; readonly entries: readonly ArchiveEntry[] }
  | { readonly state: 'failed'; readonly error: unknown };

interface Folder {
  readonly path: string;
  readonly name: string;
  readonly parent: Folder | null;
  readonly indexInParent: number;
  /** Of its entries. */
  readonly level: number;
  total: number | null;
  readonly pages: Map<number, Page>;
  /** Open folders among the entries, by index. */
  readonly open: OpenFolder[];
  /** Rows of all that is open in it, without its own. */
  rows: number;
}

interface OpenFolder {
  readonly folder: Folder;
  /** Rows that open folders before this one add. */
  rowsBefore: number;
}

/** An open folder, for those who go through all of its entries. */
export interface OpenedFolder {
  readonly path: string;
  /** Names from the root down, without the root. */
  readonly names: readonly string[];
  readonly total: number;
}

export class ArchiveTree {
  readonly #load: LoadChildren;
  readonly #rootEntry: ArchiveEntry;
  readonly #root: Folder;
  readonly #folders = new Map<string, Folder>();
  readonly #listeners = new Set<() => void>();
  /** Folder and page number; the first is the least recently wanted. */
  readonly #recent = new Map<string, { readonly folder: Folder; readonly page: number }>();
  #wanted: { readonly folder: Folder; readonly page: number }[] = [];
  #loading = 0;
  #rootOpen = true;
  #version = 0;

  /** `rootEntry` stands for the whole archive. */
  constructor(rootEntry: ArchiveEntry, load: LoadChildren) {
    this.#load = load;
    this.#rootEntry = rootEntry;
    this.#root = makeFolder(rootEntry, null, 0);
    this.#folders.set(ROOT_PATH, this.#root);
  }

  /** For `useSyncExternalStore`. */
  readonly subscribe = (listener: () => void): (() => void) => {
    const own = (): void => listener();
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  };
  readonly version = (): number => this.#version;

  get rowCount(): number {
    return 1 + (this.#rootOpen ? this.#root.rows : 0);
  }

  /** null when the folder was never opened. */
  readonly countEntries = (path: string): number | null => this.#folders.get(path)?.total ?? null;

  /** Of a folder that was opened. */
  readonly nameOf = (path: string): string => this.#folders.get(path)?.name ?? path;

  /** null beyond the end. */
  rowAt(rowIndex: number): TreeRow | null {
    if (rowIndex < 0 || rowIndex >= this.rowCount) return null;
    if (rowIndex === 0) {
      const key = { folder: null, index: 0 };
      const place = { setSize: 1, position: 1, expanded: this.#rootOpen };
      return { kind: 'entry', key, level: 1, entry: this.#rootEntry, ...place };
    }
    return rowIn(this.#root, rowIndex - 1);
  }

  /** null when the row is in a folder that is closed. */
  indexOf(key: RowKey): number | null {
    if (key.folder === null) return 0;
    const folder = this.#folders.get(key.folder);
    if (folder === undefined) return null;
    const start = this.#startOf(folder);
    return start === null || key.index >= (folder.total ?? 1) + 1
      ? null
      : start + key.index + rowsBefore(folder, key.index);
  }

  /** The row of the folder in which this row is; null for the root. */
  parentOf(key: RowKey): RowKey | null {
    if (key.folder === null) return null;
    const folder = this.#folders.get(key.folder);
    return folder === undefined ? null : keyOf(folder);
  }

  open(row: TreeRow): void {
    if (row.kind !== 'entry' || row.expanded !== false) return;
    this.#openFolder(row.key, row.entry);
    this.#changed();
    this.#pump();
  }

  close(row: TreeRow): void {
    if (row.kind !== 'entry' || row.expanded !== true) return;
    if (row.key.folder === null) this.#rootOpen = false;
    else {
      const siblings = this.#folders.get(row.key.folder)?.open ?? [];
      const at = siblings.findIndex(({ folder }) => folder.path === row.entry.path);
      if (at >= 0) siblings.splice(at, 1);
    }
    this.#changed();
  }

  /** Loads what these rows need, and forgets what was wanted before and has not begun. */
  want(firstRow: number, lastRow: number): void {
    const wanted = new Map<string, { folder: Folder; page: number }>();
    for (let index = firstRow; index <= Math.min(lastRow, this.rowCount - 1); index += 1) {
      const { key } = this.rowAt(index) ?? {};
      const folder =
        key?.folder === undefined || key.folder === null ? null : this.#folders.get(key.folder);
      if (key === undefined || folder === null || folder === undefined) continue;
      const page = Math.floor(key.index / PAGE_SIZE);
      wanted.set(pageName(folder, page), { folder, page });
    }
    for (const [name, place] of wanted) {
      this.#recent.delete(name);
      this.#recent.set(name, place);
    }
    this.#wanted = [...wanted.values()];
    this.#pump();
  }

  retry(row: TreeRow): void {
    if (row.kind !== 'failed' || row.key.folder === null) return;
    const folder = this.#folders.get(row.key.folder);
    if (folder === undefined) return;
    folder.pages.delete(row.page);
    this.#wanted.push({ folder, page: row.page });
    this.#changed();
    this.#pump();
  }

  /** Opens the root, and on from it as long as there is one single entry and that is a folder. */
  async openFirstFork(): Promise<void> {
    let folder = this.#root;
    for (;;) {
      await this.#loadPage(folder, 0);
      const page = folder.pages.get(0);
      const only = page?.state === 'loaded' && folder.total === 1 ? page.entries[0] : undefined;
      if (only?.type !== 'dir') return;
      folder = this.#openFolder({ folder: folder.path, index: 0 }, only);
      this.#changed();
    }
  }

  /** The next loaded entry whose name begins with `text`, from the row after `from` on, and round again from the top. */
  findByName(
    text: string,
    from: number,
    matches: (name: string, text: string) => boolean,
  ): RowKey | null {
    const count = this.rowCount;
    for (let step = 1; step <= count;) {
      const index = (from + step) % count;
      const row = this.rowAt(index);
      if (row?.kind === 'entry') {
        if (matches(row.entry.name, text)) return row.key;
        step += 1;
      } else {
        const end = row === null ? index : this.#endOfPage(row.key, index);
        step += Math.max(1, end - index);
      }
    }
    return null;
  }

  /** All open folders that are to be seen and whose first page is there, from the top. */
  openedFolders(): OpenedFolder[] {
    const found: OpenedFolder[] = [];
    const visit = (folder: Folder, names: readonly string[]): void => {
      if (folder.total !== null) found.push({ path: folder.path, names, total: folder.total });
      for (const { folder: inner } of folder.open) visit(inner, [...names, inner.name]);
    };
    if (this.#rootOpen) visit(this.#root, []);
    return found;
  }

  /** From what is there, or loaded without being kept. */
  async page(path: string, page: number): Promise<readonly ArchiveEntry[]> {
    const known = this.#folders.get(path)?.pages.get(page);
    if (known?.state === 'loaded') return known.entries;
    return (await this.#load(path, page * PAGE_SIZE, PAGE_SIZE)).entries;
  }

  #openFolder(key: RowKey, entry: ArchiveEntry): Folder {
    const parent = key.folder === null ? null : this.#folders.get(key.folder);
    if (parent === null || parent === undefined) {
      this.#rootOpen = true;
      return this.#root;
    }
    const folder = this.#folders.get(entry.path) ?? makeFolder(entry, parent, key.index);
    this.#folders.set(entry.path, folder);
    if (!parent.open.some((other) => other.folder === folder)) {
      parent.open.push({ folder, rowsBefore: 0 });
      parent.open.sort((a, b) => a.folder.indexInParent - b.folder.indexInParent);
    }
    if (folder.total === null) this.#wanted.push({ folder, page: 0 });
    return folder;
  }

  #pump(): void {
    while (this.#loading < MAX_LOADS_AT_ONCE) {
      const next = this.#wanted.shift();
      if (next === undefined) return;
      if (!next.folder.pages.has(next.page)) void this.#loadPage(next.folder, next.page);
    }
  }

  async #loadPage(folder: Folder, page: number): Promise<void> {
    if (folder.pages.get(page)?.state === 'loaded') return;
    folder.pages.set(page, { state: 'loading' });
    this.#loading += 1;
    try {
      const { entries, total } = await this.#load(folder.path, page * PAGE_SIZE, PAGE_SIZE);
      folder.pages.set(page, { state: 'loaded', entries });
      folder.total = total;
      this.#recent.set(pageName(folder, page), { folder, page });
      this.#letGo();
    } catch (error) {
      folder.pages.set(page, { state: 'failed', error });
    } finally {
      this.#loading -= 1;
    }
    this.#changed();
    this.#pump();
  }

  #letGo(): void {
    for (const [name, { folder, page }] of this.#recent) {
      if (this.#recent.size <= MAX_KEPT_PAGES) return;
      this.#recent.delete(name);
      if (folder.pages.get(page)?.state === 'loaded') folder.pages.delete(page);
    }
  }

  #changed(): void {
    layOut(this.#root);
    this.#version += 1;
    for (const listener of this.#listeners) listener();
  }

  /** The row after a folder's own; null when it is not to be seen. */
  #startOf(folder: Folder): number | null {
    if (folder.parent === null) return this.#rootOpen ? 1 : null;
    if (!folder.parent.open.some((other) => other.folder === folder)) return null;
    const own = this.indexOf(keyOf(folder));
    return own === null ? null : own + 1;
  }

  /** The first row behind the page in which a row that is not loaded stands. */
  #endOfPage(key: RowKey, rowIndex: number): number {
    const folder = key.folder === null ? undefined : this.#folders.get(key.folder);
    if (folder === undefined || folder.total === null) return rowIndex + 1;
    const lastIndex =
      Math.min((Math.floor(key.index / PAGE_SIZE) + 1) * PAGE_SIZE, folder.total) - 1;
    // Up to the next open folder: its rows may well be loaded.
    const opened = folder.open.find((other) => other.folder.indexInParent >= key.index);
    const end = Math.min(lastIndex, opened?.folder.indexInParent ?? lastIndex);
    return rowIndex + (end - key.index) + 1;
  }
}

function makeFolder(entry: ArchiveEntry, parent: Folder | null, indexInParent: number): Folder {
  const level = parent === null ? 2 : parent.level + 1;
  const { path, name } = entry;
  return {
    path,
    name,
    parent,
    indexInParent,
    level,
    total: null,
    pages: new Map(),
    open: [],
    rows: 1,
  };
}

function keyOf(folder: Folder): RowKey {
  return { folder: folder.parent?.path ?? null, index: folder.indexInParent };
}

function pageName(folder: Folder, page: number): string {
  return `${page} ${folder.path}`;
}

function layOut(folder: Folder): void {
  let added = 0;
  for (const opened of folder.open) {
    opened.rowsBefore = added;
    layOut(opened.folder);
    added += opened.folder.rows;
  }
  // A folder without entries, or of which nothing is known yet, has one row that says so.
  folder.rows = Math.max(1, folder.total ?? 1) + added;
}

function rowsBefore(folder: Folder, index: number): number {
  const last = folder.open.findLast((opened) => opened.folder.indexInParent < index);
  return last === undefined ? 0 : last.rowsBefore + last.folder.rows;
}

function rowIn(folder: Folder, rowIndex: number): TreeRow {
  const opened = folder.open.findLast(
    ({ folder: inner, rowsBefore: before }) => inner.indexInParent + before < rowIndex,
  );
  if (opened !== undefined) {
    const inside = rowIndex - (opened.folder.indexInParent + opened.rowsBefore) - 1;
    if (inside < opened.folder.rows) return rowIn(opened.folder, inside);
  }
  const index = rowIndex - (opened === undefined ? 0 : opened.rowsBefore + opened.folder.rows);
  const key: RowKey = { folder: folder.path, index };
  const place = { key, level: folder.level };
  if (folder.total === 0) return { kind: 'empty', ...place };
  const pageNumber = Math.floor(index / PAGE_SIZE);
  const page = folder.pages.get(pageNumber);
  if (page?.state === 'failed')
    return { kind: 'failed', error: page.error, page: pageNumber, ...place };
  const entry = page?.state === 'loaded' ? page.entries[index % PAGE_SIZE] : undefined;
  if (entry === undefined) return { kind: 'loading', ...place };
  const expanded =
    entry.type === 'dir'
      ? folder.open.some(({ folder: inner }) => inner.path === entry.path)
      : null;
  return {
    kind: 'entry',
    entry,
    setSize: folder.total ?? 1,
    position: index + 1,
    expanded,
    ...place,
  };
}
