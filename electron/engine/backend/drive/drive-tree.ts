/**
 * The folders of one repository on a Drive, and what this process has written there lately, which no listing shows yet. Makes folders, under
 * ids that were asked for beforehand.
 */
import { dirname, join } from 'node:path';
import type { LocationOf } from '../../../../shared/model/destination.ts';
import { unlessAborted } from '../../unless-aborted.ts';
import { folderOf } from '../layout.ts';
import type { DriveClient } from './drive-client.ts';
import { DriveIds } from './drive-ids.ts';
import { DriveIndex } from './drive-index.ts';
import { DriveIntents } from './drive-intents.ts';
import { fileOf, type DriveItem } from './drive-item.ts';
import { DriveListing, rootProblem } from './drive-listing.ts';
import { BASE_KINDS } from './drive-paths.ts';
import type { DriveMeans } from './drive-transport.ts';

const FOLDER_TRIES = 4;

export interface DriveTreeOptions {
  readonly location: LocationOf<'gdrive'>;
  /** Where the index is kept; null keeps it in memory only. */
  readonly indexPath: string | null;
}

export class DriveTree {
  /** For messages. */
  readonly location: string;
  readonly index: Promise<DriveIndex>;
  readonly intents: DriveIntents;
  readonly listing: DriveListing;
  readonly #client: DriveClient;
  readonly #location: LocationOf<'gdrive'>;
  readonly #ids: DriveIds;
  readonly #folderTurns = new Map<string, Promise<string>>();
  /** Written by this process: a listing that does not show them is late. */
  readonly #written = new Set<string>();

  constructor(client: DriveClient, means: DriveMeans, { location, indexPath }: DriveTreeOptions) {
    this.#client = client;
    this.#location = location;
    this.location = `Google Drive: ${location.path}`;
    this.index = DriveIndex.open(indexPath);
    // Whoever asks is told.
    this.index.catch(() => undefined);
    this.intents = new DriveIntents(
      indexPath === null ? null : join(dirname(indexPath), 'creating'),
    );
    this.#ids = new DriveIds(client);
    this.listing = new DriveListing(client, means, {
      location,
      index: this.index,
      written: this.#written,
    });
  }

  async prepare(signal?: AbortSignal): Promise<void> {
    await this.listing.refresh(signal);
    await this.folder('', signal);
    for (const kind of BASE_KINDS) await this.folder(folderOf(kind), signal);
  }

  /** It was stored just now. */
  async wrote(path: string, item: DriveItem): Promise<void> {
    this.#written.add(item.id);
    (await this.index).addFile(path, fileOf(item));
  }

  async newId(signal: AbortSignal | undefined): Promise<string> {
    return this.#ids.next(signal);
  }

  /** The id of a folder, made when it is not there. One at a time for each, whoever waits for it. */
  async folder(path: string, signal: AbortSignal | undefined): Promise<string> {
    const index = await this.index;
    const [known] = index.folderIds(path);
    if (known !== undefined) return known;
    let making = this.#folderTurns.get(path);
    if (making === undefined) {
      making = this.#makeFolder(path).finally(() => this.#folderTurns.delete(path));
      this.#folderTurns.set(path, making);
    }
    return unlessAborted(making, signal);
  }

  /**
   * After something that was made there was found to be in the trash, or could not be made at all.
   * @throws HoldfastError `drive/folder-trashed`, `drive/folder-gone` where the folder is the reason
   */
  async requireFolder(id: string, signal: AbortSignal | undefined): Promise<void> {
    if (id === 'root') return;
    // What lies in a trashed folder is told to be trashed, however deep.
    const folder = await this.#client.get(id, signal);
    if (folder === null || folder.isTrashed) throw rootProblem(folder, this.location);
  }

  async #makeFolder(path: string): Promise<string> {
    const index = await this.index;
    if (path === '') return this.#makeRoot();
    const parts = path.split('/');
    const parent = await this.folder(parts.slice(0, -1).join('/'), undefined);
    const id = await this.#createFolder(`folder:${path}`, parent, parts.at(-1) ?? path);
    index.addFolder(path, id);
    return id;
  }

  /** Folders above the repository, each looked up by name first: they may be shared with other computers. */
  async #makeRoot(): Promise<string> {
    const index = await this.index;
    let parent = 'root';
    const parts = this.#location.path.split('/');
    for (const [at, name] of parts.entries()) {
      const [oldest] = await this.#client.foldersNamed(parent, name);
      const above = `above:${parts.slice(0, at + 1).join('/')}`;
      parent = oldest?.id ?? (await this.#createFolder(above, parent, name));
    }
    index.addFolder('', parent);
    return parent;
  }

  async #createFolder(key: string, parent: string, name: string): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      const { id, isOld } = await this.intents.claim(key, () => this.newId(undefined));
      const folder = await this.#client.createFolder({ id, name, parent }, isOld);
      await this.intents.settle(key);
      const isOurs =
        folder !== null &&
        folder.isFolder &&
        folder.name === name &&
        (parent === 'root' || folder.parent === parent);
      if (isOurs && !folder.isTrashed) {
        this.#written.add(folder.id);
        return folder.id;
      }
      // Or every folder that is made there is trashed at once, for ever.
      if (isOurs) await this.requireFolder(parent, undefined);
      if (attempt === FOLDER_TRIES) throw rootProblem(folder, this.location);
    }
  }
}
