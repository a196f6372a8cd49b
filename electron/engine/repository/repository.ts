/**
 * One opened repository: its key, its index, its snapshots, its locks. The way in for backup, restore and check.
 * What is read through it is authentic and has the hash it was asked by; what is written follows the order of
 * restic format notes, section 12: packs, then the index naming them, then the snapshot, last and under a lock.
 */
import { randomBytes } from 'node:crypto';

import { HoldfastError } from '../../../shared/errors.ts';
import { LOCAL_TRAITS, type Backend } from '../backend/backend.ts';
import { generatePolynomial } from '../chunker/polynomial.ts';
import { newCipherKey, seal, type CipherKey } from '../crypto/sealed.ts';
import { encodeConfig, type Config } from '../format/config-file.ts';
import type { Id } from '../format/id.ts';
import type { BlobType, PackEntry } from '../format/pack-file.ts';
import type { Snapshot } from '../format/snapshot-file.ts';
import type { EnginePorts } from '../ports.ts';
import type { BlobLocation, SharedBlobIndex } from './blob-index.ts';
import { loadBlob, openBlob, plainLength } from './blob-reader.ts';
import { IndexStore, type IndexFaults } from './index-store.ts';
import { writeSlot, type SlotAccess, type SlotOptions } from './key-slots.ts';
import type { LockMode, RepositoryLock } from './lock.ts';
import { Packer, type BlobWriter } from './packer.ts';
import { inspectRepository, type RepositoryInspection } from './inspection.ts';
import { RepositoryLocks } from './repository-locks.ts';
import type { RepositoryCore } from './sealed-files.ts';
import { takeUpCutRun } from './stored-packs.ts';
import {
  SnapshotStore,
  type LoadedSnapshot,
  type SnapshotFilter,
  type UnreadableSnapshot,
} from './snapshots.ts';
import { CONFIG_FILE, fingerprintOf, readConfig } from './stored-config.ts';
import { unlock, type Credential } from './unlock.ts';

export type { BlobLocation } from './blob-index.ts';
export type { BlobWriter } from './packer.ts';
export type { RepositoryInspection } from './inspection.ts';
export type { LockMode, RepositoryLock } from './lock.ts';
export type { LoadedSnapshot, SnapshotFilter } from './snapshots.ts';
export { keySlotKdf, passwordSlotKdf, type SlotOptions } from './key-slots.ts';
export type { Credential } from './unlock.ts';

/**
 * A repository that exists in memory only, so that its fingerprint can be shown and exported before anything is written. Holds the master
 * key: as secret as a secret gets.
 */
export interface PreparedRepository {
  readonly masterKey: CipherKey;
  /** The `config` file as it will be stored. */
  readonly sealedConfig: Uint8Array;
  readonly fingerprint: string;
}

export interface CreateOptions {
  readonly secret: Uint8Array;
  readonly slot: SlotOptions;
  /** From `Repository.prepare`; made on the spot by default. */
  readonly prepared?: Pick<PreparedRepository, 'masterKey' | 'sealedConfig'>;
}

export class Repository {
  /** For the rooms beside this one inside `repository/`. */
  readonly core: RepositoryCore;
  /** First 8 digits of the SHA-256 of the stored `config` file; not secret. */
  readonly fingerprint: string;
  readonly #index: IndexStore;
  readonly #locks: RepositoryLocks;
  readonly #snapshots: SnapshotStore;
  #slot: SlotAccess;
  #writing = false;
  /** The index was loaded anew because of these packs, once for each. */
  readonly #gonePacks = new Map<Id, Promise<void>>();

  private constructor(core: RepositoryCore, slot: SlotAccess, fingerprint: string) {
    this.core = core;
    this.#slot = { keyId: slot.keyId, slotKey: slot.slotKey };
    this.fingerprint = fingerprint;
    this.#index = new IndexStore(core);
    this.#locks = new RepositoryLocks(core, this.#index);
    this.#snapshots = new SnapshotStore(core);
  }

  /** A new master key and `config`. `polynomial` is for tests; random by default. Takes a fraction of a second. */
  static prepare(polynomial = generatePolynomial()): PreparedRepository {
    const masterKey = newCipherKey();
    const config: Config = {
      version: 2,
      id: randomBytes(32).toString('hex'),
      chunkerPolynomial: polynomial,
    };
    const sealedConfig = seal(masterKey, encodeConfig(config));
    return { masterKey, sealedConfig, fingerprint: fingerprintOf(sealedConfig) };
  }

  /**
   * Makes a repository: folders, then the key slot, then `config`, whose presence makes it one.
   * @throws HoldfastError `repo/already-exists` when there is a config, a key or a snapshot; nothing is changed then
   */
  static async create(
    backend: Backend,
    ports: EnginePorts,
    { secret, slot, prepared = Repository.prepare() }: CreateOptions,
    signal?: AbortSignal,
  ): Promise<Repository> {
    await refuseExisting(backend, signal);
    await backend.prepare(signal);
    const { masterKey, sealedConfig } = prepared;
    const access = await writeSlot(backend, ports.clock, masterKey, secret, slot, signal);
    try {
      await backend.write(CONFIG_FILE, sealedConfig, signal);
    } catch (error) {
      await takeBackSlot(backend, access.keyId, sealedConfig, ports);
      throw error;
    }
    return await Repository.open(backend, ports, { kind: 'slot', ...access }, signal);
  }

  /** What can be told before unlocking. */
  static async inspect(backend: Backend, signal?: AbortSignal): Promise<RepositoryInspection> {
    return await inspectRepository(backend, signal);
  }

  /**
   * @throws HoldfastError `repo/not-found` without a config, `repo/wrong-secret`, `repo/too-expensive-key`,
   * `repo/unsupported-version`, `repo/damaged`
   */
  static async open(
    backend: Backend,
    ports: EnginePorts,
    credential: Credential,
    signal?: AbortSignal,
  ): Promise<Repository> {
    const stored = await readConfig(backend, signal);
    if (stored === null) {
      throw new HoldfastError('repo/not-found', { context: { path: backend.location } });
    }
    const { config, slot } = await unlock(backend, ports, credential, stored, signal);
    const { masterKey } = slot;
    const traits = (await backend.traits?.()) ?? LOCAL_TRAITS;
    const core = { backend, traits, ports, config, masterKey };
    return new Repository(core, slot, fingerprintOf(stored));
  }

  get backend(): Backend {
    return this.core.backend;
  }

  get config(): Config {
    return this.core.config;
  }

  /** The key file in use. */
  get keyId(): Id {
    return this.#slot.keyId;
  }

  /** The 64 derived bytes that open it. */
  get slotKey(): Uint8Array {
    return this.#slot.slotKey;
  }

  /** After the slot in use was replaced. */
  useSlot({ keyId, slotKey }: SlotAccess): void {
    this.#slot = { keyId, slotKey };
  }

  /**
   * Loads the index files that are not known yet. Call it after listing snapshots, so that everything they need is known;
   * a writer needs it to be called under a lock that is held.
   * @throws HoldfastError `repo/damaged` for an unreadable index file, unless `faults` is there to be told
   */
  async refreshIndex(signal?: AbortSignal, faults?: IndexFaults): Promise<void> {
    if (this.#writing) {
      throw new HoldfastError('internal/unexpected', {
        context: { reason: 'a writer is at work' },
      });
    }
    await this.#locks.refreshIndex(signal, faults);
  }

  has(type: BlobType, id: Id): boolean {
    return this.#index.blobs.has(type, id);
  }

  /** Plain bytes as the index tells, or null for an unknown blob. */
  blobLength(type: BlobType, id: Id): number | null {
    const [location] = this.#index.blobs.locate(type, id);
    return location === undefined ? null : plainLength(location);
  }

  /** All copies; empty for an unknown blob. */
  locate(type: BlobType, id: Id): readonly BlobLocation[] {
    return this.#index.blobs.locate(type, id);
  }

  /** What lies in a pack, in the order of offsets; empty for a pack that no index names. */
  packEntries(pack: Id): readonly PackEntry[] {
    return this.#index.blobs.packEntries(pack);
  }

  /** The pack that has this number in the threads of a run. */
  packOf(number: number): Id | null {
    return this.#index.blobs.packOf(number);
  }

  /** For the threads of a run: what is stored by now. */
  shareIndex(): SharedBlobIndex {
    return this.#index.blobs.share();
  }

  /**
   * Decrypted, decompressed and its hash verified. Tries every copy.
   * @throws HoldfastError `repo/blob-missing`, `repo/damaged`, `backend/*`
   */
  async loadBlob(type: BlobType, id: Id, signal?: AbortSignal): Promise<Buffer> {
    try {
      return await loadBlob(this.core, this.#index.blobs, type, id, signal);
    } catch (error) {
      const pack = goneFrom(error);
      if (pack === null || this.#writing) throw error;
      // Somebody may have pruned since the index was loaded: then the blob lies elsewhere now.
      await this.#refreshFor(pack);
      signal?.throwIfAborted();
      return await loadBlob(this.core, this.#index.blobs, type, id, signal);
    }
  }

  async #refreshFor(gonePack: Id): Promise<void> {
    const refresh = this.#gonePacks.get(gonePack) ?? this.#index.refresh();
    this.#gonePacks.set(gonePack, refresh);
    try {
      await refresh;
    } catch (error) {
      this.#gonePacks.delete(gonePack);
      throw error;
    }
  }

  /**
   * The same for sealed bytes that a restorer has read itself, together with their neighbours in the pack.
   * @throws HoldfastError `repo/damaged`
   */
  async openBlob(
    location: Pick<BlobLocation, 'uncompressedLength'>,
    sealed: Uint8Array,
    type: BlobType,
    id: Id,
  ): Promise<Buffer> {
    return await openBlob(this.core.masterKey, sealed, type, id, location.uncompressedLength);
  }

  /**
   * Takes up what an earlier run had stored when it was cut off. Under `lock`, after `refreshIndex`, before a writer starts; cheap where nothing
   * was cut off.
   */
  async takeUpCutRun(lock: RepositoryLock, signal?: AbortSignal): Promise<void> {
    this.#locks.guardIndex(lock);
    // Somebody may just be deleting what no index names.
    if (lock.followsCrash) await this.#locks.settleSoon(lock, signal);
    try {
      await takeUpCutRun(this.core, this.#index, lock.followsCrash, signal);
    } catch (error) {
      // What was entered and not saved may be gone when the next run begins.
      if (this.#index.hasUnsaved) this.#index.taint();
      throw error;
    }
  }

  /** One at a time, and only under a lock under which the index was refreshed: else it could build on pruned packs. */
  startWriter(signal?: AbortSignal): BlobWriter {
    const lock = this.#locks.indexLock;
    if (this.#writing || lock === null || this.#index.isTainted) {
      const reason = this.#writing ? 'a writer is at work' : 'lock and refreshIndex come first';
      throw new HoldfastError('internal/unexpected', { context: { reason } });
    }
    this.#writing = true;
    this.#locks.guardIndex(lock);
    const onEnd = (): void => {
      this.#writing = false;
    };
    const beforeStoring = async (): Promise<void> => this.#locks.settleSoon(lock, signal);
    return new Packer(this.core, this.#index, { onEnd, beforeStoring }, signal);
  }

  /**
   * Newest last.
   * @throws HoldfastError `repo/damaged` for an unreadable one, unless `unreadable` is there to be told
   */
  async listSnapshots(
    signal?: AbortSignal,
    unreadable?: UnreadableSnapshot,
  ): Promise<LoadedSnapshot[]> {
    return await this.#snapshots.list(signal, unreadable);
  }

  /** The last step of a backup. Checks first that the lock is still held. */
  async saveSnapshot(snapshot: Snapshot, lock: RepositoryLock, signal?: AbortSignal): Promise<Id> {
    if (this.#writing || this.#index.hasUnsaved || this.#index.isTainted) {
      throw new HoldfastError('internal/unexpected', {
        context: { reason: 'the writer comes first' },
      });
    }
    await this.#locks.settle(lock, signal);
    await lock.ensureHeld();
    signal?.throwIfAborted();
    // Not by `signal`: a snapshot that was written all the same would be one that nobody was told of.
    return await this.#snapshots.save(snapshot, lock.lostSignal);
  }

  /**
   * @param wanted an id, the beginning of one, or `latest`
   * @throws HoldfastError `repo/snapshot-not-found`, `repo/snapshot-ambiguous`
   */
  async findSnapshot(
    wanted: string,
    filter?: SnapshotFilter,
    signal?: AbortSignal,
  ): Promise<LoadedSnapshot> {
    return await this.#snapshots.find(wanted, filter, signal);
  }

  /**
   * The whole id of a snapshot whose id begins with `wanted`, also of one that cannot be read.
   * @throws HoldfastError `repo/snapshot-not-found`, `repo/snapshot-ambiguous`
   */
  async resolveSnapshot(wanted: string, signal?: AbortSignal): Promise<Id> {
    return await this.#snapshots.resolve(wanted, signal);
  }

  /** @throws HoldfastError `repo/locked` with hostname, username, pid, since, exclusive */
  async lock(mode: LockMode, signal?: AbortSignal): Promise<RepositoryLock> {
    return await this.#locks.take(mode, signal);
  }

  /**
   * A shared lock for who adds or restores: it calls `refreshIndex` next and begins while others may not have seen the lock yet. Writers and
   * `saveSnapshot` wait for that by themselves; whoever only reads stops when `settled` rejects.
   */
  async lockToBegin(signal?: AbortSignal): Promise<RepositoryLock> {
    if (this.#writing) return await this.#locks.take('shared', signal);
    return await this.#locks.takeToBegin(signal);
  }

  /** A shared lock for whoever only reads, or null where the storage cannot be written. The errors are those of `lock`. */
  async lockForReading(signal?: AbortSignal): Promise<RepositoryLock | null> {
    return await this.#locks.takeForReading(signal);
  }

  /** Returns how many were removed. */
  async removeLocks(scope: 'stale' | 'all', signal?: AbortSignal): Promise<number> {
    return await this.#locks.remove(scope, signal);
  }
}

/** The pack that the index names and that is not there, if that is what went wrong. */
function goneFrom(error: unknown): Id | null {
  if (!(error instanceof HoldfastError) || error.code !== 'repo/blob-missing') return null;
  const { pack } = error.context;
  return typeof pack === 'string' ? pack : null;
}

/** A failed write may have succeeded all the same, with its answer lost: then the config needs the slot. */
async function takeBackSlot(
  backend: Backend,
  keyId: Id,
  sealedConfig: Uint8Array,
  { log }: EnginePorts,
): Promise<void> {
  try {
    const stored = await readConfig(backend);
    if (stored?.equals(sealedConfig) !== true) await backend.delete({ kind: 'key', name: keyId });
  } catch (error) {
    log.warn('a key slot without repository may be left', { keyId, error: String(error) });
  }
}

async function refuseExisting(backend: Backend, signal?: AbortSignal): Promise<void> {
  let exists: boolean;
  try {
    exists = (await backend.stat(CONFIG_FILE, signal)) !== null;
    for (const kind of ['key', 'snapshot'] as const) {
      for await (const _ of backend.list(kind, signal)) exists = true;
    }
  } catch (error) {
    // A folder that is not there yet is made by `prepare`.
    if (error instanceof HoldfastError && error.code === 'backend/unavailable') return;
    throw error;
  }
  if (exists) {
    throw new HoldfastError('repo/already-exists', { context: { path: backend.location } });
  }
}
