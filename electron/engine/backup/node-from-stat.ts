/**
 * Makes the node of an entry as restic does (restic format notes, section 8): metadata always fresh, atime = mtime, times in the local
 * offset valid at that instant, so that a following `restic backup` finds nothing changed.
 */
import type { BigIntStats } from 'node:fs';
import type { FileSystemPort } from '../native/file-system-port.ts';
import { goModeFromStat, type Node, type NodeTime, type NodeType } from '../format/tree.ts';
import type { LinkIdentities } from './link-identity.ts';

/** Sockets are never archived. */
export type ArchivedType = Exclude<NodeType, 'socket'>;

/** null for what is not archived: sockets, and kinds that nobody knows. */
export function nodeTypeOf(stat: BigIntStats): ArchivedType | null {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'dir';
  if (stat.isSymbolicLink()) return 'symlink';
  if (stat.isFIFO()) return 'fifo';
  if (stat.isBlockDevice()) return 'dev';
  if (stat.isCharacterDevice()) return 'chardev';
  return null;
}

/** The time as this computer would write it. */
export function localTime(epochNs: bigint): NodeTime {
  const ms = Number(epochNs / 1_000_000n) - (epochNs < 0n && epochNs % 1_000_000n !== 0n ? 1 : 0);
  const offset = -new Date(ms).getTimezoneOffset();
  // Out of the range of Date the offset is not a number.
  return { epochNs, offsetMinutes: Number.isFinite(offset) ? Math.trunc(offset) : 0 };
}

/** Without content, subtree, link target and extended attributes, which the caller adds. */
export function nodeFromStat(
  name: Buffer,
  type: ArchivedType,
  stat: BigIntStats,
  fileSystem: FileSystemPort,
  identities: LinkIdentities,
): Node {
  const windows = process.platform === 'win32';
  const uid = windows ? 0 : Number(stat.uid);
  const gid = windows ? 0 : Number(stat.gid);
  const user = windows ? null : fileSystem.userName(uid);
  const group = windows ? null : fileSystem.groupName(gid);
  const inode = windows ? 0n : stat.ino;
  const deviceId = windows ? 0n : stat.dev;
  const identity =
    type === 'dir'
      ? { inode, deviceId, links: 0 }
      : identities.describe(inode, deviceId, Number(stat.nlink));
  const mtime = localTime(stat.mtimeNs);
  return {
    name,
    type,
    mode: goModeFromStat(Number(stat.mode)),
    mtime,
    atime: mtime,
    ctime: windows ? mtime : localTime(stat.ctimeNs),
    uid,
    gid,
    ...(user === null ? {} : { user }),
    ...(group === null ? {} : { group }),
    inode: identity.inode,
    deviceId: identity.deviceId,
    size: type === 'file' ? Number(stat.size) : 0,
    // Neither directories nor fifos carry a count.
    links: type === 'dir' || type === 'fifo' ? 0 : identity.links,
    linkTarget: Buffer.alloc(0),
    device: type === 'dev' || type === 'chardev' ? stat.rdev : 0n,
    content: null,
    subtree: null,
  };
}

/** Of the entry itself, or of the open file with the number; none, and `onFailure` is told, when they cannot be read. */
export function attributesOf(
  fileSystem: FileSystemPort,
  path: Buffer,
  onFailure: (error: unknown) => void,
  file: number | null = null,
): Pick<Node, 'extendedAttributes'> {
  try {
    const extendedAttributes =
      file === null
        ? fileSystem.extendedAttributes(path)
        : fileSystem.openFileAttributes(file, path);
    return extendedAttributes.length === 0 ? {} : { extendedAttributes };
  } catch (error) {
    onFailure(error);
    return {};
  }
}
