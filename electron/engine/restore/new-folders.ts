/**
 * Folders that this run has made, on their way to the threads which fill them: several at once, one after the other from the top of a stack, so that few are
 * open at a time. What the threads cannot decide by themselves comes back to be decided here.
 */
import { decodeNodeText, type Node } from '../format/tree.ts';
import type { Id } from '../format/id.ts';
import { systemError } from '../native/file-system-port.ts';
import { displayPath, joinPath } from '../native/path-bytes.ts';
import { plainLength } from '../repository/blob-reader.ts';
import type { SealedTree } from '../repository/sealed-trees.ts';
import { LARGE_TASKS_AT_MOST } from '../workers/task-pool.ts';
import type { BlobFetcher } from './blob-fetcher.ts';
import type { FileMeans } from './file-to-restore.ts';
import type { Crew } from './files-in-parts.ts';
import type { OpenFolder } from './open-folder.ts';
import type { FolderOrder, Part, RestoreOutcome } from './restore-messages.ts';
import type { TreeReader } from './tree-reader.ts';

/** Of trees, opened, for one job: some hundred entries. A longer one is worked at in parts. */
const TREES_A_JOB_BYTES = 512 * 1024;
const FOLDERS_A_JOB = 100;

/** A folder of which something is to be decided. Whoever has done so releases it. */
export interface FoundFolder {
  readonly folder: OpenFolder;
  readonly node: Node;
  /** null for all of them. */
  readonly entries: readonly Node[] | null;
}

interface NewFolder {
  readonly folder: OpenFolder;
  readonly node: Node;
  readonly tree: Id;
  /** Opened, in bytes. */
  readonly treeBytes: number;
}

interface Counted {
  readonly files: number;
  readonly bytes: number;
}

type Outcome<K extends RestoreOutcome['kind']> = Extract<RestoreOutcome, { readonly kind: K }>;

export class NewFolders {
  readonly #means: FileMeans;
  readonly #trees: TreeReader;
  readonly #fetcher: BlobFetcher;
  readonly #crew: Crew;
  readonly #restored: (counted: Counted) => void;
  /** The next one at the end. */
  readonly #stack: NewFolder[] = [];
  /** Since the last job has begun: in the order in which they came. */
  readonly #added: NewFolder[] = [];
  readonly #found: FoundFolder[] = [];
  #jobs = 0;
  #begun = 0;

  constructor(
    means: FileMeans,
    trees: TreeReader,
    fetcher: BlobFetcher,
    crew: Crew,
    restored: (counted: Counted) => void,
  ) {
    this.#means = means;
    this.#trees = trees;
    this.#fetcher = fetcher;
    this.#crew = crew;
    this.#restored = restored;
  }

  /** `node` is that of the folder. */
  add(folder: OpenFolder, node: Node, tree: Id): void {
    folder.hold();
    const [location] = this.#means.repository.locate('tree', tree);
    if (location === undefined) this.#found.push({ folder, node, entries: null });
    else this.#added.push({ folder, node, tree, treeBytes: plainLength(location) });
  }

  /** What is to be decided here, as soon as there is something; null when all is done. Rejects with what ended the run. */
  async next(): Promise<readonly FoundFolder[] | null> {
    for (;;) {
      // Not spread over arguments: a folder may have more folders than a call takes.
      for (const folder of this.#added.splice(0).toReversed()) this.#stack.push(folder);
      while (this.#stack.length > 0 && this.#crew.hasRoom()) await this.#startJob();
      if (this.#found.length > 0) return this.#found.splice(0);
      if (this.#stack.length === 0 && this.#jobs === 0) return null;
      await this.#crew.changed();
    }
  }

  async #startJob(): Promise<void> {
    await this.#means.meter.step();
    const folders = this.#takeFolders();
    const [first] = folders;
    if (first === undefined) return;
    this.#means.meter.current(displayPath(first.folder.path));
    // Read once: what the parts come to must be the same in each of them.
    const sealed = this.#sealedOf(folders);
    // A length of 0 is a false one, and found to be by whoever opens it.
    const bytes = Math.max(1, first.treeBytes);
    const parts = Math.min(LARGE_TASKS_AT_MOST, Math.ceil(bytes / TREES_A_JOB_BYTES));
    for (let index = 0; index < parts; index++) {
      const part = parts === 1 ? null : { index, count: parts };
      for (const { folder } of folders) folder.hold();
      this.#jobs += 1;
      this.#crew.start(async () => {
        await this.#fill(folders, sealed, part);
        this.#jobs -= 1;
        for (const { folder } of folders) folder.release();
      });
    }
    for (const { folder } of folders) folder.release();
  }

  #takeFolders(): NewFolder[] {
    const folders: NewFolder[] = [];
    let bytes = 0;
    for (let next = this.#stack.at(-1); next !== undefined; next = this.#stack.at(-1)) {
      bytes += next.treeBytes;
      const isFull = bytes > TREES_A_JOB_BYTES || folders.length === FOLDERS_A_JOB;
      if (isFull && folders.length > 0) break;
      folders.push(next);
      this.#stack.pop();
    }
    return folders;
  }

  async #sealedOf(folders: readonly NewFolder[]): Promise<(SealedTree | null)[]> {
    const { signal } = this.#means;
    return Promise.all(folders.map(async ({ tree }) => this.#trees.sealed(tree, signal)));
  }

  async #fill(
    folders: readonly NewFolder[],
    sealed: Promise<readonly (SealedTree | null)[]>,
    part: Part | null,
  ): Promise<void> {
    const { signal } = this.#means;
    const { orders, ordered, trees } = this.#ordersFor(folders, await sealed, part);
    if (orders.length === 0) return;
    this.#begun += 1;
    const job = this.#begun;
    const run = this.#crew.oneThread();
    const listed = await run({ kind: 'list', job, folders: orders, trees, part }, [trees]);
    if (listed.kind !== 'listed') return;
    for (const [at, rest] of listed.rest.entries()) {
      const folder = ordered[at];
      if (folder !== undefined) this.#foundIn(folder, rest, part);
    }
    let { wanted } = listed;
    while (wanted !== null) {
      const ranges = await this.#fetcher.read(wanted, signal);
      const read = ranges.filter((range) => range !== null);
      const filled = await run({ kind: 'fill', job, ranges }, read);
      if (filled.kind !== 'filled') return;
      this.#filled(ordered, filled);
      ({ wanted } = filled);
    }
  }

  /** A folder whose tree cannot be had in this way is one to be decided of. */
  #ordersFor(
    folders: readonly NewFolder[],
    sealed: readonly (SealedTree | null)[],
    part: Part | null,
  ): {
    readonly orders: readonly FolderOrder[];
    readonly ordered: readonly NewFolder[];
    readonly trees: Uint8Array<ArrayBuffer>;
  } {
    const orders: FolderOrder[] = [];
    const ordered: NewFolder[] = [];
    const total = sealed.reduce((sum, tree) => sum + (tree?.sealed.length ?? 0), 0);
    const trees = new Uint8Array(total);
    let start = 0;
    for (const [at, folder] of folders.entries()) {
      const tree = sealed[at] ?? null;
      if (tree === null) {
        this.#foundIn(folder, null, part);
        continue;
      }
      const { id, uncompressedLength, sealed: bytes } = tree;
      trees.set(bytes, start);
      const path = folder.folder.path.toString('latin1');
      const { length } = bytes;
      orders.push({ path, tree: { id, range: 0, start, length, uncompressedLength } });
      ordered.push(folder);
      start += length;
    }
    return { orders, ordered, trees };
  }

  /** `rest`: null when all of it is to be decided here. All parts come to the same. */
  #foundIn({ folder, node }: NewFolder, rest: readonly string[] | null, part: Part | null): void {
    if (rest === null ? part !== null && part.index > 0 : rest.length === 0) return;
    folder.hold();
    this.#found.push({ folder, node, entries: rest?.map((text) => decodeNodeText(text)) ?? null });
    this.#crew.wake();
  }

  #filled(folders: readonly NewFolder[], outcome: Outcome<'filled'>): void {
    const { meter, warnings } = this.#means;
    const at = (folder: number, text: string): { readonly node: Node; readonly path: Buffer } => {
      const node = decodeNodeText(text);
      return { node, path: joinPath(folders[folder]?.folder.path ?? Buffer.alloc(0), node.name) };
    };
    for (const { folder, node: text, complaint } of outcome.complaints) {
      const { path } = at(folder, text);
      warnings.add(displayPath(path), 'metadata-not-restored', complaint);
    }
    for (const { folder, node: text, failure } of outcome.failed) {
      const { path, node } = at(folder, text);
      meter.add(1, node.size);
      this.#crew.report(path, systemError(failure.code, failure.syscall, path));
    }
    for (const { folder, node: text } of outcome.others) {
      const where = folders[folder];
      if (where !== undefined) this.#foundIn(where, [text], null);
    }
    meter.add(outcome.files, outcome.sizeBytes);
    this.#restored({ files: outcome.files, bytes: outcome.writtenBytes });
  }
}
