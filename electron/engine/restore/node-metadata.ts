/**
 * Gives a restored entry what its node says of it: owner (only root can), extended attributes, times to the nanosecond, and permissions, last of
 * all. What cannot be set is told, and the rest is set. Synchronous: each is one short system call, and there are many.
 */
import { chmodSync, lchownSync } from 'node:fs';
import { permissionsFromGoMode, type Node } from '../format/tree.ts';
import type { FileSystemPort } from '../native/file-system-port.ts';
import { systemCode } from '../native/system-failure.ts';

const SET_ID_BITS = 0o6000;

export interface MetadataSetter {
  /** `failed` is told the operating system's code, with what could not be set in front. */
  apply(path: Buffer, node: Node, failed: (detail: string) => void): void;
}

export function metadataSetter(
  fileSystem: FileSystemPort,
  uid: number | null = process.getuid?.() ?? null,
): MetadataSetter {
  const windows = process.platform === 'win32';
  return {
    apply: (path, node, failed) => {
      const attempt = (what: string, act: () => void): void => {
        try {
          act();
        } catch (error) {
          const code = systemCode(error);
          if (code === null) throw error;
          failed(`${what} ${code}`);
        }
      };
      if (uid === 0 && !windows) {
        attempt('owner', () => {
          lchownSync(path, node.uid, node.gid);
        });
      }
      for (const attribute of node.extendedAttributes ?? []) {
        if (windows || node.type === 'symlink') break;
        attempt(`attribute ${attribute.name}`, () => {
          fileSystem.setExtendedAttribute(path, {
            name: attribute.name,
            value: Buffer.from(attribute.value),
          });
        });
      }
      attempt('times', () => {
        fileSystem.setTimes(path, node.atime.epochNs, node.mtime.epochNs);
      });
      // After the owner, whose change clears the set-id bits. Last of all, so that a folder looks finished only when it is; links have none of their own.
      if (node.type !== 'symlink') {
        attempt('permissions', () => {
          chmodSync(path, permissionsFor(node, uid));
        });
      }
    },
  };
}

/** A program that ran as somebody else must not come back running as whoever restores it. */
function permissionsFor(node: Node, uid: number | null): number {
  const permissions = permissionsFromGoMode(node.mode);
  return uid === 0 || uid === node.uid ? permissions : permissions & ~SET_ID_BITS;
}
