/**
 * The port by Node alone, for Windows and for machines where the native library does not load: times to about a microsecond,
 * no fifos, devices or extended attributes. What it cannot do it refuses with ENOSYS or ENOTSUP, never silently.
 */
import { futimesSync, lutimesSync } from 'node:fs';
import { systemError, type FileSystemPort } from './file-system-port.ts';
import { namesFromFile, rememberNames } from './owner-names.ts';
import { reaching } from './long-paths.ts';

const NS_A_SECOND = 1_000_000_000n;

export function plainFileSystem(): FileSystemPort {
  const windows = process.platform === 'win32';
  return {
    exact: false,
    setTimes: (path, atimeNs, mtimeNs) => {
      reaching(path, (at) => lutimesSync(at, secondsOf(atimeNs), secondsOf(mtimeNs)));
    },
    setFileTimes: (file, atimeNs, mtimeNs) => {
      futimesSync(file, secondsOf(atimeNs), secondsOf(mtimeNs));
    },
    renameToFree: () => false,
    makeFifo: (path) => {
      throw systemError('ENOSYS', 'mkfifo', path);
    },
    makeDevice: (path) => {
      throw systemError('ENOSYS', 'mknod', path);
    },
    extendedAttributes: () => [],
    openFileAttributes: () => [],
    isStill: () => false,
    isAlready: () => false,
    setExtendedAttribute: (path) => {
      throw systemError('ENOTSUP', 'setxattr', path);
    },
    userName: windows ? () => null : rememberNames(namesFromFile('/etc/passwd')),
    groupName: windows ? () => null : rememberNames(namesFromFile('/etc/group')),
  };
}

/**
 * Whole seconds and the fraction are converted apart, so that the double keeps the microsecond. Before 1970 it is a Date
 * (milliseconds), because Node takes a negative number for "now".
 */
function secondsOf(ns: bigint): number | Date {
  if (ns < 0n) return new Date(Number((ns - 999_999n) / 1_000_000n));
  return Number(ns / NS_A_SECOND) + Number((ns % NS_A_SECOND) / 1000n) / 1_000_000;
}
