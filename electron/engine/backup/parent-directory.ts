/**
 * The nodes of one directory of the parent snapshot. Nearly all are as they were, in the very words in which they would be written now: they
 * are compared as text, and only what differs is decoded, node by node. Made for a million files none of which has changed.
 */
import { isDamage } from '../damage.ts';
import type { Id } from '../format/id.ts';
import { invalid } from '../format/go-json.ts';
import { decodeName, decodeNodeText, decodeTree, type Node } from '../format/tree.ts';
import {
  CONTENT,
  endOfContent,
  endOfNode,
  endOfString,
  NODE_START,
  TREE_CLOSE,
  TREE_END,
  TREE_START,
  treeText,
} from '../format/tree-text.ts';

/** One that was found. */
export interface KnownNode {
  /** null where it cannot be read. */
  readonly node: Node | null;
  /** Whether it is written so that its text begins with this one. */
  beginsWith(head: string): boolean;
  /** The data blobs of a file whose text is `head`, its content and nothing else; null for every other node. */
  contentBehind(head: string): readonly Id[] | null;
}

/** A damaged parent costs time only: what cannot be read of it counts as never seen. */
export class ParentDirectory {
  static readonly none = new ParentDirectory(`${TREE_START}${TREE_END}`, () => undefined);
  readonly #text: string;
  readonly #onDamage: () => void;
  /** Where the next node begins. */
  #at = TREE_START.length;
  #isDamaged = false;
  /** All of them, by name: where the text is not as we and restic write it. */
  #all: ReadonlyMap<string, Node> | null = null;

  private constructor(text: string, onDamage: () => void) {
    this.#text = text;
    this.#onDamage = onDamage;
    if (!text.startsWith(TREE_START)) this.#all = this.#decodeAll();
  }

  /** From the bytes of a tree. `onDamage` is told once when they are found to be none. */
  static of(tree: Uint8Array, onDamage: () => void): ParentDirectory {
    return new ParentDirectory(treeText(tree), onDamage);
  }

  /** Whether all nodes together, each behind a comma, are its text: then they are the same tree. */
  isWrittenAs(nodes: string): boolean {
    return (
      this.#text.length === TREE_START.length + nodes.length - 1 + TREE_CLOSE.length &&
      this.#text === `${TREE_START}${nodes.slice(1)}${TREE_CLOSE}` &&
      // May stand for bytes that are no text.
      !nodes.includes('\ufffd')
    );
  }

  /** To be asked in the order of the bytes of the names, for each one once. */
  find(name: Buffer): KnownNode | null {
    if (this.#all === null) {
      try {
        return this.#findNext(name);
      } catch (error) {
        if (!isDamage(error)) throw error;
        this.#all = this.#decodeAll();
      }
    }
    const node = this.#all.get(name.toString('latin1'));
    return node === undefined ? null : { node, beginsWith: () => false, contentBehind: () => null };
  }

  /** Passes those that are gone by now. @throws HoldfastError `format/invalid` */
  #findNext(name: Buffer): KnownNode | null {
    const text = this.#text;
    while (text.startsWith(NODE_START, this.#at)) {
      const from = this.#at;
      const nameFrom = from + NODE_START.length;
      const order = Buffer.compare(
        decodeName(text.slice(nameFrom, endOfString(text, nameFrom))),
        name,
      );
      if (order > 0) return null;
      const end = endOfNode(text, from);
      this.#at = text.startsWith(',', end) ? end + 1 : end;
      if (order === 0) return new WrittenNode(text, from, end, () => this.#tellOfDamage());
    }
    if (text.startsWith(TREE_END, this.#at)) return null;
    throw invalid('tree');
  }

  #decodeAll(): ReadonlyMap<string, Node> {
    try {
      const nodes = decodeTree(this.#text);
      return new Map(nodes.map((node) => [node.name.toString('latin1'), node]));
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#tellOfDamage();
      return new Map();
    }
  }

  #tellOfDamage(): void {
    if (!this.#isDamaged) this.#onDamage();
    this.#isDamaged = true;
  }
}

/** One that is handed on by itself, as `encodeNode` writes it. */
export function writtenNode(text: string): KnownNode {
  return new WrittenNode(text, 0, text.length, () => undefined);
}

class WrittenNode implements KnownNode {
  readonly #text: string;
  readonly #from: number;
  readonly #end: number;
  readonly #onDamage: () => void;
  #node: Node | null | undefined;

  /** From and to where it stands in the text of its tree. */
  constructor(text: string, from: number, end: number, onDamage: () => void) {
    this.#text = text;
    this.#from = from;
    this.#end = end;
    this.#onDamage = onDamage;
  }

  get node(): Node | null {
    if (this.#node === undefined) this.#node = this.#decode();
    return this.#node;
  }

  beginsWith(head: string): boolean {
    return this.#text.startsWith(head, this.#from);
  }

  contentBehind(head: string): readonly Id[] | null {
    const at = this.#from + head.length;
    if (!this.beginsWith(head) || !this.#text.startsWith(CONTENT, at)) return null;
    const content: Id[] = [];
    const end = endOfContent(this.#text, at + CONTENT.length, content);
    return end !== null && end + 1 === this.#end ? content : null;
  }

  #decode(): Node | null {
    try {
      return decodeNodeText(this.#text.slice(this.#from, this.#end));
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#onDamage();
      return null;
    }
  }
}
