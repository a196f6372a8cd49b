/**
 * What the engine needs from the operating system and Node cannot do exactly: times to the nanosecond, also of
 * symbolic links, fifos, devices, extended attributes, and the names of owners. Paths are bytes. Calls are synchronous: each is one
 * short system call. Failures are `NodeJS.ErrnoException`s with `code`, as Node's own calls throw them.
 */
import type { BigIntStats } from 'node:fs';

export interface ExtendedAttribute {
  readonly name: string;
  readonly value: Buffer;
}

export interface FileSystemPort {
  /** False where times are kept to the microsecond only and fifos, devices and attributes are out of reach. */
  readonly exact: boolean;

  /** Sets both times of the entry itself; a symbolic link is not followed. Nanoseconds since 1970, may be negative. */
  setTimes(path: Buffer, atimeNs: bigint, mtimeNs: bigint): void;

  /** The same of a file that is open for writing. */
  setFileTimes(file: number, atimeNs: bigint, mtimeNs: bigint): void;

  /**
   * Another name for an entry in one step that never overwrites: EEXIST where something has it. False where the file system or the platform
   * has no such step; nothing is changed then.
   */
  renameToFree(from: Buffer, to: Buffer): boolean;

  /** `permissions` are the low 12 bits of st_mode. Throws EEXIST where the name is taken, ENOSYS where not provided. */
  makeFifo(path: Buffer, permissions: number): void;

  /** `device` is st_rdev. Throws like `makeFifo`, and EPERM for everybody but root. */
  makeDevice(path: Buffer, kind: 'block' | 'character', permissions: number, device: bigint): void;

  /** In the system's order, of the entry itself. Empty where the file system knows none. */
  extendedAttributes(path: Buffer): ExtendedAttribute[];

  /** The same of a file that is open for reading, which is quicker. `path` is for what is said of failures. */
  openFileAttributes(file: number, path: Buffer): ExtendedAttribute[];

  /**
   * Whether an open file is the regular file that `entry` tells of, and neither it nor what is said of it has changed since. False also where this
   * cannot be told: then it is to be looked at in another way.
   */
  isStill(file: number, entry: BigIntStats): boolean;

  /**
   * Whether an open regular file has just these permissions (the low 12 bits of st_mode) and this owner (null: whichever). False also where this cannot be
   * told: then they are to be set.
   */
  isAlready(
    file: number,
    permissions: number,
    owner: { readonly uid: number; readonly gid: number } | null,
  ): boolean;

  /** Throws ENOTSUP where the file system or the platform has none. */
  setExtendedAttribute(path: Buffer, attribute: ExtendedAttribute): void;

  /** null when the system does not know the id. Answers are remembered. */
  userName(uid: number): string | null;
  groupName(gid: number): string | null;
}

/** An error as Node's own calls throw it. */
export function systemError(code: string, call: string, path: Buffer): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error(`${code}: ${call} '${path.toString()}'`);
  error.code = code;
  error.syscall = call;
  return error;
}
