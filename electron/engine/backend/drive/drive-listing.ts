/**
 * What lies on a Drive, kept up to date by Google's list of changes. Lists everything at first, once a week, and when somebody wants to know what is
 * there now. Listings lag behind: what one shows and what was known are held against each other, and where they differ Drive is asked by id,
 * which tells the truth of the moment. A listing that there was nothing to hold against is provisional: it is repeated when the lag has passed.
 */
import { HoldfastError } from '../../../../shared/errors.ts';
import type { LocationOf } from '../../../../shared/model/destination.ts';
import { unlessAborted } from '../../unless-aborted.ts';
import type { DriveClient, DriveChanges } from './drive-client.ts';
import type { DriveContents, DriveFile, DriveIndex } from './drive-index.ts';
import { fileOf, type DriveItem } from './drive-item.ts';
import { pathWithin } from './drive-paths.ts';
import type { DriveMeans } from './drive-transport.ts';

/** How far Google's listings were seen to be behind, with room. */
export const VISIBILITY_LAG_MS = 35_000;

/** What was asked so lately need not be asked again. */
export const FRESH_MS = 2000;
const FULL_LISTING_EVERY_MS = 7 * 24 * 3600 * 1000;
/** Folders in one query; Google has failed with more. */
const PARENTS_AT_ONCE = 50;
/** More are not asked for one by one. */
const MAX_DIFFERENCES = 200;
const NS_A_MS = 1_000_000n;

export interface DriveListingOptions {
  readonly location: LocationOf<'gdrive'>;
  readonly index: Promise<DriveIndex>;
  /** By this process. */
  readonly written: ReadonlySet<string>;
}

/** As it is being listed. */
interface Found {
  readonly files: Map<string, DriveFile[]>;
  readonly folders: Map<string, string[]>;
  readonly pathOfId: Map<string, string>;
}

export class DriveListing {
  readonly #client: DriveClient;
  readonly #means: DriveMeans;
  readonly #location: LocationOf<'gdrive'>;
  readonly #text: string;
  readonly #index: Promise<DriveIndex>;
  readonly #written: ReadonlySet<string>;
  #turn: Promise<unknown> = Promise.resolve();
  #refreshedMs = Number.NEGATIVE_INFINITY;
  /** By the clock that only goes forward; null when an earlier process listed. */
  #listedAtMs: number | null = null;

  constructor(
    client: DriveClient,
    means: DriveMeans,
    { location, index, written }: DriveListingOptions,
  ) {
    this.#client = client;
    this.#means = means;
    this.#location = location;
    this.#text = `Google Drive: ${location.path}`;
    this.#index = index;
    this.#written = written;
  }

  /** The index is there, however old. */
  async known(signal?: AbortSignal): Promise<void> {
    if ((await this.#index).pageToken === null) await this.refresh(signal);
  }

  /** Brings the index up to what Drive tells now. Answers of the last two seconds are taken for now. */
  async refresh(signal?: AbortSignal): Promise<void> {
    await this.#inTurn(signal, async () => {
      const nowMs = this.#means.clock.monotonicMs();
      if (nowMs - this.#refreshedMs < FRESH_MS) return;
      await this.#refreshNow(signal);
      this.#refreshedMs = nowMs;
    });
  }

  /** Lists everything, whatever is known: damage at rest shows in no list of changes. */
  async listAnew(signal?: AbortSignal): Promise<void> {
    await this.#inTurn(signal, async () => {
      await this.#listAll(signal);
      this.#refreshedMs = this.#means.clock.monotonicMs();
    });
  }

  /** Resolves when the index has all that was there before the lag: repeats a provisional listing, and waits until it can be. */
  async complete(signal?: AbortSignal): Promise<void> {
    for (;;) {
      await this.refresh(signal);
      const index = await this.#index;
      if (index.provisionalSince === null) return;
      const leftMs = VISIBILITY_LAG_MS - this.#ageMs(index);
      await this.#means.clock.sleep(Math.max(FRESH_MS, leftMs), signal);
    }
  }

  async #inTurn(signal: AbortSignal | undefined, work: () => Promise<void>): Promise<void> {
    const inTime = (): Promise<void> => {
      signal?.throwIfAborted();
      return work();
    };
    const turn = this.#turn.then(inTime);
    this.#turn = turn.catch(() => undefined);
    await unlessAborted(turn, signal);
  }

  async #refreshNow(signal: AbortSignal | undefined): Promise<void> {
    const index = await this.#index;
    const ageMs = this.#ageMs(index);
    const isProvisional = index.provisionalSince !== null;
    // An age below zero: the clock was set back.
    const isDue = ageMs < 0 || ageMs >= (isProvisional ? VISIBILITY_LAG_MS : FULL_LISTING_EVERY_MS);
    if (index.pageToken === null || isDue || index.folderIds('').length === 0) {
      await this.#listAll(signal);
      return;
    }
    const changes = await this.#client.changesSince(index.pageToken, signal);
    if (changes === null) index.pageToken = null;
    if (changes === null || !(await this.#follow(changes, index, signal))) {
      await this.#listAll(signal);
    }
  }

  /** False when folders were moved or deleted, so that everything has to be listed. */
  async #follow(
    { changes, token }: DriveChanges,
    index: DriveIndex,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const newFolders: DriveItem[] = [];
    for (const { id, item } of changes) {
      const known = index.pathOf(id);
      const isGone = item === null || item.isTrashed;
      if (known !== null && index.isFolder(id)) {
        // Whatever lay in it is not there any more, and no change says so of each.
        if (isGone) {
          if (item !== null) throw rootProblem(item, this.#text);
          return false;
        }
        // The repository's own folder may be moved and renamed at will.
        if (known !== '' && pathOfItem(item, index) !== known) return false;
        continue;
      }
      if (isGone) {
        if (known !== null) index.remove(id, false);
        continue;
      }
      const path = pathOfItem(item, index);
      if (known !== null && known !== path) index.remove(id, false);
      if (path === null) continue;
      if (!item.isFolder) index.addFile(path, fileOf(item));
      else if (!index.isGone(id)) {
        index.addFolder(path, id);
        // It may have come with all that is in it.
        if (!this.#written.has(id)) newFolders.push(item);
      }
    }
    if (newFolders.length > 0) {
      const found = emptyFound();
      for (const { id } of newFolders) noteFolder(found, index.pathOf(id) ?? '', id);
      await this.#listBelow(found, signal);
      for (const [path, ids] of found.folders) for (const id of ids) index.addFolder(path, id);
      for (const [path, copies] of found.files) {
        for (const copy of copies) index.addFile(path, copy);
      }
    }
    index.setToken(token);
    return true;
  }

  /** Everything from the top. */
  async #listAll(signal: AbortSignal | undefined): Promise<void> {
    const index = await this.#index;
    const isFirst = index.pageToken === null || index.folderIds('').length === 0;
    const wasProvisional = index.provisionalSince !== null;
    const isEarly = wasProvisional && this.#ageMs(index) < VISIBILITY_LAG_MS;
    // From before the listing: what changes meanwhile is told again.
    const known = isFirst ? null : (index.provisionalSince ?? index.pageToken);
    const token = known ?? (await this.#client.startPageToken(signal));
    const [nowMs, atMs] = [this.#nowMs(), this.#means.clock.monotonicMs()];
    const found = emptyFound();
    for (const id of await this.#findRoots(index, signal)) noteFolder(found, '', id);
    await this.#listBelow(found, signal);
    const settled = await this.#holdAgainst(index, found, signal);
    const changes = known === null ? null : await this.#client.changesSince(known, signal);
    if (known !== null && changes === null) {
      // It was forgotten meanwhile: from the beginning, as if nothing had been listed.
      index.pageToken = null;
      await this.#listAll(signal);
      return;
    }
    const isWhole = !isFirst && !isEarly && (settled || wasProvisional);
    index.replace(withWritten(found, index.contents, this.#written), {
      token,
      listedMs: isEarly ? index.listedMs : nowMs,
      provisionalSince: isWhole ? null : token,
    });
    if (!isEarly) this.#listedAtMs = atMs;
    if (changes !== null) await this.#follow(changes, index, signal);
  }

  /**
   * Corrects `found` where it differs from what was known, by asking for each. False when there is too much of it.
   * @throws HoldfastError `drive/folder-trashed` for a folder that was known and is in the trash
   */
  async #holdAgainst(
    index: DriveIndex,
    found: Found,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const { files, folders } = index.contents;
    const missing: (readonly [path: string, id: string, copy: DriveFile | null])[] = [];
    for (const [path, ids] of folders) {
      for (const id of ids) if (!found.pathOfId.has(id)) missing.push([path, id, null]);
    }
    for (const [path, copies] of files) {
      for (const copy of copies) {
        if (!found.pathOfId.has(copy.id)) missing.push([path, copy.id, copy]);
      }
    }
    const added = [...found.pathOfId.keys()].filter((id) => index.pathOf(id) === null);
    for (const id of added) if (index.isGone(id)) forget(found, id);
    const unknown = folders.size === 0 ? [] : added.filter((id) => found.pathOfId.has(id));
    const isMuch = missing.length + unknown.length > MAX_DIFFERENCES;
    // Folders always: one in the trash must not pass for one that never was.
    const asked = isMuch ? missing.filter(([, , copy]) => copy === null) : missing;
    await Promise.all([
      ...asked.map(async ([path, id, copy]) => {
        const item = await this.#client.get(id, signal);
        if (copy === null && item?.isTrashed === true) throw rootProblem(item, this.#text);
        if (item === null || item.isTrashed) {
          index.remove(id, false);
          return;
        }
        // Moved out, unless its folder is only seen late, too.
        if (path !== '' && pathOfItem(item, index) !== path) return;
        if (copy === null) noteFolder(found, path, id);
        else noteFile(found, path, fileOf(item));
      }),
      ...(isMuch ? [] : unknown).map(async (id) => {
        const item = await this.#client.get(id, signal);
        if (item === null || item.isTrashed) forget(found, id);
      }),
    ]);
    return !isMuch;
  }

  async #findRoots(index: DriveIndex, signal: AbortSignal | undefined): Promise<readonly string[]> {
    const { folderId, path } = this.#location;
    const known = folderId === null ? index.folderIds('') : [folderId];
    const items = await Promise.all(known.map((id) => this.#client.get(id, signal)));
    const alive = known.filter((_, at) => items[at]?.isTrashed === false);
    if (alive.length > 0) return alive;
    if (folderId !== null) throw rootProblem(items[0] ?? null, this.#text);
    let parents = ['root'];
    for (const name of path.split('/')) {
      const named = await Promise.all(
        parents.map((parent) => this.#client.foldersNamed(parent, name, signal)),
      );
      parents = named.flat().map(({ id }) => id);
      if (parents.length === 0) break;
    }
    // Another one of that name may have been made meanwhile, by a person who wants to begin anew.
    const others = parents.filter((id) => !known.includes(id));
    if (others.length > 0 || known.length === 0) return others;
    // Said once: whoever comes again means to begin anew, unless it can be brought back.
    const trashed = items.find((item) => item !== null) ?? null;
    if (trashed === null) for (const id of known) index.remove(id, false);
    throw rootProblem(trashed, this.#text);
  }

  /** Breadth first from the folders that are there, many a query. */
  async #listBelow(found: Found, signal: AbortSignal | undefined): Promise<void> {
    let level = [...found.folders.values()].flat();
    while (level.length > 0) {
      const next: string[] = [];
      for (let start = 0; start < level.length; start += PARENTS_AT_ONCE) {
        const parents = level.slice(start, start + PARENTS_AT_ONCE);
        for (const item of await this.#childrenOf(parents, signal)) {
          const folder = item.parent === null ? undefined : found.pathOfId.get(item.parent);
          const path = pathWithin(folder ?? null, item.name);
          if (path === null) continue;
          if (item.isFolder) {
            noteFolder(found, path, item.id);
            next.push(item.id);
          } else if (item.sizeBytes !== null) noteFile(found, path, fileOf(item));
        }
      }
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

  /** Since everything was listed. Of the clock on the wall, which may be set, where an earlier process did it. */
  #ageMs(index: DriveIndex): number {
    return this.#listedAtMs === null
      ? this.#nowMs() - index.listedMs
      : this.#means.clock.monotonicMs() - this.#listedAtMs;
  }

  #nowMs(): number {
    return Number(this.#means.clock.nowNs() / NS_A_MS);
  }
}

function pathOfItem({ parent, name }: DriveItem, index: DriveIndex): string | null {
  return pathWithin(parent === null ? null : index.pathOf(parent), name);
}

function emptyFound(): Found {
  return { files: new Map(), folders: new Map(), pathOfId: new Map() };
}

function noteFile(found: Found, path: string, copy: DriveFile): void {
  const others = (found.files.get(path) ?? []).filter(({ id }) => id !== copy.id);
  found.files.set(path, [...others, copy]);
  found.pathOfId.set(copy.id, path);
}

function noteFolder(found: Found, path: string, id: string): void {
  const ids = found.folders.get(path) ?? [];
  if (!ids.includes(id)) found.folders.set(path, [...ids, id]);
  found.pathOfId.set(id, path);
}

function forget(found: Found, id: string): void {
  const path = found.pathOfId.get(id);
  found.pathOfId.delete(id);
  if (path === undefined) return;
  const copies = found.files.get(path)?.filter((copy) => copy.id !== id) ?? [];
  if (copies.length === 0) found.files.delete(path);
  else found.files.set(path, copies);
  const ids = found.folders.get(path)?.filter((folder) => folder !== id) ?? [];
  if (ids.length === 0) found.folders.delete(path);
  else found.folders.set(path, ids);
}

/** What was written while everything was being listed is there, too. */
function withWritten(
  found: Found,
  { files, folders }: DriveContents,
  written: ReadonlySet<string>,
): DriveContents {
  for (const [path, ids] of folders) {
    for (const id of ids) if (written.has(id)) noteFolder(found, path, id);
  }
  for (const [path, copies] of files) {
    for (const copy of copies) {
      if (written.has(copy.id) && !found.pathOfId.has(copy.id)) noteFile(found, path, copy);
    }
  }
  return found;
}

export function rootProblem(folder: DriveItem | null, location: string): HoldfastError {
  return new HoldfastError(folder === null ? 'drive/folder-gone' : 'drive/folder-trashed', {
    context: { path: location },
  });
}
