/**
 * The port through the C library of Linux and macOS (64 bits, little-endian): everything exact. Nothing is loaded until
 * `exactFileSystem` is called, and a platform that it was not written for is refused rather than guessed at.
 */
import { endianness } from 'node:os';
import { getSystemErrorName } from 'node:util';
import type koffiModule from 'koffi';
import type { LibraryHandle } from 'koffi';
import { systemError, type ExtendedAttribute, type FileSystemPort } from './file-system-port.ts';
import { reaching, reachingBoth } from './long-paths.ts';
import { namesFromFile, rememberNames } from './owner-names.ts';

type Koffi = typeof koffiModule;

/** Where the two systems differ: <fcntl.h>, <sys/stat.h>, <sys/xattr.h>. */
const platforms = {
  linux: { currentDirectory: -100, noFollow: 0x100, modeType: 'uint32_t', deviceType: 'uint64_t' },
  darwin: { currentDirectory: -2, noFollow: 0x20, modeType: 'uint16_t', deviceType: 'int32_t' },
} as const;

const S_IFIFO = 0o010000;
const S_IFCHR = 0o020000;
const S_IFBLK = 0o060000;
const NS_A_SECOND = 1_000_000_000n;
/** macOS: XATTR_NOFOLLOW. On Linux the calls with `l` in front do it. */
const XATTR_NOFOLLOW = 1;
const MAX_ATTRIBUTE_TRIES = 4;

export function supportsExact(platform: NodeJS.Platform, arch: string): boolean {
  return (
    (platform === 'linux' || platform === 'darwin') &&
    (arch === 'x64' || arch === 'arm64' || arch === 'riscv64' || arch === 'loong64') &&
    endianness() === 'LE'
  );
}

/** Throws when the library or one of its functions cannot be loaded. */
export function exactFileSystem(koffi: Koffi): FileSystemPort {
  const mac = process.platform === 'darwin';
  const platform = mac ? platforms.darwin : platforms.linux;
  const library = koffi.load(null);

  function check(result: number, call: string, path: Buffer): void {
    if (result !== 0) throw lastError(koffi, call, path);
  }

  /** Two of `struct timespec`, for one call at a time. */
  const times = Buffer.alloc(32);
  const utimensat = library.func('utimensat', 'int', ['int', 'void *', 'void *', 'int']);
  const futimens = library.func('futimens', 'int', ['int', 'void *']);
  const mkfifo = library.func('mkfifo', 'int', ['void *', platform.modeType]);
  const mknod = library.func('mknod', 'int', ['void *', platform.modeType, platform.deviceType]);

  return {
    exact: true,
    setTimes: (path, atimeNs, mtimeNs) => {
      writeTimespec(times, 0, atimeNs);
      writeTimespec(times, 16, mtimeNs);
      reaching(path, (at) => {
        const result: number = utimensat(
          platform.currentDirectory,
          terminated(at),
          times,
          platform.noFollow,
        );
        check(result, 'utimensat', path);
      });
    },
    setFileTimes: (file, atimeNs, mtimeNs) => {
      writeTimespec(times, 0, atimeNs);
      writeTimespec(times, 16, mtimeNs);
      const result: number = futimens(file, times);
      check(result, 'futimens', Buffer.alloc(0));
    },
    makeFifo: (path, permissions) => {
      reaching(path, (at) => {
        const result: number = mkfifo(terminated(at), S_IFIFO | permissions);
        check(result, 'mkfifo', path);
      });
    },
    makeDevice: (path, kind, permissions, device) => {
      const mode = (kind === 'block' ? S_IFBLK : S_IFCHR) | permissions;
      reaching(path, (at) => {
        const result: number = mknod(terminated(at), mode, device);
        check(result, 'mknod', path);
      });
    },
    renameToFree: exclusiveRename(koffi, library, mac),
    ...attributeCalls(koffi, library, mac),
    ...openFileChecks(library, mac),
    ...ownerCalls(koffi, library),
  };
}

/** Linux: RENAME_NOREPLACE, macOS: RENAME_EXCL. */
const RENAME_NOREPLACE = 1;
const RENAME_EXCL = 4;
/** EPERM: filters of older sandboxes know no such call. Where it is meant, the other way says it again. */
const noSuchRename = new Set(['EINVAL', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EPERM']);

/** Older C libraries do not have the call, and some file systems not the step. */
function exclusiveRename(
  koffi: Koffi,
  library: LibraryHandle,
  mac: boolean,
): FileSystemPort['renameToFree'] {
  let rename: (from: Buffer, to: Buffer) => number;
  try {
    if (mac) {
      const call = library.func('renamex_np', 'int', ['void *', 'void *', 'uint32_t']);
      rename = (from, to) => call(from, to, RENAME_EXCL) as number;
    } else {
      const at = platforms.linux.currentDirectory;
      const types = ['int', 'void *', 'int', 'void *', 'uint32_t'];
      const call = library.func('renameat2', 'int', types);
      rename = (from, to) => call(at, from, at, to, RENAME_NOREPLACE) as number;
    }
  } catch {
    return () => false;
  }
  const [fromBytes, toBytes] = [new PathScratch(), new PathScratch()];
  return (from, to) =>
    reachingBoth(from, to, (fromHere, toHere) => {
      if (rename(fromBytes.terminated(fromHere), toBytes.terminated(toHere)) === 0) return true;
      const error = lastError(koffi, 'rename', to);
      if (noSuchRename.has(error.code ?? '')) return false;
      throw error;
    });
}

function attributeCalls(
  koffi: Koffi,
  library: LibraryHandle,
  mac: boolean,
): Pick<FileSystemPort, 'extendedAttributes' | 'openFileAttributes' | 'setExtendedAttribute'> {
  const ofPaths = attributeReader(koffi, library, mac, 'path');
  const ofFiles = attributeReader(koffi, library, mac, 'file');
  const set = library.func(mac ? 'setxattr' : 'lsetxattr', 'int', [
    'void *',
    'void *',
    'void *',
    'uintptr_t',
    ...(mac ? ['uint32_t', 'int'] : ['int']),
  ]);
  const setTail = mac ? [0, XATTR_NOFOLLOW] : [0];
  return {
    extendedAttributes: (path) => reaching(path, (at) => ofPaths(terminated(at), path)),
    openFileAttributes: (file, path) => ofFiles(file, path),
    setExtendedAttribute: (path, { name, value }) => {
      reaching(path, (at) => {
        const result = set(
          terminated(at),
          terminated(Buffer.from(name)),
          value,
          value.length,
          ...setTail,
        ) as number;
        if (result !== 0) throw lastError(koffi, 'setxattr', path);
      });
    },
  };
}

/** Of entries by their terminated paths, or of open files by their numbers. */
function attributeReader(
  koffi: Koffi,
  library: LibraryHandle,
  mac: boolean,
  by: 'path' | 'file',
): (entry: Buffer | number, path: Buffer) => ExtendedAttribute[] {
  const byPath = mac ? '' : 'l';
  const prefix = by === 'file' ? 'f' : byPath;
  const entryType = by === 'file' ? 'int' : 'void *';
  const options = mac ? ['int'] : [];
  const position = mac ? ['uint32_t'] : [];
  const list = library.func(`${prefix}listxattr`, 'intptr_t', [
    entryType,
    'void *',
    'uintptr_t',
    ...options,
  ]);
  const get = library.func(`${prefix}getxattr`, 'intptr_t', [
    entryType,
    'void *',
    'void *',
    'uintptr_t',
    ...position,
    ...options,
  ]);
  const noFollow = by === 'file' ? 0 : XATTR_NOFOLLOW;
  const listTail = mac ? [noFollow] : [];
  const getTail = mac ? [0, noFollow] : [];

  /** Asks for the size first, then for the bytes; again when they grew in between (ERANGE). */
  function sized(
    call: string,
    path: Buffer,
    ask: (into: Buffer | null, size: number) => number,
  ): Buffer {
    for (let tries = 0; tries < MAX_ATTRIBUTE_TRIES; tries += 1) {
      const size = ask(null, 0);
      if (size < 0) throw lastError(koffi, call, path);
      if (size === 0) return Buffer.alloc(0);
      const into = Buffer.alloc(size);
      const got = ask(into, size);
      if (got >= 0) return into.subarray(0, got);
      const error = lastError(koffi, call, path);
      if (error.code !== 'ERANGE') throw error;
    }
    throw systemError('ERANGE', call, path);
  }

  return (entry, path) => {
    let names: Buffer;
    try {
      names = sized(
        'listxattr',
        path,
        (into, size) => list(entry, into, size, ...listTail) as number,
      );
    } catch (error) {
      if (hasNone(error)) return [];
      throw error;
    }
    if (names.length === 0) return [];
    const attributes: ExtendedAttribute[] = [];
    for (const name of names.toString('utf8').split('\0')) {
      if (name === '') continue;
      const key = terminated(Buffer.from(name));
      try {
        const value = sized(
          'getxattr',
          path,
          (into, size) => get(entry, key, into, size, ...getTail) as number,
        );
        attributes.push({ name, value });
      } catch (error) {
        // Removed since it was listed.
        if (!hasNone(error)) throw error;
      }
    }
    return attributes;
  };
}

/** <linux/stat.h>: the same on every architecture, which `struct stat` is not. Source: man page statx(2). */
const AT_EMPTY_PATH = 0x1000;
const STATX_BASIC_STATS = 0x7ff;
const S_IFMT = 0o170000;
const S_IFREG = 0o100000;
const ALL_PERMISSIONS = 0o7777;
const statx = {
  bytes: 256,
  uid: 20,
  gid: 24,
  mode: 28,
  inode: 32,
  size: 40,
  ctime: 96,
  mtime: 112,
} as const;

/** A third of what Node's own call for it takes, most of which is to make numbers of what is only to be compared. */
function openFileChecks(
  library: LibraryHandle,
  mac: boolean,
): Pick<FileSystemPort, 'isStill' | 'isAlready'> {
  let call: ReturnType<LibraryHandle['func']>;
  try {
    if (mac) throw new Error('no such call');
    call = library.func('statx', 'int', ['int', 'void *', 'int', 'uint32_t', 'void *']);
  } catch {
    // Also of an older C library.
    return { isStill: () => false, isAlready: () => false };
  }
  const noPath = Buffer.alloc(1);
  const found = Buffer.alloc(statx.bytes);
  const look = (file: number): boolean =>
    call(file, noPath, AT_EMPTY_PATH, STATX_BASIC_STATS, found) === 0 &&
    (found.readUInt16LE(statx.mode) & S_IFMT) === S_IFREG;
  return {
    isStill: (file, entry) =>
      look(file) &&
      found.readBigUInt64LE(statx.inode) === entry.ino &&
      found.readBigUInt64LE(statx.size) === entry.size &&
      readTimespec(found, statx.mtime) === entry.mtimeNs &&
      readTimespec(found, statx.ctime) === entry.ctimeNs,
    isAlready: (file, permissions, owner) =>
      look(file) &&
      (found.readUInt16LE(statx.mode) & ALL_PERMISSIONS) === permissions &&
      (owner === null ||
        (found.readUInt32LE(statx.uid) === owner.uid &&
          found.readUInt32LE(statx.gid) === owner.gid)),
  };
}

function readTimespec(from: Buffer, offset: number): bigint {
  return from.readBigInt64LE(offset) * NS_A_SECOND + BigInt(from.readUInt32LE(offset + 8));
}

/** The name is the first field of `struct passwd` and of `struct group` on both systems. */
function ownerCalls(
  koffi: Koffi,
  library: LibraryHandle,
): Pick<FileSystemPort, 'userName' | 'groupName'> {
  function lookUp(call: string): (id: number) => string | null {
    const find = library.func(call, 'void *', ['uint32_t']);
    return (id) => {
      const record: unknown = find(id);
      if (record === null) return null;
      const name: unknown = koffi.decode(record, 'const char *');
      return typeof name === 'string' && name !== '' ? name : null;
    };
  }
  const user = lookUp('getpwuid');
  const group = lookUp('getgrgid');
  const userFromFile = namesFromFile('/etc/passwd');
  const groupFromFile = namesFromFile('/etc/group');
  return {
    userName: rememberNames((uid) => user(uid) ?? userFromFile(uid)),
    groupName: rememberNames((gid) => group(gid) ?? groupFromFile(gid)),
  };
}

function hasNone(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOTSUP' || code === 'EOPNOTSUPP' || code === 'ENODATA' || code === 'ENOATTR';
}

function lastError(koffi: Koffi, call: string, path: Buffer): NodeJS.ErrnoException {
  return systemError(getSystemErrorName(-koffi.errno()), call, path);
}

/** A path for one call at a time, in memory that is used again. */
class PathScratch {
  #bytes = Buffer.alloc(4096);

  terminated(path: Buffer): Buffer {
    if (path.length >= this.#bytes.length) this.#bytes = Buffer.alloc(2 * path.length);
    refuseNul(path);
    this.#bytes.set(path);
    this.#bytes[path.length] = 0;
    return this.#bytes;
  }
}

function terminated(path: Buffer): Buffer {
  refuseNul(path);
  return Buffer.concat([path, NUL]);
}

const NUL = Buffer.alloc(1);

/** A name with a NUL inside would silently become another, shorter one. */
function refuseNul(path: Buffer): void {
  if (path.includes(0)) throw systemError('EINVAL', 'path', path);
}

function writeTimespec(into: Buffer, offset: number, ns: bigint): void {
  const fraction = ((ns % NS_A_SECOND) + NS_A_SECOND) % NS_A_SECOND;
  into.writeBigInt64LE((ns - fraction) / NS_A_SECOND, offset);
  into.writeBigInt64LE(fraction, offset + 8);
}
