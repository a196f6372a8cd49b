/**
 * How a file gets to a Drive: under an id that was noted before, so that repeating a create never makes a second file; and counted as stored only
 * when Drive's own checksum of it was compared. Nothing is ever deleted but our own file that does not have the bytes it is named by.
 */
import { HoldfastError } from '../../../../shared/errors.ts';
import { unlessAborted } from '../../unless-aborted.ts';
import type { FileHandle } from '../backend.ts';
import { pathOf } from '../layout.ts';
import { sumsOf, type Sums, type UploadSource } from '../remote/upload-source.ts';
import type { DriveClient } from './drive-client.ts';
import type { DriveFile, DriveIndex } from './drive-index.ts';
import type { ClaimedIntent } from './drive-intents.ts';
import type { DriveItem, NewFile } from './drive-item.ts';
import type { DriveMeans } from './drive-transport.ts';
import type { DriveTree } from './drive-tree.ts';

const SIMPLE_LIMIT_BYTES = 5 * 1024 * 1024;
const WRITE_TRIES = 4;

export class DriveWriter {
  readonly #client: DriveClient;
  readonly #means: DriveMeans;
  readonly #tree: DriveTree;
  /** One at a time for each path: the second finds what the first has made. */
  readonly #turns = new Map<string, Promise<void>>();

  constructor(client: DriveClient, means: DriveMeans, tree: DriveTree) {
    this.#client = client;
    this.#means = means;
    this.#tree = tree;
  }

  async write(
    file: FileHandle,
    source: UploadSource,
    requireRoom: () => Promise<void>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { path } = pathOf(file);
    for (let before = this.#turns.get(path); before !== undefined; before = this.#turns.get(path)) {
      await unlessAborted(before, signal);
    }
    const writing = this.#write(file, source, requireRoom, signal);
    this.#turns.set(
      path,
      writing.then(
        () => undefined,
        () => undefined,
      ),
    );
    try {
      await writing;
    } finally {
      this.#turns.delete(path);
    }
  }

  async #write(
    file: FileHandle,
    source: UploadSource,
    requireRoom: () => Promise<void>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { folder, path } = pathOf(file);
    const { sums } = source;
    const index = await this.#tree.index;
    if (file.kind === 'config') await this.#tree.listing.refresh(signal);
    else await this.#tree.listing.known(signal);
    const existing = index.copies(path);
    if (existing.some((copy) => isCopyOf(copy, sums))) return;
    const isNamedByBytes = sums.sha256 === file.name;
    // A copy that does not have the bytes it is named by is damage, and a right one beside it the cure.
    if (existing.length > 0 && !isNamedByBytes) throw this.#existsWithOtherBytes(path);
    await requireRoom();
    for (let attempt = 1; ; attempt++) {
      const parent = await this.#tree.folder(folder, signal);
      const intent = await this.#tree.intents.claim(path, () => this.#tree.newId(signal));
      const newFile = { id: intent.id, name: path.split('/').at(-1) ?? path, parent };
      const item = await this.#create(path, newFile, intent, source, signal);
      if (item !== null && isOurs(item, newFile, index)) {
        if (!item.isTrashed && (await this.#isAsSent(item, sums, signal))) {
          await this.#tree.wrote(path, item);
          await this.#tree.intents.settle(path);
          return;
        }
        // In the trash because its folder is: nothing that is made there would be kept.
        if (item.isTrashed) await this.#tree.requireFolder(parent, signal);
        else if (!isNamedByBytes && intent.isOld) throw this.#existsWithOtherBytes(path);
        else {
          this.#means.log.warn('Drive holds something else than was sent; it is sent anew', {
            path,
            attempt,
          });
          await this.#client.remove(item.id, signal);
          index.remove(item.id, true);
        }
      } else {
        // Whatever it is, it is not ours to delete.
        this.#means.log.warn('an id is in use for something else; another one is taken', {
          path,
          attempt,
        });
      }
      await this.#tree.intents.settle(path);
      if (attempt === WRITE_TRIES) {
        throw new HoldfastError('backend/corrupt-transfer', {
          context: { file: path },
          retry: 'later',
        });
      }
    }
  }

  /** null when the id is in use for something that cannot be seen. */
  async #create(
    path: string,
    file: NewFile,
    intent: ClaimedIntent,
    source: UploadSource,
    signal: AbortSignal | undefined,
  ): Promise<DriveItem | null> {
    try {
      return source.sums.sizeBytes <= SIMPLE_LIMIT_BYTES
        ? await this.#client.uploads.createSmall(file, await source.whole(), intent.isOld, signal)
        : await this.#upload(path, file, intent, source, signal);
    } catch (error) {
      const isMissing = error instanceof HoldfastError && error.code === 'backend/not-found';
      // What was not found is the folder.
      if (isMissing) await this.#tree.requireFolder(file.parent, signal);
      throw error;
    }
  }

  async #upload(
    path: string,
    file: NewFile,
    intent: ClaimedIntent,
    source: UploadSource,
    signal: AbortSignal | undefined,
  ): Promise<DriveItem | null> {
    const { uploads } = this.#client;
    const { sizeBytes } = source.sums;
    let { session } = intent;
    let fromByte = 0;
    if (session !== null) {
      const state = await uploads.uploadState(session, sizeBytes, signal);
      if (state.kind === 'done') return state.item;
      if (state.kind === 'going') fromByte = state.receivedBytes;
      else session = null;
    }
    let look = intent.isOld;
    for (;;) {
      if (session === null) {
        // A session that was lost may have been lost after its end.
        const existing = look ? await this.#client.get(file.id, signal) : null;
        if (existing !== null) return existing;
        const started = await uploads.startUpload(file, sizeBytes, signal);
        if (started === 'exists') return this.#client.get(file.id, signal);
        ({ session } = started);
        fromByte = 0;
        await this.#tree.intents.noteSession(path, { id: file.id, session });
      }
      const state = await uploads.continueUpload(session, source, fromByte, signal);
      if (state.kind === 'done') return state.item;
      session = null;
      look = true;
    }
  }

  /** Drive's own checksum, or what it gives back, is that of what was sent. */
  async #isAsSent(item: DriveItem, sums: Sums, signal: AbortSignal | undefined): Promise<boolean> {
    if (item.sizeBytes !== sums.sizeBytes) return false;
    if (item.sha256 !== null) return item.sha256 === sums.sha256;
    if (item.md5 !== null) return item.md5 === sums.md5;
    const bytes = await this.#client.download(item.id, sums.sizeBytes, undefined, signal);
    return sumsOf(bytes).sha256 === sums.sha256;
  }

  #existsWithOtherBytes(path: string): HoldfastError {
    return new HoldfastError('backend/io', {
      context: { path: this.#tree.location, file: path, reason: 'exists with other content' },
    });
  }
}

/** Of that name, in that folder: made by an attempt at this very file. */
function isOurs(item: DriveItem, { name, parent }: NewFile, index: DriveIndex): boolean {
  const { parent: found } = item;
  if (item.isFolder || item.name !== name || found === null) return false;
  // There may be several folders of one path; an earlier attempt may have chosen another one.
  return found === parent || index.pathOf(found) === index.pathOf(parent);
}

function isCopyOf(copy: DriveFile, sums: Sums): boolean {
  if (copy.sizeBytes !== sums.sizeBytes) return false;
  if (copy.sha256 !== null) return copy.sha256 === sums.sha256;
  return copy.md5 === sums.md5;
}
