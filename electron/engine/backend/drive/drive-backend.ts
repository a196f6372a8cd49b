/**
 * A repository on a person's Google Drive, laid out so that rclone and restic open it. Names are labels there and ids are files: paths are
 * resolved by an index of our own, creates carry ids that were asked for beforehand, so that repeating one never makes a second file, and
 * every upload counts only after Drive's checksum of it was compared.
 */
import { createHash } from 'node:crypto';
import type { Space } from '../../../../shared/model/destination.ts';
import type { WaitReason } from '../../../../shared/model/job.ts';
import { HoldfastError } from '../../../../shared/errors.ts';
import type { LocationOf } from '../../../../shared/model/destination.ts';
import type {
  Backend,
  BackendTraits,
  ByteRange,
  FileHandle,
  FileKind,
  StoredFile,
} from '../backend.ts';
import { CONFIG_PATH, folderOf, isFileName, isPackFolder, pathOf } from '../layout.ts';
import type { DriveAccount, DriveClient, DriveItem, DriveMeans, NewFile } from './drive-client.ts';
import { DriveIndex, type DriveFile, type Intent } from './drive-index.ts';

const MIB = 1024 * 1024;
const SIMPLE_LIMIT_BYTES = 5 * MIB;
const IDS_AT_ONCE = 200;
const FEW_IDS = 8;
/** What was asked so lately need not be asked again. */
const FRESH_MS = 2000;
const FULL_LISTING_EVERY_MS = 7 * 24 * 3600 * 1000;
/** Folders in one query; Google has failed with more. */
const PARENTS_AT_ONCE = 50;
const WRITE_TRIES = 4;
const READ_TRIES = 4;
/** A run that finds next to nothing new is not worth a call more. */
const WORTH_A_LOOK_BYTES = 1024 * 1024;
const ACCOUNT_FRESH_MS = 60_000;
/** How far Google's listings were seen to be behind, with room. */
const VISIBILITY_LAG_MS = 35_000;
const LARGE_REPOSITORY_BYTES = 2 * 1024 ** 4;
const BASE_KINDS = ['pack', 'index', 'key', 'lock', 'snapshot'] as const;
const NS_A_MS = 1_000_000n;

export interface DriveBackendOptions {
  readonly location: LocationOf<'gdrive'>;
  /** Where the index is kept; null keeps it in memory only. */
  readonly indexPath: string | null;
}

export class DriveBackend implements Backend {
  readonly location: string;
  readonly #client: DriveClient;
  readonly #means: DriveMeans;
  readonly #location: LocationOf<'gdrive'>;
  readonly #index: Promise<DriveIndex>;
  readonly #folderTurns = new Map<string, Promise<string>>();
  /** Written by this process: a listing that does not show them is late. */
  #isRoomKnown = false;
  readonly #written = new Set<string>();
  #idTurn: Promise<unknown> = Promise.resolve();
  #refreshTurn: Promise<unknown> = Promise.resolve();
  #refreshedMs = Number.NEGATIVE_INFINITY;
  #account: { readonly account: DriveAccount; readonly atMs: number } | null = null;

  constructor(client: DriveClient, means: DriveMeans, options: DriveBackendOptions) {
    this.#client = client;
    this.#means = means;
    this.#location = options.location;
    this.location = `Google Drive: ${options.location.path}`;
    this.#index = DriveIndex.open(options.indexPath);
    // Whoever asks is told.
    this.#index.catch(() => undefined);
  }

  async traits(): Promise<BackendTraits> {
    const index = await this.#index;
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
    await this.#refresh(signal);
    await this.#folder('', signal);
    for (const kind of BASE_KINDS) await this.#folder(folderOf(kind), signal);
  }

  async write(file: FileHandle, bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { folder, path } = pathOf(file);
    const sums = sumsOf(bytes);
    const index = await this.#index;
    if (file.kind === 'config') await this.#refresh(signal);
    else await this.#known(signal);
    const existing = index.copies(path);
    if (existing.some((copy) => isCopyOf(copy, sums))) return;
    // A copy that does not have the bytes it is named by is damage, and a right one beside it the cure.
    if (existing.length > 0 && sums.sha256 !== file.name) {
      throw new HoldfastError('backend/io', {
        context: { path: this.location, file: path, reason: 'exists with other content' },
      });
    }
    if (bytes.length >= WORTH_A_LOOK_BYTES) await this.#requireRoom(bytes.length, signal);
    const parent = await this.#folder(folder, signal);
    for (let attempt = 1; ; attempt++) {
      const pending = index.intent(path);
      const intent = pending ?? { id: await this.#newId(signal), session: null };
      if (pending === null) await index.intend(path, intent);
      const newFile = { id: intent.id, name: path.split('/').at(-1) ?? path, parent };
      const item = await this.#create(path, newFile, intent, pending !== null, bytes, signal);
      if (await this.#isAsSent(item, sums, signal)) {
        index.settle(path);
        index.addFile(path, fileOf(item));
        this.#written.add(item.id);
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
    const index = await this.#index;
    await this.#known(signal);
    for (let looked = false; ; looked = true) {
      for (const copy of bestFirst(index.copies(path), file.name)) {
        const bytes = await this.#readCopy(copy, range, signal);
        if (bytes !== null) return bytes;
        index.remove(copy.id, false);
      }
      if (looked) throw new HoldfastError('backend/not-found', { context: { file: path } });
      await this.#refresh(signal);
    }
  }

  async stat(file: FileHandle, signal?: AbortSignal): Promise<StoredFile | null> {
    signal?.throwIfAborted();
    const { path } = pathOf(file);
    const index = await this.#index;
    await this.#refresh(signal);
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
    await this.#refresh(signal);
    const index = await this.#index;
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
    const index = await this.#index;
    await this.#known(signal);
    if (index.copies(path).length === 0) await this.#refresh(signal);
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

  /** Google's id of the repository's folder; null when there is none. */
  async folderId(signal?: AbortSignal): Promise<string | null> {
    await this.#refresh(signal);
    return (await this.#index).folderIds('')[0] ?? null;
  }

  async #create(
    path: string,
    file: NewFile,
    intent: Intent,
    mayExist: boolean,
    bytes: Uint8Array,
    signal: AbortSignal | undefined,
  ): Promise<DriveItem> {
    if (bytes.length <= SIMPLE_LIMIT_BYTES) {
      return this.#client.createSmall(file, bytes, mayExist, signal);
    }
    const index = await this.#index;
    let { session } = intent;
    let fromByte = 0;
    if (session !== null) {
      const state = await this.#client.uploadState(session, bytes.length, signal);
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
        const started = await this.#client.startUpload(file, bytes.length, signal);
        look = true;
        if (started === 'exists') continue;
        ({ session } = started);
        fromByte = 0;
        await index.intend(path, { id: file.id, session });
      }
      const state = await this.#client.continueUpload(session, bytes, fromByte, signal);
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

  async #newId(signal: AbortSignal | undefined): Promise<string> {
    const turn = this.#idTurn.then(async () => {
      const index = await this.#index;
      if (index.idCount < FEW_IDS) {
        const wanted = index.idCount === 0 ? IDS_AT_ONCE : IDS_AT_ONCE - index.idCount;
        index.addIds(await this.#client.newIds(wanted, signal));
      }
      const id = index.takeId();
      if (id === null) throw new HoldfastError('backend/unavailable', { retry: 'later' });
      return id;
    });
    this.#idTurn = turn.catch(() => undefined);
    return turn;
  }

  /** The id of a folder, made when it is not there. One at a time for each. */
  async #folder(path: string, signal: AbortSignal | undefined): Promise<string> {
    const index = await this.#index;
    const [known] = index.folderIds(path);
    if (known !== undefined) return known;
    const running = this.#folderTurns.get(path);
    if (running !== undefined) return running;
    const making = this.#makeFolder(path, signal).finally(() => this.#folderTurns.delete(path));
    this.#folderTurns.set(path, making);
    return making;
  }

  async #makeFolder(path: string, signal: AbortSignal | undefined): Promise<string> {
    const index = await this.#index;
    if (path === '') return this.#makeRoot(signal);
    const parts = path.split('/');
    const parent = await this.#folder(parts.slice(0, -1).join('/'), signal);
    const id = await this.#createFolder(`folder:${path}`, parent, parts.at(-1) ?? path, signal);
    index.addFolder(path, id);
    return id;
  }

  /** Folders above the repository, each looked up by name first: they may be shared with other computers. */
  async #makeRoot(signal: AbortSignal | undefined): Promise<string> {
    const index = await this.#index;
    let parent = 'root';
    const parts = this.#location.path.split('/');
    for (const [at, name] of parts.entries()) {
      const [oldest] = await this.#client.foldersNamed(parent, name, signal);
      const above = `above:${parts.slice(0, at + 1).join('/')}`;
      parent = oldest?.id ?? (await this.#createFolder(above, parent, name, signal));
    }
    index.addFolder('', parent);
    return parent;
  }

  async #createFolder(
    key: string,
    parent: string,
    name: string,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    const index = await this.#index;
    const pending = index.intent(key);
    const id = pending?.id ?? (await this.#newId(signal));
    if (pending === null) await index.intend(key, { id, session: null });
    const folder = await this.#client.createFolder({ id, name, parent }, pending !== null, signal);
    index.settle(key);
    if (folder.isTrashed) return this.#createFolder(key, parent, name, signal);
    this.#written.add(folder.id);
    return folder.id;
  }

  /** The index is there, however old. */
  async #known(signal: AbortSignal | undefined): Promise<void> {
    if ((await this.#index).pageToken === null) await this.#refresh(signal);
  }

  /** Brings the index up to what Drive tells now. Answers of the last two seconds are taken for now. */
  async #refresh(signal?: AbortSignal): Promise<void> {
    const turn = this.#refreshTurn.then(async () => {
      const nowMs = this.#means.clock.monotonicMs();
      if (nowMs - this.#refreshedMs >= FRESH_MS) {
        await this.#refreshNow(signal);
        this.#refreshedMs = nowMs;
      }
      return this.#refreshedMs;
    });
    this.#refreshTurn = turn.catch(() => undefined);
    await turn;
  }

  async #refreshNow(signal: AbortSignal | undefined): Promise<void> {
    const index = await this.#index;
    const nowMs = Number(this.#means.clock.nowNs() / NS_A_MS);
    const { pageToken } = index;
    const isOld = nowMs - index.listedMs > FULL_LISTING_EVERY_MS;
    if (pageToken === null || isOld || index.folderIds('').length === 0) {
      await this.#listAll(nowMs, signal);
      return;
    }
    const answer = await this.#client.changesSince(pageToken, signal);
    if (answer === null) {
      await this.#listAll(nowMs, signal);
      return;
    }
    const unknownFolders: DriveItem[] = [];
    for (const { id, item } of answer.changes) {
      const known = index.pathOf(id);
      if (item === null || item.isTrashed) {
        if (known === '') throw rootProblem(item, this.location);
        if (known !== null) index.remove(id, false);
        continue;
      }
      // The repository's own folder may be moved and renamed at will.
      if (known === '') continue;
      const path = this.#pathFor(item, index);
      if (known !== null && known !== path) index.remove(id, false);
      if (path === null) continue;
      if (!item.isFolder) index.addFile(path, fileOf(item));
      else if (known === null && !index.isGone(id)) {
        index.addFolder(path, id);
        // It may have come with all that is in it.
        if (!this.#written.has(id)) unknownFolders.push(item);
      }
    }
    if (unknownFolders.length > 0)
      await this.#listBelow(
        unknownFolders.map(({ id }) => id),
        signal,
      );
    index.setToken(answer.token, null);
  }

  /** The path of an item by the folder it lies in; null for what is not of this repository. */
  #pathFor({ parent, name }: DriveItem, index: DriveIndex): string | null {
    const folder = parent === null ? null : index.pathOf(parent);
    if (folder === null) return null;
    const path = folder === '' ? name : `${folder}/${name}`;
    return belongs(path) ? path : null;
  }

  /** Everything from the top, with what this process has written lately and no listing shows yet. */
  async #listAll(nowMs: number, signal: AbortSignal | undefined): Promise<void> {
    const index = await this.#index;
    // Before the listing: what changes meanwhile is told again.
    const token = await this.#client.startPageToken(signal);
    const roots = await this.#findRoots(signal);
    const before = new Map([...index.filesBelow('data'), ...otherFiles(index)]);
    const beforeFolders = new Map([...index.folders()].map(([path, ids]) => [path, [...ids]]));
    index.forget();
    for (const id of roots) index.addFolder('', id);
    if (roots.length > 0) {
      for (const [path, ids] of beforeFolders) {
        for (const id of ids) if (path !== '' && this.#written.has(id)) index.addFolder(path, id);
      }
      await this.#listBelow(roots, signal);
      for (const [path, copies] of before) {
        for (const copy of copies) if (this.#written.has(copy.id)) index.addFile(path, copy);
      }
    }
    index.setToken(token, nowMs);
  }

  async #findRoots(signal: AbortSignal | undefined): Promise<string[]> {
    const { folderId, path } = this.#location;
    if (folderId !== null) {
      const folder = await this.#client.get(folderId, signal);
      if (folder === null || folder.isTrashed) throw rootProblem(folder, this.location);
      return [folderId];
    }
    let parents = ['root'];
    for (const name of path.split('/')) {
      const found = await Promise.all(
        parents.map((parent) => this.#client.foldersNamed(parent, name, signal)),
      );
      parents = found.flat().map(({ id }) => id);
      if (parents.length === 0) break;
    }
    const own = (await this.#index).folderIds('').filter((id) => this.#written.has(id));
    return [...new Set([...parents, ...own])];
  }

  /** Breadth first, many folders a query. */
  async #listBelow(folderIds: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    const index = await this.#index;
    let level = [...folderIds];
    while (level.length > 0) {
      const next: string[] = [];
      for (let start = 0; start < level.length; start += PARENTS_AT_ONCE) {
        const parents = level.slice(start, start + PARENTS_AT_ONCE);
        for (const item of await this.#childrenOf(parents, signal)) {
          const path = this.#pathFor(item, index);
          if (path === null || index.isGone(item.id)) continue;
          if (item.isFolder) {
            index.addFolder(path, item.id);
            next.push(item.id);
          } else if (item.sizeBytes !== null) index.addFile(path, fileOf(item));
        }
      }
      // Folders that no listing shows yet may hold files that one does.
      level = next;
    }
  }

  /** Drive has answered questions about several folders with nothing: an empty answer is asked for again one by one. */
  async #childrenOf(
    parents: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<DriveItem[]> {
    const items = await this.#client.children(parents, signal);
    if (items.length > 0 || parents.length === 1) return items;
    const single = await Promise.all(
      parents.map((parent) => this.#client.children([parent], signal)),
    );
    return single.flat();
  }
}

interface Sums {
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly md5: string;
}

function sumsOf(bytes: Uint8Array): Sums {
  return {
    sizeBytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    md5: createHash('md5').update(bytes).digest('hex'),
  };
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

function fileOf({ id, sizeBytes, md5, sha256, createdMs }: DriveItem): DriveFile {
  return { id, sizeBytes: sizeBytes ?? 0, md5, sha256, createdMs };
}

function storedFile(name: string, copy: DriveFile): StoredFile {
  return {
    name,
    sizeBytes: copy.sizeBytes,
    modifiedMs: copy.createdMs,
    ...(copy.sha256 === null ? {} : { sha256: copy.sha256 }),
  };
}

function* otherFiles(index: DriveIndex): Generator<readonly [string, readonly DriveFile[]]> {
  yield [CONFIG_PATH, index.copies(CONFIG_PATH)];
  for (const kind of BASE_KINDS) if (kind !== 'pack') yield* index.filesBelow(folderOf(kind));
}

const BASE_FOLDERS: ReadonlySet<string> = new Set(BASE_KINDS.map(folderOf));

/** A path that can be of a repository: nothing else is followed, however it came there. */
function belongs(path: string): boolean {
  const [first = '', second, third] = path.split('/');
  if (second === undefined) return first === CONFIG_PATH || BASE_FOLDERS.has(first);
  if (!BASE_FOLDERS.has(first)) return false;
  if (first !== folderOf('pack')) return third === undefined && isFileName(second);
  return isPackFolder(second) && (third === undefined || isFileName(third));
}

function rootProblem(folder: DriveItem | null, location: string): HoldfastError {
  return new HoldfastError(folder === null ? 'drive/folder-gone' : 'drive/folder-trashed', {
    context: { path: location },
  });
}
