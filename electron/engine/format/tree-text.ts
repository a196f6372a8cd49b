/**
 * The text of a tree as restic and we write it, taken apart without parsing it as JSON: for who goes through millions of nodes and needs little of
 * each. What is written in any other way is refused with `format/invalid`, and is a matter for `decodeTree`.
 */
import { invalid } from './go-json.ts';
import { parseGoTime } from './go-time.ts';
import { isId, type Id } from './id.ts';
import { decodeName } from './tree.ts';

/** None of these can be a part of a name or another text: there its quotes would be escaped. */
export const TREE_START = '{"nodes":[';
export const NODE_START = '{"name":';
export const CONTENT = ',"content":';
export const TREE_END = ']}';
export const TREE_CLOSE = ']}\n';
const SUBTREE = ',"subtree":"';
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ID_DIGITS = 64;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export function treeText(tree: Uint8Array): string {
  return decoder.decode(tree);
}

/** Each node of a tree, one after the other. @throws HoldfastError `format/invalid` where it is written in another way */
export function nodeTexts(tree: string): string[] {
  const texts: string[] = [];
  if (!tree.startsWith(TREE_START)) throw invalid('tree');
  let at = TREE_START.length;
  for (let isMore = tree.startsWith(NODE_START, at); isMore; at += isMore ? 1 : 0) {
    const end = endOfNode(tree, at);
    texts.push(tree.slice(at, end));
    at = end;
    isMore = tree.startsWith(',', end);
  }
  const rest = tree.slice(at, at + TREE_CLOSE.length + 1);
  if (rest !== TREE_END && rest !== TREE_CLOSE) throw invalid('tree');
  return texts;
}

/** What a restore needs of a file that has neither attributes nor anything else out of the ordinary. */
export interface PlainFile {
  readonly name: Buffer;
  /** Go's FileMode. */
  readonly mode: number;
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
  readonly uid: number;
  readonly gid: number;
  readonly hasInode: boolean;
  readonly size: number;
  readonly links: number;
  readonly content: readonly Id[];
}

const NUMBER = String.raw`(0|[1-9]\d{0,8})`;
const LONG_NUMBER = String.raw`[1-9]\d{0,18}`;
const LETTERS = String.raw`[^"\\\u0000-\u001f]*`;
const PLAIN_FILE = new RegExp(
  String.raw`^\{"name":("(?:[^"\\\u0000-\u001f]|\\.)*"),"type":"file"(?:,"mode":${NUMBER})?` +
    `,"mtime":"(${LETTERS})","atime":"(${LETTERS})","ctime":"${LETTERS}","uid":${NUMBER},"gid":${NUMBER}` +
    `(?:,"user":"${LETTERS}")?(?:,"group":"${LETTERS}")?(?:,"inode":(${LONG_NUMBER}))?(?:,"device_id":${LONG_NUMBER})?` +
    String.raw`(?:,"size":([1-9]\d{0,14}))?(?:,"links":${NUMBER})?(?=,"content":)`,
  'u',
);

/** null for everything else: that is for `decodeNodeText`. @throws HoldfastError `format/invalid` */
export function plainFile(node: string): PlainFile | null {
  const match = PLAIN_FILE.exec(node);
  if (match === null) return null;
  const [head, name = '', mode, mtime, atime, uid, gid, inode, size, links] = match;
  const content: Id[] = [];
  const end = endOfContent(node, head.length + CONTENT.length, content);
  if (end === null || end + 1 !== node.length || !node.endsWith('}')) return null;
  const mtimeNs = parseGoTime(mtime).epochNs;
  return {
    name: decodeName(name),
    mode: Number(mode ?? 0),
    mtimeNs,
    atimeNs: atime === mtime ? mtimeNs : parseGoTime(atime).epochNs,
    uid: Number(uid),
    gid: Number(gid),
    hasInode: inode !== undefined,
    size: Number(size ?? 0),
    links: Number(links ?? 0),
    content,
  };
}

/** Behind the closing quote of the literal that begins at `from`. @throws HoldfastError `format/invalid` */
export function endOfString(text: string, from: number): number {
  if (text.charCodeAt(from) !== QUOTE) throw invalid('name');
  for (let at = text.indexOf('"', from + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let escapes = 0;
    while (text.charCodeAt(at - 1 - escapes) === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return at + 1;
  }
  throw invalid('name');
}

/** Behind the brace of the node that begins at `from`. @throws HoldfastError `format/invalid` where it does not end as usual */
export function endOfNode(text: string, from: number): number {
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
export function endOfContent(text: string, from: number, ids: Id[] | null): number | null {
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
