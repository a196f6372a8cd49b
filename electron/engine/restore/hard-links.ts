/**
 * Which files of an archive are names of one file (restic format notes, section 8). The first that comes is written, the others wait for it and become
 * links to it. Device and inode alone prove nothing: an archive may carry them on files that are not the same.
 */
import type { Node } from '../format/tree.ts';

interface Group {
  readonly node: Node;
  /** Where one of them is on disk as archived; null while it is on its way. */
  path: Buffer | null;
  readonly waiting: (() => void)[];
}

export class HardLinks {
  readonly #groups = new Map<string, Group>();

  /** Where there is one to link to; `wait` when it is on its way, and `then` will be called; null for the first, and for a file with one name. */
  find(node: Node, then: () => void): Buffer | 'wait' | null {
    const pair = pairOf(node);
    if (pair === null) return null;
    const group = this.#groups.get(pair);
    if (group === undefined) {
      this.#groups.set(pair, { node, path: null, waiting: [] });
      return null;
    }
    if (group.node !== node && !hasSameContent(group.node, node)) return null;
    // Also when it is the same node: folders that are alike in everything are one tree, which is read once.
    if (group.path !== null) return group.path;
    group.waiting.push(then);
    return 'wait';
  }

  /** One that is there and may be right: the others wait until that is `settled`. False when another one comes first, or it has one name. */
  announce(node: Node): boolean {
    const pair = pairOf(node);
    if (pair === null || this.#groups.has(pair)) return false;
    this.#groups.set(pair, { node, path: null, waiting: [] });
    return true;
  }

  /** One that was to be written is there at `path`, or not at all (null): then the next that waits is the first. */
  settled(node: Node, path: Buffer | null): void {
    const pair = pairOf(node);
    if (pair === null) return;
    const group = this.#groups.get(pair);
    if (group === undefined) {
      if (path !== null) this.#groups.set(pair, { node, path, waiting: [] });
      return;
    }
    if (group.node !== node || group.path !== null) return;
    if (path === null) this.#groups.delete(pair);
    else group.path = path;
    for (const then of group.waiting.splice(0)) then();
  }
}

function pairOf(node: Node): string | null {
  if (node.type !== 'file' || node.links <= 1 || node.inode === 0n) return null;
  return `${node.deviceId}:${node.inode}`;
}

function hasSameContent(a: Node, b: Node): boolean {
  const [left, right] = [a.content ?? [], b.content ?? []];
  return (
    a.size === b.size && left.length === right.length && left.every((id, at) => id === right[at])
  );
}
