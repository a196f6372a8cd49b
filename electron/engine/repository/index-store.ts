/**
 * The index files of a repository and the blob index made of them. Index files never change, so a refresh reads only
 * those not known yet; when known ones have vanished (another program pruned), everything is read anew.
 * Packs are entered only after they are durable, and nothing that an index file does not name outlives a failed save.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import { release } from '../crypto/release.ts';
import type { Id } from '../format/id.ts';
import { releaseTable, tableOf, type BlobTable } from '../format/blob-table.ts';
import { encodeIndexOf } from '../format/index-file.ts';
import type { PackEntry } from '../format/pack-file.ts';
import { decodePackedIndex, type PackedIndex } from '../format/packed-index.ts';
import { BlobIndex, type PackAddition } from './blob-index.ts';
import { loadSealed, saveSealed, type RepositoryCore } from './sealed-files.ts';

export const INDEX_FULL_BLOBS = 50_000;
export const INDEX_FULL_AGE_MS = 10 * 60_000;
/** Where each takes the time of a way there and back. One of 50,000 blobs takes 10 MiB until it is in the table. */
const REMOTE_LOADS_AT_ONCE = 4;
const LISTING_TRIES = 4;

export interface IndexedPack {
  readonly id: Id;
  readonly blobs: readonly PackEntry[];
}

/** The lock under which index files may be written. */
export interface IndexGuard {
  /** Aborts a write that is under way when the lock is lost. */
  readonly lostSignal: AbortSignal;
  /** Rejects when the lock is not held, or not surely. */
  readonly ensure: (signal: AbortSignal | undefined) => Promise<void>;
}

/** What a tolerant reader is told instead of failing. */
export interface IndexFaults {
  /** This file is damaged and was left out. */
  readonly unreadable: (id: Id, error: HoldfastError) => void;
  readonly repeatedPack?: (index: Id, pack: Id, addition: Exclude<PackAddition, 'new'>) => void;
}

export class IndexStore {
  #blobs = new BlobIndex();
  /** Asked before each index file is written; when it rejects nothing is. */
  guard: IndexGuard | null = null;
  readonly #core: RepositoryCore;
  #loaded = new Set<Id>();
  #unsaved: { readonly id: Id; readonly blobs: BlobTable }[] = [];
  #unsavedBlobs = 0;
  #unsavedSinceMs = 0;
  /** The memory may know packs that no index file names: everything is read anew before it is trusted. */
  #tainted = false;
  #refreshTurn: Promise<void> = Promise.resolve();
  /** One save at a time. */
  #turn: Promise<void> = Promise.resolve();

  constructor(core: RepositoryCore) {
    this.#core = core;
  }

  get blobs(): BlobIndex {
    return this.#blobs;
  }

  get hasUnsaved(): boolean {
    return this.#unsaved.length > 0;
  }

  get isTainted(): boolean {
    return this.#tainted;
  }

  /**
   * Brings the blob index up to the stored index files. Not while a writer is at work.
   * @throws HoldfastError `repo/damaged` for an unreadable index file, unless `faults` is given
   */
  async refresh(signal?: AbortSignal, faults?: IndexFaults): Promise<void> {
    const turn = this.#refreshTurn.then(() => this.#refreshNow(signal, faults));
    this.#refreshTurn = turn.catch(() => undefined);
    await turn;
  }

  async #refreshNow(signal?: AbortSignal, faults?: IndexFaults): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const listed = new Set<Id>();
      for await (const { name } of this.#core.backend.list('index', signal)) listed.add(name);
      try {
        if (this.#tainted || [...this.#loaded].some((id) => !listed.has(id))) {
          await this.#loadAnew([...listed], signal, faults);
        } else {
          const missing = [...listed].filter((id) => !this.#loaded.has(id));
          await this.#load(this.#blobs, this.#loaded, missing, signal, faults);
        }
        return;
      } catch (error) {
        // It was listed a moment ago: somebody prunes. The new index files are there before the old ones go.
        const vanished = error instanceof HoldfastError && error.code === 'backend/not-found';
        if (!vanished || attempt === LISTING_TRIES) throw error;
      }
    }
  }

  /** Enters a pack that is durable, and saves an index file when one is full or old enough. */
  async addPack(pack: IndexedPack, signal?: AbortSignal): Promise<void> {
    await this.addTable(pack.id, tableOf(pack.blobs), signal);
  }

  /** The same for a table, whose memory is the store's from then on. */
  async addTable(id: Id, blobs: BlobTable, signal?: AbortSignal): Promise<void> {
    this.#blobs.addTable(id, blobs);
    if (this.#unsaved.length === 0) this.#unsavedSinceMs = this.#core.ports.clock.monotonicMs();
    this.#unsaved.push({ id, blobs });
    this.#unsavedBlobs += blobs.count;
    const ageMs = this.#core.ports.clock.monotonicMs() - this.#unsavedSinceMs;
    if (this.#unsavedBlobs >= INDEX_FULL_BLOBS || ageMs >= INDEX_FULL_AGE_MS)
      await this.save(signal);
  }

  /** Writes what no index file names yet. When it rejects, a later call tries the same again. */
  async save(signal?: AbortSignal): Promise<void> {
    const turn = this.#turn.then(() => this.#saveNow(signal));
    this.#turn = turn.catch(() => undefined);
    await turn;
  }

  /** @throws HoldfastError `repo/lock-lost` when index files that are in use were removed: somebody pruned meanwhile */
  async requireLoadedFiles(): Promise<void> {
    const listed = new Set<Id>();
    for await (const { name } of this.#core.backend.list('index')) listed.add(name);
    if ([...this.#loaded].every((id) => listed.has(id))) return;
    throw new HoldfastError('repo/lock-lost', {
      context: { reason: 'index files were removed meanwhile' },
      retry: 'now',
    });
  }

  /** After a writer ended without saving all: what was not saved may be deleted by others once our lock is gone. */
  taint(): void {
    this.#tainted = true;
  }

  async #saveNow(signal: AbortSignal | undefined): Promise<void> {
    const packs = this.#unsaved;
    if (packs.length === 0) return;
    this.#unsaved = [];
    const blobs = this.#unsavedBlobs;
    this.#unsavedBlobs = 0;
    try {
      await this.guard?.ensure(signal);
      const both = AbortSignal.any(
        [signal, this.guard?.lostSignal].filter((one) => one !== undefined),
      );
      const json = encodeIndexOf(packs);
      const id = await saveSealed(this.#core, 'index', json, both);
      this.#loaded.add(id);
      release(json);
    } catch (error) {
      this.#unsaved = [...packs, ...this.#unsaved];
      this.#unsavedBlobs += blobs;
      throw error;
    }
    for (const pack of packs) releaseTable(pack.blobs);
  }

  /** Whoever reads meanwhile goes on with the old one. */
  async #loadAnew(ids: readonly Id[], signal?: AbortSignal, faults?: IndexFaults): Promise<void> {
    const blobs = new BlobIndex();
    const loaded = new Set<Id>();
    await this.#load(blobs, loaded, ids, signal, faults);
    this.#blobs = blobs;
    this.#loaded = loaded;
    this.#unsaved = [];
    this.#unsavedBlobs = 0;
    this.#tainted = false;
  }

  async #load(
    blobs: BlobIndex,
    loaded: Set<Id>,
    ids: readonly Id[],
    signal: AbortSignal | undefined,
    faults: IndexFaults | undefined,
  ): Promise<void> {
    const atOnce = this.#core.traits.isRemote ? REMOTE_LOADS_AT_ONCE : 1;
    for (let start = 0; start < ids.length; start += atOnce) {
      const batch = ids.slice(start, start + atOnce);
      const files = await Promise.all(batch.map((id) => this.#read(id, signal, faults)));
      for (const [at, file] of files.entries()) {
        const id = batch[at];
        if (file === null || id === undefined) continue;
        for (const pack of file.packs) {
          const addition = blobs.addTable(pack.id, file.blobs, pack.first, pack.count);
          if (addition !== 'new') faults?.repeatedPack?.(id, pack.id, addition);
        }
        loaded.add(id);
        releaseTable(file.blobs);
      }
    }
  }

  /** null for a damaged file that `faults` has been told of. */
  async #read(
    id: Id,
    signal: AbortSignal | undefined,
    faults: IndexFaults | undefined,
  ): Promise<PackedIndex | null> {
    try {
      return await loadSealed(this.#core, 'index', id, decodeOnce, signal);
    } catch (error) {
      const isDamage = error instanceof HoldfastError && error.code === 'repo/damaged';
      if (!isDamage || faults === undefined) throw error;
      faults.unreadable(id, error);
      return null;
    }
  }
}

/** The table has copies of all that it needs. @throws HoldfastError `format/invalid` */
function decodeOnce(json: Buffer): PackedIndex {
  const index = decodePackedIndex(json);
  release(json);
  return index;
}
