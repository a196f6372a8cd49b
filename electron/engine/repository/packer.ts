/**
 * The writer of blobs: known ones are not stored again; new ones are compressed, sealed and gathered into packs.
 * Each kind has two open packs and a blob goes into either at random, so that pack sizes tell nothing of chunk sizes
 * (restic format notes, section 5). Packs are durable before the index names them. Memory stays bounded: whoever saves waits.
 */
import { randomInt } from 'node:crypto';

import { HoldfastError } from '../../../shared/errors.ts';
import { SEAL_OVERHEAD_BYTES } from '../crypto/sealed.ts';
import { ID_BYTES, idOf, numbersOf, type BlobTable } from '../format/blob-table.ts';
import { sha256Hex, type Id } from '../format/id.ts';
import type { BlobType } from '../format/pack-file.ts';
import { maxSealedBytes, sealBlob } from './blob-sealer.ts';
import { cleanUpSignal } from './clean-up.ts';
import type { IndexStore } from './index-store.ts';
import { OpenPack, PackBuffers, packedBytes } from './open-pack.ts';
import type { RepositoryCore } from './sealed-files.ts';

export interface SavedBlob {
  readonly id: Id;
  /** False when the repository had it, or this run has stored it before. */
  readonly isNew: boolean;
  /** What it takes in its pack, header entry included; 0 when it was not new. */
  readonly storedBytes: number;
}

/** One run's way of adding blobs. Ends with `finish` or `abandon`, whatever happens in between. */
export interface BlobWriter {
  /** May be called several times at once. `id`, when given, must be the SHA-256 of `plain`. */
  save(type: BlobType, plain: Uint8Array, id?: Id): Promise<SavedBlob>;
  /** Puts in what another thread has sealed, and lies in `bytes` at the offsets; it is copied. Nobody may have stored it before. */
  putAll(bytes: Uint8Array, blobs: BlobTable): Promise<void>;
  /** Flushes short packs and writes the index files; all is durable when it resolves. */
  finish(): Promise<void>;
  /** Stops without flushing open packs. Packs already stored get their index, so that the next run goes on from there. */
  abandon(): Promise<void>;
}

/** What its owner does around it. */
interface PackerHooks {
  readonly onEnd?: () => void;
  /** Before each pack is stored; what it throws ends the run. */
  readonly beforeStoring?: () => Promise<void>;
}

const OPEN_PACKS = 2;
/** One blob is always let in, however large. */
const MAX_BYTES_IN_WORK = 8 * 1024 * 1024;

export class Packer implements BlobWriter {
  readonly #core: RepositoryCore;
  readonly #index: IndexStore;
  readonly #signal: AbortSignal | undefined;
  readonly #hooks: PackerHooks;
  readonly #buffers: PackBuffers;
  readonly #open: Record<BlobType, OpenPack[]>;
  /** Accepted, but not in a stored pack yet. */
  readonly #pending = new Set<string>();
  readonly #uploads = new Set<Promise<void>>();
  #bytesInWork = 0;
  readonly #turns: (() => void)[] = [];
  /** Full packs that wait until an upload has ended. */
  #waiting = 0;
  #failure: { readonly error: unknown } | null = null;
  #ended = false;

  constructor(
    core: RepositoryCore,
    index: IndexStore,
    hooks: PackerHooks,
    signal: AbortSignal | undefined,
  ) {
    this.#core = core;
    this.#index = index;
    this.#hooks = hooks;
    this.#signal = signal;
    this.#buffers = new PackBuffers(core.traits.packSizeBytes);
    this.#open = { data: this.#newPacks('data'), tree: this.#newPacks('tree') };
  }

  async save(type: BlobType, plain: Uint8Array, id: Id = sha256Hex(plain)): Promise<SavedBlob> {
    this.#requireGoing();
    if (plain.length === 0) throw new RangeError('an empty blob is never written');
    const key = `${type} ${id}`;
    if (this.#pending.has(key) || this.#index.blobs.has(type, id)) {
      return { id, isNew: false, storedBytes: 0 };
    }
    this.#pending.add(key);
    await this.#enter(plain.length);
    try {
      const { masterKey, config } = this.#core;
      const options = { masterKey, version: config.version };
      const sealed = Buffer.allocUnsafe(maxSealedBytes(plain.length));
      const idBytes = Buffer.from(id, 'hex');
      const { length, uncompressedLength } = sealBlob(options, type, idBytes, plain, sealed, 0);
      await this.#put(type, idBytes, 0, sealed.subarray(0, length), uncompressedLength);
      return { id, isNew: true, storedBytes: packedBytes(length, uncompressedLength) };
    } catch (error) {
      // Others may have relied on this blob being on its way.
      this.#failure ??= { error };
      throw error;
    } finally {
      this.#leave(plain.length);
    }
  }

  async putAll(bytes: Uint8Array, blobs: BlobTable): Promise<void> {
    try {
      for (let blob = 0; blob < blobs.count; blob++) {
        const { type, offset, length, uncompressedLength } = numbersOf(blobs, blob);
        const sealed = bytes.subarray(offset, offset + length);
        const at = blob * ID_BYTES;
        const waits = this.#putSoon(type, blobs.ids, at, sealed, uncompressedLength);
        if (waits !== null) await waits;
      }
    } catch (error) {
      this.#failure ??= { error };
      throw error;
    }
  }

  /** Waits while many bytes are being compressed and sealed: each of them is there two or three times. */
  async #enter(bytes: number): Promise<void> {
    while (this.#bytesInWork > 0 && this.#bytesInWork + bytes > MAX_BYTES_IN_WORK) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#turns.push(resolve);
      await promise;
    }
    this.#bytesInWork += bytes;
  }

  #leave(bytes: number): void {
    this.#bytesInWork -= bytes;
    for (const turn of this.#turns.splice(0)) turn();
  }

  async finish(): Promise<void> {
    this.#requireGoing();
    try {
      for (const packs of Object.values(this.#open)) {
        for (const pack of mergedIfTheyFit(packs)) if (!pack.isEmpty) await this.#upload(pack);
      }
      await this.#settleUploads();
      this.#requireGoing();
      await this.#index.save(this.#signal);
    } catch (error) {
      this.#failure ??= { error };
      throw error;
    }
    this.#end();
  }

  async abandon(): Promise<void> {
    if (this.#ended) return;
    this.#failure ??= { error: new HoldfastError('job/cancelled') };
    await this.#settleUploads();
    try {
      await this.#index.save(cleanUpSignal(this.#core.traits.visibilityLagMs));
    } finally {
      // Also when the lock was lost: what was stored under it may be gone.
      if (this.#index.hasUnsaved) this.#index.taint();
      this.#pending.clear();
      this.#end();
    }
  }

  #end(): void {
    this.#ended = true;
    this.#open.data = [];
    this.#open.tree = [];
    this.#hooks.onEnd?.();
  }

  #requireGoing(): void {
    if (this.#ended)
      throw new HoldfastError('internal/unexpected', { context: { reason: 'writer has ended' } });
    if (this.#failure !== null) throw this.#failure.error;
    this.#signal?.throwIfAborted();
  }

  async #put(
    type: BlobType,
    ids: Uint8Array,
    at: number,
    sealed: Uint8Array,
    uncompressedLength: number,
  ): Promise<void> {
    await this.#putSoon(type, ids, at, sealed, uncompressedLength);
  }

  /** Nearly always at once: then null. `ids` has the id's bytes from `at`. */
  #putSoon(
    type: BlobType,
    ids: Uint8Array,
    at: number,
    sealed: Uint8Array,
    uncompressedLength: number,
  ): Promise<void> | null {
    // While a full pack waits for its turn nobody fills another one: memory stays bounded, however slow the storage is.
    if (this.#waiting > 0 && this.#uploads.size > 0) {
      return Promise.race(this.#uploads).then(async () =>
        this.#put(type, ids, at, sealed, uncompressedLength),
      );
    }
    this.#requireGoing();
    const { packSizeBytes } = this.#core.traits;
    if (sealed.length + SEAL_OVERHEAD_BYTES >= packSizeBytes) {
      const own = new OpenPack(type, this.#buffers);
      own.add(ids, at, sealed, uncompressedLength);
      return this.#upload(own);
    }
    const packs = this.#open[type];
    const either = randomInt(OPEN_PACKS);
    const pack = packs[either];
    if (pack === undefined) throw new HoldfastError('job/cancelled');
    pack.add(ids, at, sealed, uncompressedLength);
    if (!pack.isFull) return null;
    packs[either] = new OpenPack(type, this.#buffers);
    return this.#upload(pack);
  }

  /** Resolves when the upload has begun: only so many are under way, so that memory stays bounded. */
  async #upload(pack: OpenPack): Promise<void> {
    this.#waiting += 1;
    try {
      while (this.#uploads.size >= this.#core.traits.uploadsAtOnce) {
        await Promise.race(this.#uploads);
      }
    } finally {
      this.#waiting -= 1;
    }
    if (this.#failure !== null) throw this.#failure.error;
    const upload = this.#store(pack)
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#uploads.delete(upload));
    this.#uploads.add(upload);
  }

  async #store(pack: OpenPack): Promise<void> {
    const { id, bytes, blobs } = pack.finish(this.#core);
    const file = {
      kind: 'pack',
      name: id,
      holds: pack.type === 'tree' ? 'trees' : 'data',
    } as const;
    await this.#hooks.beforeStoring?.();
    const staged = await this.#core.backend.stage?.(file, bytes);
    if (staged) {
      pack.recycle();
      await staged.write(this.#signal);
    } else {
      await this.#core.backend.write(file, bytes, this.#signal);
      // Not after a failure: an attempt that is still dying may read on.
      pack.recycle();
    }
    for (let blob = 0; blob < blobs.count && this.#pending.size > 0; blob++) {
      this.#pending.delete(`${pack.type} ${idOf(blobs, blob)}`);
    }
    await this.#index.addTable(id, blobs, this.#signal);
  }

  #newPacks(type: BlobType): OpenPack[] {
    return Array.from({ length: OPEN_PACKS }, () => new OpenPack(type, this.#buffers));
  }

  async #settleUploads(): Promise<void> {
    while (this.#uploads.size > 0) await Promise.race(this.#uploads);
  }
}

function mergedIfTheyFit(packs: readonly OpenPack[]): OpenPack[] {
  const merged: OpenPack[] = [];
  for (const pack of packs) {
    const roomy = merged.find((candidate) => candidate.hasRoomFor(pack));
    if (roomy === undefined) merged.push(pack);
    else roomy.takeOver(pack);
  }
  return merged;
}
