/** Decoded directories of snapshots with a small memory of the latest, and the way from a path to its node. */
import { HoldfastError } from '../../../shared/errors.ts';
import type { Id } from '../format/id.ts';
import { decodeTree, type Node } from '../format/tree.ts';
import type { Repository } from '../repository/repository.ts';
import { SealedTrees, type SealedTree } from '../repository/sealed-trees.ts';
import { isDamage } from '../damage.ts';

/** The latest directories are kept until they have so many entries together (the newest one is always kept). */
const MAX_KEPT_NODES = 20_000;

export class TreeReader {
  readonly #repository: Repository;
  readonly #sealed: SealedTrees;
  readonly #maxKeptNodes: number;
  readonly #kept = new Map<Id, readonly Node[]>();
  #keptNodes = 0;

  constructor(repository: Repository, maxKeptNodes = MAX_KEPT_NODES) {
    this.#repository = repository;
    this.#sealed = new SealedTrees(repository);
    this.#maxKeptNodes = maxKeptNodes;
  }

  /** In the order of the tree blob. Throws `repo/blob-missing`, `repo/damaged`, `format/invalid`. */
  async nodes(tree: Id, signal?: AbortSignal): Promise<readonly Node[]> {
    const known = this.#kept.get(tree);
    if (known !== undefined) {
      this.#kept.delete(tree);
      this.#kept.set(tree, known);
      return known;
    }
    const nodes = decodeTree(await this.#load(tree, signal));
    if (!this.#kept.has(tree)) {
      this.#kept.set(tree, nodes);
      this.#keptNodes += nodes.length;
    }
    for (const [oldest, old] of this.#kept) {
      if (this.#keptNodes <= this.#maxKeptNodes || oldest === tree) break;
      this.#kept.delete(oldest);
      this.#keptNodes -= old.length;
    }
    return nodes;
  }

  /** As it lies in its pack; null when it cannot be had in this way, see `SealedTrees`. */
  async sealed(tree: Id, signal?: AbortSignal): Promise<SealedTree | null> {
    return this.#sealed.sealed(tree, signal);
  }

  async #load(tree: Id, signal: AbortSignal | undefined): Promise<Buffer> {
    signal?.throwIfAborted();
    try {
      const found = await this.#sealed.sealed(tree, signal);
      if (found !== null) return await this.#repository.openBlob(found, found.sealed, 'tree', tree);
    } catch (error) {
      // Where it was read together with others it is not as it must be: there may be another copy, and a network another answer.
      if (!isDamage(error)) throw error;
    }
    return await this.#repository.loadBlob('tree', tree, signal);
  }

  /**
   * The nodes from the top level down to the one at `components`; empty for the root. Throws `restore/path-not-found`.
   */
  async chain(root: Id, components: readonly Buffer[], signal?: AbortSignal): Promise<Node[]> {
    const chain: Node[] = [];
    let tree: Id | null = root;
    for (const name of components) {
      const nodes: readonly Node[] = tree === null ? [] : await this.nodes(tree, signal);
      const node = nodes.find((candidate) => candidate.name.equals(name));
      if (node === undefined) {
        throw new HoldfastError('restore/path-not-found', {
          context: {
            path: `/${components.map((component) => component.toString('utf8')).join('/')}`,
          },
        });
      }
      chain.push(node);
      tree = node.subtree;
    }
    return chain;
  }
}
