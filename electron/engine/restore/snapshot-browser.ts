/** Pages through the folders of a snapshot, folders first and then by name, reading only the directories that are looked at. */
import { HoldfastError } from '../../../shared/errors.ts';
import type { ArchiveEntry } from '../../../shared/model/archive.ts';
import { formatGoTime } from '../format/go-time.ts';
import type { Id } from '../format/id.ts';
import { decodePath, encodePath } from '../format/repository-path.ts';
import type { Node } from '../format/tree.ts';
import type { TreeReader } from './tree-reader.ts';

export interface EntryPage {
  readonly entries: ArchiveEntry[];
  /** In the whole folder. */
  readonly total: number;
}

/** Orders of so many directories are remembered: paging through one must not sort it anew each time. */
const MAX_KEPT_ORDERS = 16;

export class SnapshotBrowser {
  readonly #trees: TreeReader;
  readonly #orders = new Map<Id, readonly Node[]>();
  readonly #collator = new Intl.Collator(undefined, { numeric: true });

  constructor(trees: TreeReader) {
    this.#trees = trees;
  }

  /**
   * `path` is a repository path; `/` is the root. Throws `restore/path-not-found` when there is no such folder, and what
   * `TreeReader.nodes` throws.
   */
  async children(
    root: Id,
    path: string,
    offset: number,
    limit: number,
    signal?: AbortSignal,
  ): Promise<EntryPage> {
    const components = decodePath(path);
    const folder = (await this.#trees.chain(root, components, signal)).at(-1);
    const tree = folder === undefined ? root : folder.subtree;
    if (tree === null) throw new HoldfastError('restore/path-not-found', { context: { path } });
    const nodes = await this.#ordered(tree, signal);
    return {
      entries: nodes
        .slice(offset, offset + limit)
        .map((node) => describeNode(node, encodePath([...components, node.name]))),
      total: nodes.length,
    };
  }

  async #ordered(tree: Id, signal?: AbortSignal): Promise<readonly Node[]> {
    const known = this.#orders.get(tree);
    if (known !== undefined) return known;
    const named = (await this.#trees.nodes(tree, signal)).map((node) => ({
      node,
      text: node.name.toString('utf8'),
      rank: node.type === 'dir' ? 0 : 1,
    }));
    named.sort((a, b) => a.rank - b.rank || this.#collator.compare(a.text, b.text));
    const ordered = named.map(({ node }) => node);
    this.#orders.set(tree, ordered);
    for (const oldest of this.#orders.keys()) {
      if (this.#orders.size <= MAX_KEPT_ORDERS) break;
      this.#orders.delete(oldest);
    }
    return ordered;
  }
}

function describeNode(node: Node, path: string): ArchiveEntry {
  return {
    path,
    name: node.name.toString('utf8'),
    type: node.type,
    sizeBytes: node.type === 'file' ? node.size : null,
    modifiedAt: formatGoTime(node.mtime),
    linkTarget: node.type === 'symlink' ? node.linkTarget.toString('utf8') : null,
  };
}
