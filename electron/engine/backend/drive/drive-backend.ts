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
import { inMemory, sumsOf, type Sums, type UploadSource } from '../remote/upload-source.ts';
import type { DriveAccount, DriveClient } from './drive-client.ts';
import type { DriveFile, Intent } from './drive-index.ts';
import type { DriveItem, NewFile } from './drive-item.ts';
import type { DriveMeans } from './drive-transport.ts';
import { DriveTree, type DriveTreeOptions } from './drive-tree.ts';

const MIB = 1024 * 1024;
const SIMPLE_LIMIT_BYTES = 5 * MIB;
const WRITE_TRIES = 4;
const READ_TRIES = 4;
/** A run that finds next to nothing new is not worth a call more. */
const WORTH_A_LOOK_BYTES = 1024 * 1024;
const ACCOUNT_FRESH_MS = 60_000;
/** How far Google's listings were seen to be behind, with room. */
const VISIBILITY_LAG_MS = 35_000;
const LARGE_REPOSITORY_BYTES = 2 * 1024 ** 4;

export class DriveBackend implements Backend {
  readonly location: string;
  readonly #client: DriveClient;
  readonly #means: DriveMeans;
  readonly #tree: DriveTree;
  #isRoomKnown = false;
  #account: { readonly account: DriveAccount; readonly atMs: number } | null = null;

  constructor(client: DriveClient, means: DriveMeans, options: DriveTreeOptions) {
    this.#client = client;
    this.#means = means;
    this.#tree = new DriveTree(client, means, options);
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
    const { folder, path } = pathOf(file);
    const { sums } = source;
    const index = await this.#tree.index;
    if (file.kind === 'config') await this.#tree.refresh(signal);
    else await this.#tree.known(signal);
    const existing = index.copies(path);
    if (existing.some((copy) => isCopyOf(copy, sums))) return;
    // A copy that does not have the bytes it is named by is damage, and a right one beside it the cure.
    if (existing.length > 0 && sums.sha256 !== file.name) {
      throw new HoldfastError('backend/io', {
        context: { path: this.location, file: path, reason: 'exists with other content' },
      });
    }
    if (sums.sizeBytes >= WORTH_A_LOOK_BYTES) await this.#requireRoom(sums.sizeBytes, signal);
    const parent = await this.#tree.folder(folder, signal);
    for (let attempt = 1; ; attempt++) {
      const pending = index.intent(path);
      const intent = pending ?? { id: await this.#tree.newId(signal), session: null };
      if (pending === null) await index.intend(path, intent);
      const newFile = { id: intent.id, name: path.split('/').at(-1) ?? path, parent };
      const item = await this.#create(path, newFile, intent, pending !== null, source, signal);
      if (await this.#isAsSent(item, sums, signal)) {
        index.settle(path);
        await this.#tree.wrote(path, item);
        return;
      }
      index.settle(path);
      this.#means.log.warn('Drive holds something else than was sent; it is sent anew', {
        path,
        attempt,
      });
      await this.#client.remove(item.id, signal);
      index.remove(item.id, true);
      if (attempt === WRITE_TRIES) {
        throw new HoldfastError('backend/corrupt-transfer', {
          context: { file: path },
          retry: 'later',
        });
      }
    }
  }

  async read(file: FileHandle, range?: ByteRange, signal?: AbortSignal): Promise<Buffer> {
    signal?.throwIfAborted();
    const { path } = pathOf(file);
    const index = await this.#tree.index;
    await this.#tree.known(signal);
    for (let looked = false; ; looked = true) {
      for (const copy of bestFirst(index.copies(path), file.name)) {
        const bytes = await this.#readCopy(copy, range, signal);
        if (bytes !== null) return bytes;
        index.remove(copy.id, false);
      }
      if (looked) throw new HoldfastError('backend/not-found', { context: { file: path } });
      await this.#tree.refresh(signal);
    }
  }

  async stat(file: FileHandle, signal?: AbortSignal): Promise<StoredFile | null> {
    signal?.throwIfAborted();
    const { path } = pathOf(file);
    const index = await this.#tree.index;
    await this.#tree.refresh(signal);
    const [copy] = bestFirst(index.copies(path), file.name);
    if (copy === undefined) return null;
    if (file.kind === 'lock') {
      // By id Drive tells the truth of this moment.
      const item = await this.#client.get(copy.id, signal);
      if (item === null || item.isTrashed) {
        index.remove(copy.id, false);
        return null;
      }
    }
    return storedFile(file.name, copy);
  }

  async *list(
    kind: Exclude<FileKind, 'config'>,
    signal?: AbortSignal,
  ): AsyncGenerator<StoredFile, void, void> {
    await this.#tree.refresh(signal);
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
    await this.#tree.known(signal);
    if (index.copies(path).length === 0) await this.#tree.refresh(signal);
    const forGood = file.kind === 'lock' || file.kind === 'key';
    for (const { id } of index.copies(path)) {
      if (forGood) await this.#client.remove(id, signal);
      else await this.#client.trash(id, signal);
      index.remove(id, true);
    }
  }

  async space(signal?: AbortSignal): Promise<Space> {
    const { limitBytes, usedBytes } = await this.account(signal);
    return {
      freeBytes: limitBytes === null ? null : Math.max(0, limitBytes - usedBytes),
      totalBytes: limitBytes,
    };
  }

  onWait(listener: (reason: WaitReason | null) => void): () => void {
    return this.#means.gate.onWait((wait) => listener(wait?.reason ?? null));
  }

  /** Before the first large pack of a process: better said now than by a refusal after hours of reading. */
  async #requireRoom(bytes: number, signal?: AbortSignal): Promise<void> {
    if (this.#isRoomKnown) return;
    const { freeBytes } = await this.space(signal);
    if (freeBytes !== null && freeBytes < bytes) {
      throw new HoldfastError('drive/quota-full', { retry: 'later', context: { freeBytes } });
    }
    this.#isRoomKnown = true;
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

  async #create(
    path: string,
    file: NewFile,
    intent: Intent,
    mayExist: boolean,
    source: UploadSource,
    signal: AbortSignal | undefined,
  ): Promise<DriveItem> {
    const { uploads } = this.#client;
    const { sizeBytes } = source.sums;
    if (sizeBytes <= SIMPLE_LIMIT_BYTES) {
      return uploads.createSmall(file, await source.whole(), mayExist, signal);
    }
    const index = await this.#tree.index;
    let { session } = intent;
    let fromByte = 0;
    if (session !== null) {
      const state = await uploads.uploadState(session, sizeBytes, signal);
      if (state.kind === 'done') return state.item;
      if (state.kind === 'going') fromByte = state.receivedBytes;
      else session = null;
    }
    let look = mayExist;
    for (;;) {
      if (session === null) {
        // A session that was lost may have been lost after its end.
        const existing = look ? await this.#client.get(file.id, signal) : null;
        if (existing !== null) return existing;
        const started = await uploads.startUpload(file, sizeBytes, signal);
        look = true;
        if (started === 'exists') continue;
        ({ session } = started);
        fromByte = 0;
        await index.intend(path, { id: file.id, session });
      }
      const state = await uploads.continueUpload(session, source, fromByte, signal);
      if (state.kind === 'done') return state.item;
      session = null;
      look = true;
    }
  }

  /** Drive's own checksum, or what it gives back, is that of what was sent. */
  async #isAsSent(item: DriveItem, sums: Sums, signal: AbortSignal | undefined): Promise<boolean> {
    if (item.isTrashed || item.sizeBytes !== sums.sizeBytes) return false;
    if (item.sha256 !== null) return item.sha256 === sums.sha256;
    if (item.md5 !== null) return item.md5 === sums.md5;
    const bytes = await this.#client.download(item.id, sums.sizeBytes, undefined, signal);
    return sumsOf(bytes).sha256 === sums.sha256;
  }

  /** null when it is gone. */
  async #readCopy(
    copy: DriveFile,
    range: ByteRange | undefined,
    signal: AbortSignal | undefined,
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
      if (error instanceof HoldfastError && error.code === 'backend/not-found') return null;
      throw error;
    }
  }
}

function isCopyOf(copy: DriveFile, sums: Sums): boolean {
  if (copy.sizeBytes !== sums.sizeBytes) return false;
  if (copy.sha256 !== null) return copy.sha256 === sums.sha256;
  return copy.md5 === sums.md5;
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
