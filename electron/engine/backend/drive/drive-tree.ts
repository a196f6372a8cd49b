/**
 * The folders and files of one repository as Google tells them, kept up to date by its list of changes, with what this process has written
 * lately and no listing shows yet. Makes folders, under ids that were asked for beforehand.
 */
import { HoldfastError } from '../../../../shared/errors.ts';
import type { LocationOf } from '../../../../shared/model/destination.ts';
import { CONFIG_PATH, folderOf, isFileName, isPackFolder } from '../layout.ts';
import type { DriveClient } from './drive-client.ts';
import { DriveIndex, type DriveFile } from './drive-index.ts';
import type { DriveItem } from './drive-item.ts';
import type { DriveMeans } from './drive-transport.ts';

const IDS_AT_ONCE = 200;
const FEW_IDS = 8;
/** What was asked so lately need not be asked again. */
const FRESH_MS = 2000;
const FULL_LISTING_EVERY_MS = 7 * 24 * 3600 * 1000;
/** Folders in one query; Google has failed with more. */
const PARENTS_AT_ONCE = 50;
const BASE_KINDS = ['pack', 'index', 'key', 'lock', 'snapshot'] as const;
const NS_A_MS = 1_000_000n;

export interface DriveTreeOptions {
  readonly location: LocationOf<'gdrive'>;
  /** Where the index is kept; null keeps it in memory only. */
  readonly indexPath: string | null;
}

export class DriveTree {
  /** For messages. */
  readonly location: string;
  readonly index: Promise<DriveIndex>;
  readonly #client: DriveClient;
  readonly #means: DriveMeans;
  readonly #location: LocationOf<'gdrive'>;
  readonly #folderTurns = new Map<string, Promise<string>>();
  /** Written by this process: a listing that does not show them is late. */
  readonly #written = new Set<string>();
  #idTurn: Promise<unknown> = Promise.resolve();
  #refreshTurn: Promise<unknown> = Promise.resolve();
  #refreshedMs = Number.NEGATIVE_INFINITY;

  constructor(client: DriveClient, means: DriveMeans, { location, indexPath }: DriveTreeOptions) {
    this.#client = client;
    this.#means = means;
    this.#location = location;
    this.location = `Google Drive: ${location.path}`;
    this.index = DriveIndex.open(indexPath);
    // Whoever asks is told.
    this.index.catch(() => undefined);
  }

  async prepare(signal?: AbortSignal): Promise<void> {
    await this.refresh(signal);
    await this.folder('', signal);
    for (const kind of BASE_KINDS) await this.folder(folderOf(kind), signal);
  }

  /** It was stored just now. */
  async wrote(path: string, item: DriveItem): Promise<void> {
    (await this.index).addFile(path, fileOf(item));
    this.#written.add(item.id);
  }

  async newId(signal: AbortSignal | undefined): Promise<string> {
    const turn = this.#idTurn.then(async () => {
      const index = await this.index;
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
  async folder(path: string, signal: AbortSignal | undefined): Promise<string> {
    const index = await this.index;
    const [known] = index.folderIds(path);
    if (known !== undefined) return known;
    const running = this.#folderTurns.get(path);
    if (running !== undefined) return running;
    const making = this.#makeFolder(path, signal).finally(() => this.#folderTurns.delete(path));
    this.#folderTurns.set(path, making);
    return making;
  }

  async #makeFolder(path: string, signal: AbortSignal | undefined): Promise<string> {
    const index = await this.index;
    if (path === '') return this.#makeRoot(signal);
    const parts = path.split('/');
    const parent = await this.folder(parts.slice(0, -1).join('/'), signal);
    const id = await this.#createFolder(`folder:${path}`, parent, parts.at(-1) ?? path, signal);
    index.addFolder(path, id);
    return id;
  }

  /** Folders above the repository, each looked up by name first: they may be shared with other computers. */
  async #makeRoot(signal: AbortSignal | undefined): Promise<string> {
    const index = await this.index;
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
    const index = await this.index;
    const pending = index.intent(key);
    const id = pending?.id ?? (await this.newId(signal));
    if (pending === null) await index.intend(key, { id, session: null });
    const folder = await this.#client.createFolder({ id, name, parent }, pending !== null, signal);
    index.settle(key);
    if (folder.isTrashed) return this.#createFolder(key, parent, name, signal);
    this.#written.add(folder.id);
    return folder.id;
  }

  /** The index is there, however old. */
  async known(signal: AbortSignal | undefined): Promise<void> {
    if ((await this.index).pageToken === null) await this.refresh(signal);
  }

  /** Brings the index up to what Drive tells now. Answers of the last two seconds are taken for now. */
  async refresh(signal?: AbortSignal): Promise<void> {
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
    const index = await this.index;
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
    const index = await this.index;
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
    const own = (await this.index).folderIds('').filter((id) => this.#written.has(id));
    return [...new Set([...parents, ...own])];
  }

  /** Breadth first, many folders a query. */
  async #listBelow(folderIds: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    const index = await this.index;
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

function fileOf({ id, sizeBytes, md5, sha256, createdMs }: DriveItem): DriveFile {
  return { id, sizeBytes: sizeBytes ?? 0, md5, sha256, createdMs };
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
