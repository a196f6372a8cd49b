/**
 * Gives a restored entry what its node says of it: owner (only root can), extended attributes, times to the nanosecond, and permissions, last of
 * all. What cannot be set is told, and the rest is set. Synchronous: each is one short system call, and there are many.
 */
import { chmodSync, fchmodSync, fchownSync, lchownSync } from 'node:fs';
import { permissionsFromGoMode, type Node } from '../format/tree.ts';
import type { PlainFile } from '../format/tree-text.ts';
import type { FileSystemPort } from '../native/file-system-port.ts';
import { systemCode } from '../native/system-failure.ts';
import { reaching } from '../native/long-paths.ts';

const SET_ID_BITS = 0o6000;

/** What of a node becomes of the entry. May be sent to another thread. */
export interface EntryMetadata {
  readonly isLink: boolean;
  /** Go's FileMode. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
  readonly attributes: readonly { readonly name: string; readonly value: Uint8Array }[];
}

const NO_ATTRIBUTES: EntryMetadata['attributes'] = [];

type Described = Pick<
  Node,
  'type' | 'mode' | 'uid' | 'gid' | 'atime' | 'mtime' | 'extendedAttributes'
>;

export function metadataOf(node: Described): EntryMetadata {
  return {
    isLink: node.type === 'symlink',
    mode: node.mode,
    uid: node.uid,
    gid: node.gid,
    atimeNs: node.atime.epochNs,
    mtimeNs: node.mtime.epochNs,
    // Copies: a Buffer of Node's pool would be sent with the whole pool.
    attributes:
      node.extendedAttributes?.map(({ name, value }) => ({ name, value: new Uint8Array(value) })) ??
      NO_ATTRIBUTES,
  };
}

/** The same of a file that has no attributes. */
export function plainMetadata({ mode, uid, gid, atimeNs, mtimeNs }: PlainFile): EntryMetadata {
  return { isLink: false, mode, uid, gid, atimeNs, mtimeNs, attributes: NO_ATTRIBUTES };
}

export interface MetadataSetter {
  /**
   * `failed` is told the operating system's code, with what could not be set in front. `file` is the entry where it is a file that is open for
   * writing: then it is found without its path, which takes a third of the time.
   */
  apply(
    path: Buffer,
    metadata: EntryMetadata,
    failed: (detail: string) => void,
    file?: number,
  ): void;
}

export function metadataSetter(
  fileSystem: FileSystemPort,
  uid: number | null = process.getuid?.() ?? null,
): MetadataSetter {
  const windows = process.platform === 'win32';
  return {
    apply: (path, metadata, failed, file) => {
      const attempt = (what: string, act: () => void): void => {
        try {
          act();
        } catch (error) {
          const code = systemCode(error);
          if (code === null) throw error;
          failed(`${what} ${code}`);
        }
      };
      const permissions = metadata.isLink ? 0 : permissionsFor(metadata, uid);
      const setsOwner = uid === 0 && !windows;
      // New files mostly are: asking takes a fraction of setting. Attributes may change it.
      const isAlready =
        file !== undefined &&
        metadata.attributes.length === 0 &&
        fileSystem.isAlready(file, permissions, setsOwner ? metadata : null);
      if (setsOwner && !isAlready) {
        attempt('owner', () => {
          if (file === undefined)
            reaching(path, (at) => lchownSync(at, metadata.uid, metadata.gid));
          else fchownSync(file, metadata.uid, metadata.gid);
        });
      }
      for (const { name, value } of metadata.attributes) {
        if (windows || metadata.isLink) break;
        attempt(`attribute ${name}`, () => {
          fileSystem.setExtendedAttribute(path, { name, value: Buffer.from(value) });
        });
      }
      attempt('times', () => {
        const { atimeNs, mtimeNs } = metadata;
        if (file === undefined) fileSystem.setTimes(path, atimeNs, mtimeNs);
        else fileSystem.setFileTimes(file, atimeNs, mtimeNs);
      });
      // After the owner, whose change clears the set-id bits. Last of all, so that a folder looks finished only when it is; links have none of their own.
      if (!metadata.isLink && !isAlready) {
        attempt('permissions', () => {
          if (file === undefined) reaching(path, (at) => chmodSync(at, permissions));
          else fchmodSync(file, permissions);
        });
      }
    },
  };
}

/**
 * What a file is created with where nobody else can reach it: as it is to be, so that it need not be changed. Its owner must be able to write it, and
 * set-id bits wait until all of it is there.
 */
export function permissionsToCreate(mode: number): number {
  return (permissionsFromGoMode(mode) & 0o777) | 0o600;
}

/** A program that ran as somebody else must not come back running as whoever restores it. */
function permissionsFor(metadata: EntryMetadata, uid: number | null): number {
  const permissions = permissionsFromGoMode(metadata.mode);
  return uid === 0 || uid === metadata.uid ? permissions : permissions & ~SET_ID_BITS;
}
