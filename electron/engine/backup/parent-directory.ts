/**
 * The nodes of one directory of the parent snapshot. Nearly all are as they were, in the very words in which they would be written now: they
 * are compared as text, and only what differs is decoded, node by node. Made for a million files none of which has changed.
 */
import { isDamage } from '../damage.ts';
import { isId, type Id } from '../format/id.ts';
import { invalid } from '../format/go-json.ts';
import { decodeName, decodeNodeText, decodeTree, type Node } from '../format/tree.ts';

/** None of these can be a part of a name or another text: there its quotes would be escaped. */
const TREE_START = '{"nodes":[';
const NODE_START = '{"name":';
const CONTENT = ',"content":';
const SUBTREE = ',"subtree":"';
const TREE_END = ']}';
const TREE_CLOSE = ']}\n';
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ID_DIGITS = 64;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

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
    return new ParentDirectory(decoder.decode(tree), onDamage);
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

/** Behind the closing quote of the literal that begins at `from`. @throws HoldfastError `format/invalid` */
function endOfString(text: string, from: number): number {
  if (text.charCodeAt(from) !== QUOTE) throw invalid('name');
  for (let at = text.indexOf('"', from + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let escapes = 0;
    while (text.charCodeAt(at - 1 - escapes) === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return at + 1;
  }
  throw invalid('name');
}

/** Behind the brace of the node that begins at `from`. @throws HoldfastError `format/invalid` where it does not end as usual */
function endOfNode(text: string, from: number): number {
  const content = text.indexOf(CONTENT, from);
  if (content < 0) throw invalid('node');
  let at: number | null = content + CONTENT.length;
  at = text.startsWith('null', at) ? at + 'null'.length : endOfContent(text, at, null);
  if (at !== null && text.startsWith(SUBTREE, at)) at += SUBTREE.length + ID_DIGITS + 1;
  if (at === null || text[at] !== '}') throw invalid('node');
  const end = at + 1;
  if (text.startsWith(`,${NODE_START}`, end) || text.startsWith(TREE_END, end)) return end;
  throw invalid('node');
}

/** Behind the list of ids that begins at `from`, which are added to `ids`; null where there is no such list. */
function endOfContent(text: string, from: number, ids: Id[] | null): number | null {
  if (text.startsWith('[]', from)) return from + 2;
  if (text[from] !== '[') return null;
  for (let at = from; ; at += ID_DIGITS + 3) {
    if (text.charCodeAt(at + 1) !== QUOTE || text.charCodeAt(at + ID_DIGITS + 2) !== QUOTE)
      return null;
    const id = text.slice(at + 2, at + ID_DIGITS + 2);
    if (ids !== null) {
      if (!isId(id)) return null;
      ids.push(id);
    }
    const behind = text[at + ID_DIGITS + 3];
    if (behind === ']') return at + ID_DIGITS + 4;
    if (behind !== ',') return null;
  }
}
