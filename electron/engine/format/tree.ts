/**
 * Trees: one directory's entries as a blob (restic format notes, section 8). Written byte for byte as restic does, so that unchanged
 * directories keep their ids whichever program backs them up. Names and link targets are bytes.
 */
import {
  arrayOf,
  bigNaturalOf,
  bytesOf,
  goObject,
  goString,
  invalid,
  naturalOf,
  objectOf,
  optionalString,
  parseObject,
  stringOf,
  type JsonObject,
} from './go-json.ts';
import { formatGoTime, parseGoTime, type GoTime } from './go-time.ts';
import { isId, type Id } from './id.ts';
import { quoteName, unquoteName } from './name-quoting.ts';

export type NodeTime = GoTime;

const nodeTypes = ['file', 'dir', 'symlink', 'dev', 'chardev', 'fifo', 'socket'] as const;
export type NodeType = (typeof nodeTypes)[number];

export interface Node {
  /** Raw bytes as on disk. */
  readonly name: Buffer;
  readonly type: NodeType;
  /** Go's FileMode, see `goModeFromStat`. */
  readonly mode: number;
  readonly mtime: NodeTime;
  readonly atime: NodeTime;
  readonly ctime: NodeTime;
  readonly uid: number;
  readonly gid: number;
  readonly user?: string;
  readonly group?: string;
  readonly inode: bigint;
  readonly deviceId: bigint;
  /** Files only, in bytes. */
  readonly size: number;
  readonly links: number;
  /** Raw bytes; empty for all but symbolic links. */
  readonly linkTarget: Buffer;
  readonly extendedAttributes?: readonly { readonly name: string; readonly value: Buffer }[];
  /** Windows attributes, kept as they are. */
  readonly genericAttributes?: JsonObject;
  /** Device number of devices. */
  readonly device: bigint;
  /** Data blobs of a file in order; empty for an empty file, null for all else. */
  readonly content: readonly Id[] | null;
  /** Tree blob of a directory, null for all else. */
  readonly subtree: Id | null;
}

const UINT32_MAX = 2 ** 32 - 1;

/** Sorts by name bytes. Throws `format/invalid` when two nodes share a name or one has none. */
export function encodeTree(nodes: readonly Node[]): Buffer {
  const sorted = nodes.toSorted((a, b) => Buffer.compare(a.name, b.name));
  for (const [at, node] of sorted.entries()) {
    if (node.name.length === 0 || sorted[at + 1]?.name.equals(node.name)) throw invalid('tree');
  }
  return Buffer.from(`{"nodes":[${sorted.map(encodeNode).join(',')}]}\n`);
}

/** The same from encoded nodes, each behind a comma, in the order of their names. */
export function joinNodes(nodes: string): Buffer {
  return Buffer.from(`{"nodes":[${nodes.slice(1)}]}\n`);
}

/** An encoded directory without subtree, with it. */
export function withSubtree(directory: string, subtree: Id): string {
  return `${directory.slice(0, -1)},"subtree":"${subtree}"}`;
}

/** One node, without the comma. Made for a million of them. */
export function encodeNode(node: Node): string {
  const { genericAttributes } = node;
  return (
    encodeHead(node) +
    encodeAttributes(node.extendedAttributes) +
    (genericAttributes ? `,"generic_attributes":${encodeGeneric(genericAttributes)}` : '') +
    (node.device > 0n ? `,"device":${node.device}` : '') +
    `,"content":${encodeContent(node.content)}` +
    (node.subtree === null ? '}' : `,"subtree":"${node.subtree}"}`)
  );
}

/** A file of which the text up to its content is known. */
export function withContent(text: string, content: readonly Id[]): string {
  return `${text},"content":${encodeContent(content)}}`;
}

/** The beginning of a node: all that stands before its extended attributes. */
export function encodeHead(node: Node): string {
  const { user = '', group = '' } = node;
  const mtime = formatGoTime(node.mtime);
  const atime = isSameTime(node.atime, node.mtime) ? mtime : formatGoTime(node.atime);
  const ctime = isSameTime(node.ctime, node.mtime) ? mtime : formatGoTime(node.ctime);
  const target = encodeLinkTarget(node.linkTarget);
  return (
    `{"name":${goString(quoteName(node.name))},"type":"${node.type}"` +
    (node.mode > 0 ? `,"mode":${node.mode}` : '') +
    `,"mtime":"${mtime}","atime":"${atime}","ctime":"${ctime}","uid":${node.uid},"gid":${node.gid}` +
    (user === '' ? '' : `,"user":${goString(user)}`) +
    (group === '' ? '' : `,"group":${goString(group)}`) +
    (node.inode > 0n ? `,"inode":${node.inode}` : '') +
    (node.deviceId > 0n ? `,"device_id":${node.deviceId}` : '') +
    (node.size > 0 ? `,"size":${node.size}` : '') +
    (node.links > 0 ? `,"links":${node.links}` : '') +
    target
  );
}

function isSameTime(a: NodeTime, b: NodeTime): boolean {
  return a === b || (a.epochNs === b.epochNs && a.offsetMinutes === b.offsetMinutes);
}

function encodeContent(content: readonly Id[] | null): string {
  if (content === null) return 'null';
  return content.length === 0 ? '[]' : `["${content.join('","')}"]`;
}

function encodeLinkTarget(linkTarget: Buffer): string {
  if (linkTarget.length === 0) return '';
  const target = linkTarget.toString('utf8');
  const isExact = Buffer.from(target, 'utf8').equals(linkTarget);
  return (
    (target === '' ? '' : `,"linktarget":${goString(target)}`) +
    (isExact ? '' : `,"linktarget_raw":${goString(linkTarget.toString('base64'))}`)
  );
}

/** As they follow the head of a node; nothing where there are none. */
export function encodeAttributes(attributes: Node['extendedAttributes'] = []): string {
  if (attributes.length === 0) return '';
  const written = attributes.map(({ name, value }) =>
    goObject([
      ['name', goString(name)],
      ['value', goString(value.toString('base64'))],
    ]),
  );
  return `,"extended_attributes":[${written.join(',')}]`;
}

/** JSON with the whole numbers that only a bigint holds. No deeper than `decodeGeneric` lets through. */
function encodeGeneric(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(encodeGeneric).join(',')}]`;
  const fields = Object.entries(value);
  return `{${fields.map(([name, item]) => `${JSON.stringify(name)}:${encodeGeneric(item)}`).join(',')}}`;
}

/**
 * The nodes in the order stored. Throws `format/invalid` for a wrong type or a number out of range, an unknown node type, a file without
 * a content list or a directory without a subtree. Names are not judged here: whoever uses them as paths must (`safe-name.ts`).
 */
export function decodeTree(json: Uint8Array | string): Node[] {
  const { nodes } = parseObject(json, 'tree', true);
  if (nodes === null) return [];
  return arrayOf(nodes, 'tree').map((item) => decodeNode(objectOf(item, 'node')));
}

/** One node, as `encodeNode` writes it. Throws as `decodeTree` does. */
export function decodeNodeText(text: string): Node {
  return decodeNode(parseObject(text, 'node', true));
}

/** A JSON string whose letters are just what it says. */
const PLAIN_LITERAL = /^"[ !#-[\]-~\u0080-\u{10ffff}]*"$/u;

/** The bytes of a name from its JSON literal. Throws `format/invalid`. */
export function decodeName(literal: string): Buffer {
  // Nearly always. V8 keeps each short string that its parser makes in a table of the thread, which came to 32 bytes a name.
  if (PLAIN_LITERAL.test(literal)) return unquoteName(literal.slice(1, -1));
  try {
    return unquoteName(stringOf(JSON.parse(literal), 'name'));
  } catch (error) {
    throw invalid('name', error);
  }
}

function decodeNode(node: JsonObject): Node {
  const type = nodeTypes.find((known) => known === node['type']);
  if (type === undefined) throw invalid('node type');
  const user = optionalString(node['user'], 'user name');
  const group = optionalString(node['group'], 'group name');
  const generic = node['generic_attributes'];
  const attributes = decodeAttributes(node['extended_attributes']);
  const mtime = parseGoTime(node['mtime']);
  // Often the same, and this is done for millions.
  const atime = node['atime'] === node['mtime'] ? mtime : parseGoTime(node['atime']);
  const ctime = node['ctime'] === node['mtime'] ? mtime : parseGoTime(node['ctime']);
  return {
    name: unquoteName(stringOf(node['name'], 'name')),
    type,
    mode: naturalOf(node['mode'], 'mode', UINT32_MAX),
    mtime,
    atime,
    ctime,
    uid: naturalOf(node['uid'], 'uid', UINT32_MAX),
    gid: naturalOf(node['gid'], 'gid', UINT32_MAX),
    ...(user === '' ? {} : { user }),
    ...(group === '' ? {} : { group }),
    inode: bigNaturalOf(node['inode'], 'inode'),
    deviceId: bigNaturalOf(node['device_id'], 'device id'),
    size: naturalOf(node['size'], 'size'),
    links: naturalOf(node['links'], 'links'),
    linkTarget: decodeLinkTarget(node),
    ...(attributes.length === 0 ? {} : { extendedAttributes: attributes }),
    ...(generic === undefined || generic === null
      ? {}
      : { genericAttributes: decodeGeneric(generic) }),
    device: bigNaturalOf(node['device'], 'device'),
    content: decodeContent(type, node['content']),
    subtree: decodeSubtree(type, node['subtree']),
  };
}

function decodeLinkTarget(node: JsonObject): Buffer {
  const raw = node['linktarget_raw'];
  if (typeof raw === 'string' && raw !== '') return bytesOf(raw, 'link target');
  return Buffer.from(optionalString(node['linktarget'], 'link target'), 'utf8');
}

function decodeAttributes(value: unknown): { name: string; value: Buffer }[] {
  if (value === undefined || value === null) return [];
  return arrayOf(value, 'extended attributes').map((item) => {
    const attribute = objectOf(item, 'extended attribute');
    const bytes = attribute['value'] ?? '';
    return {
      name: stringOf(attribute['name'], 'extended attribute'),
      value: bytesOf(bytes, 'extended attribute'),
    };
  });
}

const GENERIC = 'generic attributes';
/** Windows has two levels. */
const MAX_GENERIC_DEPTH = 100;

/** Kept as they are, so only what can be written again as it was. */
function decodeGeneric(value: unknown): JsonObject {
  const attributes = objectOf(value, GENERIC);
  refuseUnwritable(attributes, MAX_GENERIC_DEPTH);
  return attributes;
}

function refuseUnwritable(value: unknown, depth: number): void {
  // Too large for a double, or so large that digits are lost.
  if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER)
    throw invalid(GENERIC);
  if (typeof value !== 'object' || value === null) return;
  if (depth === 0) throw invalid(GENERIC);
  for (const item of Object.values(value)) refuseUnwritable(item, depth - 1);
}

function decodeContent(type: NodeType, value: unknown): readonly Id[] | null {
  if (type !== 'file') return null;
  const content = arrayOf(value, 'content');
  if (!content.every(isId)) throw invalid('content');
  return content;
}

function decodeSubtree(type: NodeType, value: unknown): Id | null {
  if (type !== 'dir') return null;
  if (!isId(value)) throw invalid('subtree');
  return value;
}

const S_IFMT = 0o170000;
const goTypeBits: Readonly<Record<number, number>> = {
  0o040000: 2 ** 31,
  0o120000: 2 ** 27,
  0o060000: 2 ** 26,
  0o020000: 2 ** 26 + 2 ** 21,
  0o010000: 2 ** 25,
  0o140000: 2 ** 24,
};
const GO_SETUID = 2 ** 23;
const GO_SETGID = 2 ** 22;
const GO_STICKY = 2 ** 20;

/** Go's FileMode from `st_mode`: other bits for the type, setuid, setgid and sticky. */
export function goModeFromStat(stMode: number): number {
  let mode = (stMode & 0o777) + (goTypeBits[stMode & S_IFMT] ?? 0);
  if ((stMode & 0o4000) !== 0) mode += GO_SETUID;
  if ((stMode & 0o2000) !== 0) mode += GO_SETGID;
  if ((stMode & 0o1000) !== 0) mode += GO_STICKY;
  return mode;
}

/** What `chmod` takes: permissions with setuid, setgid and sticky (up to 0o7777), without the type. */
export function permissionsFromGoMode(mode: number): number {
  const has = (bit: number): boolean => Math.floor(mode / bit) % 2 === 1;
  return (
    (mode & 0o777) |
    (has(GO_SETUID) ? 0o4000 : 0) |
    (has(GO_SETGID) ? 0o2000 : 0) |
    (has(GO_STICKY) ? 0o1000 : 0)
  );
}
