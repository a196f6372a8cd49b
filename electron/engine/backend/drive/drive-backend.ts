/**
 * A repository on a person's Google Drive, laid out so that rclone and restic open it. Names are labels there and ids are files: paths are
 * resolved by an index of our own, creates carry ids that were asked for beforehand, so that repeating one never makes a second file, and
 * every upload counts only after Drive's checksum of it was compared.
 */
import type { Space } from '../../../../shared/model/destination.ts';
import type { WaitReason } from '../../../../shared/model/job.ts';
import { HoldfastError } from '../../../../shared/errors.ts';
import type {
  Backend,
  BackendTraits,
  ByteRange,
  FileHandle,
  FileKind,
  StoredFile,
} from '../backend.ts';
import { folderOf, isFileName, isPackFolder, pathOf } from '../layout.ts';
import { inMemory, sumsOf, type UploadSource } from '../remote/upload-source.ts';
import type { DriveAccount, DriveClient } from './drive-client.ts';
import type { DriveFile } from './drive-index.ts';
import { fileOf } from './drive-item.ts';
import { FRESH_MS, VISIBILITY_LAG_MS } from './drive-listing.ts';
import type { DriveMeans } from './drive-transport.ts';
import { DriveTree, type DriveTreeOptions } from './drive-tree.ts';
import { DriveWriter } from './drive-writer.ts';

const MIB = 1024 * 1024;
const READ_TRIES = 4;
/** A run that finds next to nothing new is not worth a call more. */
const WORTH_A_LOOK_BYTES = 1024 * 1024;
const ACCOUNT_FRESH_MS = 60_000;
const ROOM_FRESH_MS = 10 * 60_000;
const LARGE_REPOSITORY_BYTES = 2 * 1024 ** 4;

export class DriveBackend implements Backend {
  readonly location: string;
  readonly #client: DriveClient;
  readonly #means: DriveMeans;
  readonly #tree: DriveTree;
  readonly #writer: DriveWriter;
  #room: { leftBytes: number; readonly atMs: number } | null = null;
  /** The one that was asked for last, and was there. */
  #seenLock: { readonly id: string; readonly atMs: number } | null = null;
  #account: { readonly account: DriveAccount; readonly atMs: number } | null = null;

  constructor(client: DriveClient, means: DriveMeans, options: DriveTreeOptions) {
    this.#client = client;
    this.#means = means;
    this.#tree = new DriveTree(client, means, options);
    this.#writer = new DriveWriter(client, means, this.#tree);
    this.location = this.#tree.location;
  }

  async traits(): Promise<BackendTraits> {
    const index = await this.#tree.index;
    let stored = 0;
    for (const [, copies] of index.filesBelow(folderOf('pack')))
      stored += copies[0]?.sizeBytes ?? 0;
    return {
      packSizeBytes: (stored > LARGE_REPOSITORY_BYTES ? 64 : 32) * MIB,
      uploadsAtOnce: 2,
      visibilityLagMs: VISIBILITY_LAG_MS,
      isRemote: true,
      resumesUploads: true,
    };
  }

  async prepare(signal?: AbortSignal): Promise<void> {
    await this.#tree.prepare(signal);
  }

  async write(file: FileHandle, bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    await this.writeFrom(file, inMemory(bytes), signal);
  }

  async writeFrom(file: FileHandle, source: UploadSource, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { sizeBytes } = source.sums;
    const requireRoom = async (): Promise<void> => {
      if (sizeBytes >= WORTH_A_LOOK_BYTES) await this.#requireRoom(sizeBytes, signal);
    };
    await this.#writer.write(file, source, requireRoom, signal);
    // Of before it: what is told next is to be with it.
    this.#account = null;
  }

  /** It will not be written after all: what was noted of it is of no use any more. */
  async forgetUnsent(file: FileHandle): Promise<void> {
    await this.#tree.intents.settle(pathOf(file).path);
  }

  async listAnew(signal?: AbortSignal): Promise<void> {
    await this.#tree.listing.listAnew(signal);
  }

  async untilComplete(signal?: AbortSignal): Promise<void> {
    await this.#tree.listing.complete(signal);
  }

  async read(file: FileHandle, range?: ByteRange, signal?: AbortSignal): Promise<Buffer> {
    signal?.throwIfAborted();
    const { path } = pathOf(file);
    const index = await this.#tree.index;
    await this.#tree.listing.known(signal);
    for (let looked = false; ; looked = true) {
      for (const copy of bestFirst(index.copies(path), file.name)) {
        const bytes = await this.#readCopy(path, copy, range, signal);
        if (bytes !== null) return bytes;
        index.remove(copy.id, false);
      }
      if (looked) throw new HoldfastError('backend/not-found', { context: { file: path } });
      await this.#tree.listing.refresh(signal);
    }
  }

  async stat(file: FileHandle, signal?: AbortSignal): Promise<StoredFile | null> {
    signal?.throwIfAborted();
    const { path } = pathOf(file);
    const index = await this.#tree.index;
    await this.#tree.listing.refresh(signal);
    const [copy] = bestFirst(index.copies(path), file.name);
    if (copy === undefined) return null;
    const nowMs = this.#means.clock.monotonicMs();
    const isFresh = this.#seenLock?.id === copy.id && nowMs - this.#seenLock.atMs < FRESH_MS;
    if (file.kind === 'lock' && !isFresh) {
      // By id Drive tells the truth of this moment.
      const item = await this.#client.get(copy.id, signal);
      if (item === null || item.isTrashed) {
        index.remove(copy.id, false);
        return null;
      }
      this.#seenLock = { id: copy.id, atMs: nowMs };
    }
    return storedFile(file.name, copy);
  }

  async *list(
    kind: Exclude<FileKind, 'config'>,
    signal?: AbortSignal,
  ): AsyncGenerator<StoredFile, void, void> {
    await this.#tree.listing.refresh(signal);
    const index = await this.#tree.index;
    const folder = folderOf(kind);
    for (const [path, copies] of index.filesBelow(folder)) {
      const parts = path.slice(folder.length + 1).split('/');
      const name = parts.at(-1) ?? '';
      const inPlace =
        kind === 'pack'
          ? parts.length === 2 && isPackFolder(parts[0] ?? '') && name.startsWith(parts[0] ?? '')
          : parts.length === 1;
      const [copy] = bestFirst(copies, name);
      if (inPlace && isFileName(name) && copy !== undefined) yield storedFile(name, copy);
    }
  }

  /** Locks and key slots go for good; the rest goes to the trash, from where it can be brought back for 30 days. */
  async delete(file: FileHandle, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { path } = pathOf(file);
    const index = await this.#tree.index;
    await this.#tree.listing.known(signal);
    if (index.copies(path).length === 0) await this.#tree.listing.refresh(signal);
    const forGood = file.kind === 'lock' || file.kind === 'key';
    for (const { id } of index.copies(path)) {
      if (forGood) await this.#client.remove(id, signal);
      else await this.#client.trash(id, signal);
      index.remove(id, true);
    }
    this.#account = null;
  }

  async space(signal?: AbortSignal): Promise<Space> {
    const { limitBytes, usedBytes } = await this.account(signal);
    return {
      freeBytes: limitBytes === null ? null : Math.max(0, limitBytes - usedBytes),
      totalBytes: limitBytes,
    };
  }

  async folderId(): Promise<string | null> {
    return (await this.#tree.index).folderIds('')[0] ?? null;
  }

  onWait(listener: (reason: WaitReason | null) => void): () => void {
    return this.#means.gate.onWait((wait) => listener(wait?.reason ?? null));
  }

  /**
   * At the first large pack of each run, and from time to time in long ones: better said now than by a refusal after hours of reading. What
   * has been sent since counts.
   */
  async #requireRoom(bytes: number, signal?: AbortSignal): Promise<void> {
    const nowMs = this.#means.clock.monotonicMs();
    const isKnown = this.#room !== null && nowMs - this.#room.atMs < ROOM_FRESH_MS;
    if (this.#room === null || !isKnown || this.#room.leftBytes < bytes) {
      this.#account = null;
      const { freeBytes } = await this.space(signal);
      this.#room = { leftBytes: freeBytes ?? Number.POSITIVE_INFINITY, atMs: nowMs };
    }
    const { leftBytes } = this.#room;
    if (leftBytes < bytes) {
      throw new HoldfastError('drive/quota-full', {
        retry: 'later',
        context: { freeBytes: leftBytes, neededBytes: bytes },
      });
    }
    this.#room.leftBytes -= bytes;
  }

  /** Who is signed in, and what the account holds; at most a minute old. */
  async account(signal?: AbortSignal): Promise<DriveAccount> {
    const nowMs = this.#means.clock.monotonicMs();
    if (this.#account !== null && nowMs - this.#account.atMs < ACCOUNT_FRESH_MS) {
      return this.#account.account;
    }
    const account = await this.#client.account(signal);
    this.#account = { account, atMs: nowMs };
    return account;
  }

  /** null when it is gone. */
  async #readCopy(
    path: string,
    copy: DriveFile,
    range: ByteRange | undefined,
    signal: AbortSignal | undefined,
    isChecked = false,
  ): Promise<Buffer | null> {
    try {
      for (let attempt = 1; ; attempt++) {
        const bytes = await this.#client.download(copy.id, copy.sizeBytes, range, signal);
        // A part has no checksum; what is sealed in it is verified by whoever opens it.
        if (range !== undefined || copy.sha256 === null || attempt === READ_TRIES) return bytes;
        if (sumsOf(bytes).sha256 === copy.sha256) return bytes;
        this.#means.log.warn('a download was altered on its way; it is repeated', { attempt });
      }
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      if (error.code === 'backend/not-found') return null;
      if (error.code !== 'backend/out-of-step' || isChecked) throw error;
      // What is known of it is not so any more: by id Drive tells how it is.
      const item = await this.#client.get(copy.id, signal);
      if (item === null) return null;
      (await this.#tree.index).addFile(path, fileOf(item));
      return this.#readCopy(path, fileOf(item), range, signal, true);
    }
  }
}

/** A copy that has the bytes it is named by comes first, then the oldest. */
function bestFirst(copies: readonly DriveFile[], name: string): readonly DriveFile[] {
  if (copies.length < 2) return copies;
  const rank = (copy: DriveFile): number =>
    copy.sha256 === name ? 0 : copy.sha256 === null ? 1 : 2;
  return copies.toSorted(
    (a, b) => rank(a) - rank(b) || a.createdMs - b.createdMs || (a.id < b.id ? -1 : 1),
  );
}

function storedFile(name: string, copy: DriveFile): StoredFile {
  return {
    name,
    sizeBytes: copy.sizeBytes,
    modifiedMs: copy.createdMs,
    ...(copy.sha256 === null ? {} : { sha256: copy.sha256 }),
  };
}
