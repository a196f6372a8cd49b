/**
 * The locks of one opened repository, and what its index may be used for under them: the lock under which it was brought up to date is the one
 * that keeps others from pruning what it names, and whoever commits waits until that is sure.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import { unlessAborted } from '../unless-aborted.ts';
import type { IndexFaults, IndexStore } from './index-store.ts';
import { acquireLock, removeLocks, type LockMode, type RepositoryLock } from './lock.ts';
import type { RepositoryCore } from './sealed-files.ts';

export class RepositoryLocks {
  readonly #core: RepositoryCore;
  readonly #index: IndexStore;
  readonly #locks = new Set<RepositoryLock>();
  /** As long as this lock is held nobody can prune what the index in memory names. */
  #indexLock: RepositoryLock | null = null;
  readonly #settled = new WeakMap<RepositoryLock, Promise<void>>();

  constructor(core: RepositoryCore, index: IndexStore) {
    this.#core = core;
    this.#index = index;
  }

  /** @throws HoldfastError `repo/locked` with hostname, username, pid, since, exclusive */
  async take(mode: LockMode, signal?: AbortSignal): Promise<RepositoryLock> {
    return await this.#take(mode, 'now', signal);
  }

  async #take(
    mode: LockMode,
    settling: 'now' | 'later',
    signal?: AbortSignal,
  ): Promise<RepositoryLock> {
    for (const lock of this.#locks) if (lock.released) this.#locks.delete(lock);
    const lock = await acquireLock(this.#core, mode, settling, signal);
    this.#locks.add(lock);
    return lock;
  }

  /**
   * A shared lock for who begins at once, calls `refreshIndex` next, and lets nothing depend on it before `settle`: what would be waited for is worked
   * through. The index is loaded while it is taken, and nothing made of that before. Not while a writer is at work.
   */
  async takeToBegin(signal?: AbortSignal): Promise<RepositoryLock> {
    const refused = new AbortController();
    // Where each listing costs a way there and back it would be one more.
    if (!this.#core.traits.isRemote) {
      const both = AbortSignal.any([refused.signal, ...(signal === undefined ? [] : [signal])]);
      // What fails here fails again where it matters.
      this.#index.refresh(both).catch(() => undefined);
    }
    try {
      return await this.#take('shared', 'later', signal);
    } catch (error) {
      refused.abort();
      throw error;
    }
  }

  /**
   * A shared lock for whoever only reads, or null where the storage cannot be written: on a read-only disk a lock is
   * neither possible nor needed, and a restore must still work. The errors are those of `take`.
   */
  async takeForReading(signal?: AbortSignal): Promise<RepositoryLock | null> {
    try {
      return await this.take('shared', signal);
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.code !== 'backend/permission-denied')
        throw error;
      this.#core.ports.log.info('reading without a lock: the storage cannot be written');
      return null;
    }
  }

  /** Of anybody's. Returns how many were removed. */
  async remove(scope: 'stale' | 'all', signal?: AbortSignal): Promise<number> {
    return await removeLocks(this.#core, scope, signal);
  }

  /**
   * Loads the index files that are not known yet, under the lock that is held if there is one. Not while a writer is at work.
   * @throws HoldfastError `repo/damaged` for an unreadable index file, unless `faults` is there to be told
   */
  async refreshIndex(signal?: AbortSignal, faults?: IndexFaults): Promise<void> {
    const lock = [...this.#locks].find(({ released }) => !released) ?? null;
    await this.#index.refresh(signal, faults);
    this.#indexLock = lock;
  }

  /** The lock under which the index was refreshed; null when there was none, or it is released. */
  get indexLock(): RepositoryLock | null {
    return this.#indexLock?.released === false ? this.#indexLock : null;
  }

  /**
   * Index files are written only while `lock` is held. Whoever lost it may have lost its packs with it: an index that named them would let later
   * runs build on what is not there.
   */
  guardIndex(lock: RepositoryLock): void {
    this.#index.guard = {
      lostSignal: lock.lostSignal,
      ensure: async (signal) => {
        await this.settle(lock, signal);
        await unlessAborted(lock.ensureHeld(), signal);
      },
    };
  }

  /**
   * Nothing may be committed before everybody could see the lock, and before it is clear that nobody has meanwhile removed what this run
   * builds on. Waits once a lock, and not at all where it was waited for when it was taken.
   * @throws HoldfastError `repo/locked`, and `repo/lock-lost` when it was released or index files are gone
   */
  async settle(lock: RepositoryLock, signal?: AbortSignal): Promise<void> {
    await unlessAborted(this.#settleOnce(lock), signal);
  }

  /**
   * Before a pack is stored. Where it takes a moment only nothing at all is written before: a pack that nobody knows of yet would be left over to
   * somebody who prunes and has not seen this lock.
   */
  async settleSoon(lock: RepositoryLock, signal?: AbortSignal): Promise<void> {
    if (this.#core.traits.visibilityLagMs === 0) await this.settle(lock, signal);
  }

  async #settleOnce(lock: RepositoryLock): Promise<void> {
    const known = this.#settled.get(lock);
    if (known !== undefined) return known;
    const settle = async (): Promise<void> => {
      await lock.settled();
      if (lock.settlesLater) await this.#index.requireLoadedFiles();
    };
    const settling = settle();
    this.#settled.set(lock, settling);
    try {
      await settling;
    } catch (error) {
      // `repo/locked` and `repo/lock-lost` stay; a storage that did not answer is asked again.
      if (!(error instanceof HoldfastError) || !error.code.startsWith('repo/'))
        this.#settled.delete(lock);
      throw error;
    }
  }
}
