/**
 * Locks (restic format notes, section 11): a shared one for whoever adds or reads, an exclusive one for whoever deletes.
 * A lock that is held refreshes itself every five minutes and knows when it was lost; nothing may be committed then.
 *
 * The process whose pid stands in a lock must survive SIGHUP: `restic unlock` sends it to test for life. Whoever
 * runs the engine (the engine process, the command line) installs `process.on('SIGHUP', () => {})` first of all.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import type { StoredFile } from '../backend/backend.ts';
import type { Id } from '../format/id.ts';
import { encodeLock, type LockFile } from '../format/lock-file.ts';
import { cleanUpSignal } from './clean-up.ts';
import { isAlive, isOfThisUser } from './lock-owner.ts';
import { readLocks, SETTLE_MS } from './lock-files.ts';
import { saveSealed, type RepositoryCore } from './sealed-files.ts';

export type LockMode = 'shared' | 'exclusive';

const REFRESH_EVERY_MS = 5 * 60_000;
const RETRY_REFRESH_MS = 60_000;
/** Without a refresh for this long a holder must stop: after 30 minutes others may take the lock for stale. */
const TRUSTED_MS = 22.5 * 60_000;
const STALE_AFTER_MS = 30 * 60_000;
const NS_PER_MS = 1_000_000n;

/**
 * Lock files of this process that nobody holds any more and that may still be there: deleting them has failed, or writing them, which may have
 * happened all the same. Of all sessions together: the one that left it behind may have ended.
 */
const leftBehind = new Set<Id>();

/** Repositories in which a run has lost its lock: what it had stored is for the next one to take up. */
const cutRuns = new WeakSet<RepositoryCore>();

/**
 * Takes a lock. Locks that dead processes of this user on this computer left behind are removed first.
 * @param settling `later`: whoever only adds or reads begins at once, and waits for `settled` before anything depends on it
 * @throws HoldfastError `repo/locked` with hostname, username, pid, since, exclusive of the one in the way
 */
export async function acquireLock(
  core: RepositoryCore,
  mode: LockMode,
  settling: 'now' | 'later',
  signal?: AbortSignal,
): Promise<RepositoryLock> {
  const followsCrash = await removeOwnStaleLocks(core, signal);
  await refuseConflicts(core, mode, null, signal);
  const { clock } = core.ports;
  const id = await writeLock(core, mode, signal);
  const settlesLater =
    mode === 'shared' && (settling === 'later' || core.traits.visibilityLagMs > 0);
  try {
    if (!settlesLater) {
      await clock.sleep(settleMs(core), signal);
      await core.backend.untilComplete?.(signal);
      await refuseConflicts(core, mode, id, signal);
    }
  } catch (error) {
    await dropLock(core, id, cleanUpSignal());
    throw error;
  }
  const followsCutRun = cutRuns.delete(core) || followsCrash;
  const lock = new RepositoryLock(core, mode, id, settlesLater, followsCutRun);
  // Looks as soon as it can: later, who was deleting at the same moment may be gone, and with him what shows that he was there.
  lock.settled().catch(() => undefined);
  return lock;
}

/** After so long all others could have seen a lock. */
function settleMs({ traits }: RepositoryCore): number {
  return Math.max(SETTLE_MS, traits.visibilityLagMs);
}

export class RepositoryLock {
  readonly mode: LockMode;
  /** Others may not have seen it yet when it was taken: `settled` waits for that. */
  readonly settlesLater: boolean;
  /** A lock of this computer was left behind: an earlier run was cut off. */
  readonly followsCrash: boolean;
  readonly #core: RepositoryCore;
  readonly #stop = new AbortController();
  readonly #lost = new AbortController();
  /** Ends what is still asked of the storage when the lock is let go of. */
  readonly #giveUp = new AbortController();
  readonly #refreshing: Promise<void>;
  #id: Id;
  #released = false;
  readonly #takenMs: number;
  #refreshedAt: Instant;
  /** One refresh at a time. */
  #turn: Promise<void> = Promise.resolve();
  #settling: Promise<void> | null = null;

  /** Only `acquireLock` makes one. */
  constructor(
    core: RepositoryCore,
    mode: LockMode,
    id: Id,
    settlesLater: boolean,
    followsCrash: boolean,
  ) {
    this.#core = core;
    this.settlesLater = settlesLater;
    this.followsCrash = followsCrash;
    this.mode = mode;
    this.#id = id;
    this.#takenMs = core.ports.clock.monotonicMs();
    this.#refreshedAt = this.#now();
    this.#refreshing = this.#keepRefreshing();
  }

  /** Aborted with `repo/lock-lost` when the lock could not be kept; the run that needs it must stop. */
  get lostSignal(): AbortSignal {
    return this.#lost.signal;
  }

  get released(): boolean {
    return this.#released;
  }

  /**
   * Resolves when all others could have seen this lock and it is sure that no exclusive one was taken meanwhile. At once where it was
   * waited for already.
   * @throws HoldfastError `repo/locked`, and `repo/lock-lost` when it was released
   */
  async settled(): Promise<void> {
    if (!this.settlesLater) return;
    this.#settling ??= this.#settle().catch((error: unknown) => {
      // A storage that did not answer is asked again.
      if (!isInTheWay(error)) this.#settling = null;
      throw error;
    });
    await this.#settling;
  }

  async #settle(): Promise<void> {
    const { clock } = this.#core.ports;
    const leftMs = this.#takenMs + settleMs(this.#core) - clock.monotonicMs();
    const signal = AbortSignal.any([this.#stop.signal, this.#lost.signal]);
    if (leftMs > 0) await clock.sleep(leftMs, signal);
    // A look that misses what was there before the lag would find nothing in the way.
    await this.#core.backend.untilComplete?.(signal);
    await refuseConflicts(this.#core, this.mode, this.#id, signal);
  }

  /**
   * Before the snapshot is written and before anything is deleted: the lock file is still there and young enough.
   * @throws HoldfastError `repo/lock-lost`
   */
  async ensureHeld(): Promise<void> {
    if (this.#released) throw lockLost('released');
    this.#lost.signal.throwIfAborted();
    if (this.#ageMs() >= REFRESH_EVERY_MS) {
      await this.#refresh();
      return;
    }
    await this.#turn;
    this.#lost.signal.throwIfAborted();
    await this.#requireFile(this.#id);
  }

  /**
   * Deletes the lock file. Harmless when called again, and never rejects: what the lock was for is done or has failed
   * with its own error. A file that could not be deleted, at least not soon, goes with the next lock that is taken here.
   */
  async release(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    this.#stop.abort(new HoldfastError('job/cancelled'));
    if (this.#lost.signal.aborted) cutRuns.add(this.#core);
    const limit = cleanUpSignal();
    limit.addEventListener('abort', () => this.#giveUp.abort(limit.reason), { once: true });
    await this.#refreshing;
    await this.#turn;
    // Whoever locks next must see what was deleted under this one before the lock is seen to be gone.
    const lagMs = this.#core.traits.visibilityLagMs;
    if (this.mode === 'exclusive' && lagMs > 0) await this.#core.ports.clock.sleep(lagMs);
    await dropLock(this.#core, this.#id, limit.aborted ? limit : cleanUpSignal());
  }

  async #keepRefreshing(): Promise<void> {
    const { clock, log } = this.#core.ports;
    let waitMs = REFRESH_EVERY_MS;
    for (;;) {
      try {
        await clock.sleep(waitMs, this.#stop.signal);
      } catch {
        return;
      }
      if (this.#lost.signal.aborted) return;
      try {
        await this.#refresh();
        waitMs = REFRESH_EVERY_MS;
      } catch (error) {
        if (this.#lost.signal.aborted) return;
        log.warn('the lock could not be refreshed', { error: String(error) });
        if (this.#ageMs() >= TRUSTED_MS) {
          this.#lost.abort(lockLost('not refreshed in time', error));
          return;
        }
        waitMs = RETRY_REFRESH_MS;
      }
    }
  }

  async #refresh(): Promise<void> {
    const turn = this.#turn.then(() => this.#replaceFile());
    this.#turn = turn.catch(() => undefined);
    await turn;
  }

  /**
   * A new file with a new time, then the old one goes. After a long silence (the computer slept) others may have
   * removed ours and worked: the old file must be there before and, as others settle too, after the new one.
   */
  async #replaceFile(): Promise<void> {
    const old = this.#id;
    const wasSilent = this.#ageMs() >= TRUSTED_MS;
    await this.#requireFile(old);
    const id = await writeLock(this.#core, this.mode, this.#giveUp.signal);
    if (wasSilent) {
      try {
        await this.#core.ports.clock.sleep(SETTLE_MS);
        await this.#requireFile(old);
      } catch (error) {
        await dropLock(this.#core, id, this.#giveUp.signal);
        throw error;
      }
    }
    this.#id = id;
    this.#refreshedAt = this.#now();
    await dropLock(this.#core, old, this.#giveUp.signal);
  }

  async #requireFile(id: Id): Promise<void> {
    const file = await this.#core.backend.stat({ kind: 'lock', name: id }, this.#giveUp.signal);
    if (file !== null) return;
    const error = lockLost('removed by somebody else');
    this.#lost.abort(error);
    throw error;
  }

  #now(): Instant {
    const { clock } = this.#core.ports;
    return { monotonicMs: clock.monotonicMs(), wallNs: clock.nowNs() };
  }

  /** The longer of two measures: one stands still while the computer sleeps, the other jumps when it is set. */
  #ageMs(): number {
    const now = this.#now();
    return Math.max(
      now.monotonicMs - this.#refreshedAt.monotonicMs,
      Number((now.wallNs - this.#refreshedAt.wallNs) / NS_PER_MS),
    );
  }
}

interface Instant {
  readonly monotonicMs: number;
  readonly wallNs: bigint;
}

/**
 * `stale`: older than 30 minutes, or of a process of this computer that is gone, or unreadable and that old. `all`: all.
 * Returns how many were removed.
 */
export async function removeLocks(
  core: RepositoryCore,
  scope: 'stale' | 'all',
  signal?: AbortSignal,
): Promise<number> {
  const { clock, identity } = core.ports;
  const nowNs = clock.nowNs();
  let removed = 0;
  for (const { file, lock } of await readLocks(core, signal)) {
    const writtenNs =
      lock === null ? BigInt(Math.floor(file.modifiedMs ?? 0)) * NS_PER_MS : lock.time.epochNs;
    const tooOld = nowNs - writtenNs > BigInt(STALE_AFTER_MS) * NS_PER_MS;
    const dead = lock !== null && lock.hostname === identity.hostname && !isAlive(lock.pid);
    if (scope === 'all' || tooOld || dead) {
      await core.backend.delete({ kind: 'lock', name: file.name }, signal);
      removed += 1;
    }
  }
  return removed;
}

/** True when there were any. */
async function removeOwnStaleLocks(core: RepositoryCore, signal?: AbortSignal): Promise<boolean> {
  const { identity, log } = core.ports;
  let found = false;
  for (const { file, lock } of await readLocks(core, signal)) {
    const isDead = lock !== null && isOfThisUser(lock, identity) && !isAlive(lock.pid);
    if (!isDead && !leftBehind.has(file.name)) continue;
    log.info('removing a lock that was left behind', { pid: lock?.pid ?? null });
    await core.backend.delete({ kind: 'lock', name: file.name }, signal);
    leftBehind.delete(file.name);
    found = true;
  }
  return found;
}

async function dropLock(core: RepositoryCore, id: Id, signal: AbortSignal): Promise<void> {
  leftBehind.add(id);
  try {
    await core.backend.delete({ kind: 'lock', name: id }, signal);
    leftBehind.delete(id);
  } catch (error) {
    core.ports.log.warn('a lock file could not be deleted', { error: String(error) });
  }
}

async function refuseConflicts(
  core: RepositoryCore,
  mode: LockMode,
  own: Id | null,
  signal?: AbortSignal,
): Promise<void> {
  for (const { file, lock } of await readLocks(core, signal, own)) {
    // It may be seen late; it holds nothing.
    if (leftBehind.has(file.name)) continue;
    // One that cannot be read could be exclusive.
    if (mode === 'exclusive' || lock === null || lock.exclusive) throw locked(file, lock);
  }
}

async function writeLock(core: RepositoryCore, mode: LockMode, signal?: AbortSignal): Promise<Id> {
  const { clock, identity } = core.ports;
  const lock: LockFile = {
    time: { epochNs: clock.nowNs(), offsetMinutes: 0 },
    exclusive: mode === 'exclusive',
    hostname: identity.hostname,
    username: identity.username,
    pid: identity.pid,
    uid: identity.uid,
    gid: identity.gid,
  };
  let written: Id | null = null;
  try {
    return await saveSealed(core, 'lock', encodeLock(lock), signal, (id) => {
      written = id;
    });
  } catch (error) {
    // It may be there all the same, with the answer lost.
    if (written !== null) leftBehind.add(written);
    throw error;
  }
}

function isInTheWay(error: unknown): boolean {
  return error instanceof HoldfastError && error.code === 'repo/locked';
}

function locked(file: StoredFile, lock: LockFile | null): HoldfastError {
  const sinceMs = lock === null ? (file.modifiedMs ?? 0) : Number(lock.time.epochNs / NS_PER_MS);
  return new HoldfastError('repo/locked', {
    context: {
      hostname: lock?.hostname ?? 'an unknown computer',
      username: lock?.username ?? '',
      pid: lock?.pid ?? 0,
      since: new Date(sinceMs).toISOString(),
      exclusive: lock?.exclusive ?? true,
    },
    retry: 'later',
  });
}

function lockLost(reason: string, cause?: unknown): HoldfastError {
  return new HoldfastError('repo/lock-lost', { context: { reason }, retry: 'now', cause });
}
