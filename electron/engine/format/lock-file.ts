/** Locks: who is working on the repository, and whether others may at the same time (restic format notes, section 11). */
import { goObject, goString, invalid, naturalOf, optionalString, parseObject } from './go-json.ts';
import { formatGoTime, parseGoTime, type GoTime } from './go-time.ts';

export interface LockFile {
  readonly time: GoTime;
  readonly exclusive: boolean;
  readonly hostname: string;
  readonly username: string;
  readonly pid: number;
  /** 0 on Windows, and for root. */
  readonly uid: number;
  readonly gid: number;
}

export function encodeLock(lock: LockFile): Buffer {
  return Buffer.from(
    goObject([
      ['time', goString(formatGoTime(lock.time))],
      ['exclusive', String(lock.exclusive)],
      ['hostname', goString(lock.hostname)],
      ['username', goString(lock.username)],
      ['pid', String(lock.pid)],
      ['uid', lock.uid === 0 ? null : String(lock.uid)],
      ['gid', lock.gid === 0 ? null : String(lock.gid)],
    ]),
  );
}

/** Throws `format/invalid`. */
export function decodeLock(json: Uint8Array): LockFile {
  const lock = parseObject(json, 'lock');
  if (typeof lock['exclusive'] !== 'boolean') throw invalid('lock');
  return {
    time: parseGoTime(lock['time']),
    exclusive: lock['exclusive'],
    hostname: optionalString(lock['hostname'], 'host name of the lock'),
    username: optionalString(lock['username'], 'user name of the lock'),
    pid: naturalOf(lock['pid'], 'process of the lock'),
    uid: naturalOf(lock['uid'], 'owner of the lock'),
    gid: naturalOf(lock['gid'], 'group of the lock'),
  };
}
