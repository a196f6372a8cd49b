/** The ports that the real computer gives: its clock, and who runs this process. */
import { hostname, userInfo } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import type { Clock, Identity } from './ports.ts';

const NS_A_MS = 1_000_000n;

export function systemClock(): Clock {
  return {
    nowNs: () => BigInt(Date.now()) * NS_A_MS,
    monotonicMs: () => performance.now(),
    sleep: async (ms, signal) => {
      try {
        await wait(ms, undefined, signal === undefined ? {} : { signal });
      } catch (error) {
        signal?.throwIfAborted();
        throw error;
      }
    },
  };
}

export function systemIdentity(): Identity {
  const windows = process.platform === 'win32';
  const { username, uid, gid } = userInfo();
  return {
    hostname: hostname(),
    username,
    uid: windows ? 0 : uid,
    gid: windows ? 0 : gid,
    pid: process.pid,
  };
}
