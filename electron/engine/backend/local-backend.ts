/**
 * A repository in a local (or mounted) folder, in restic's layout, permissions and way of writing.
 * A file is there whole and durable, or not at all: temporary name, fsync, rename, fsync of the folder.
 * A folder that vanished (disk pulled out, share gone) is `backend/unavailable`; it is never made anew by a write.
 */
import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import type { Space } from '../../../shared/model/destination.ts';

import { HoldfastError } from '../../../shared/errors.ts';
import type { Backend, ByteRange, FileHandle, FileKind, StoredFile } from './backend.ts';
import { allFolders, CONFIG_PATH, folderOf, isFileName, isPackFolder, pathOf } from './layout.ts';
import {
  exists,
  ignoring,
  makeFolder,
  makeReadOnly,
  readRange,
  readWhole,
  syncFolder,
} from './durable-files.ts';
import { OpenFiles } from './open-files.ts';
import { classifyOsError, systemErrorCode } from './os-error.ts';

/** After `<final name>`; nobody else's leftovers carry it, so we may remove old ones. */
const TEMPORARY_MARK = '-tmp-holdfast-';
const LEFTOVER_AGE_MS = 24 * 3600 * 1000;
const STATS_AT_ONCE = 32;

interface Modes {
  readonly folder: number;
  readonly writing: number;
  readonly done: number;
}
const PRIVATE_MODES: Modes = { folder: 0o700, writing: 0o600, done: 0o400 };
const GROUP_MODES: Modes = { folder: 0o770, writing: 0o660, done: 0o440 };

export class LocalBackend implements Backend {
  readonly location: string;
  readonly #root: string;
  #modes: Modes | null = null;
  readonly #open = new OpenFiles();
  readonly #sweptFolders = new Set<string>();
  readonly #hasConfig: () => Promise<boolean>;
  /** There was a repository. Without its `config` it is not an empty one, but gone: of a disk that was pulled out an empty folder stays. */
  #sawConfig = false;

  /** `hasConfig`: for whoever knows better than by looking whether `config` is there. */
  constructor(
    root: string,
    hasConfig: () => Promise<boolean> = () => exists(join(root, CONFIG_PATH)),
  ) {
    this.#root = root;
    this.location = root;
    this.#hasConfig = hasConfig;
  }

  async prepare(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const modes = await this.#loadModes();
    try {
      await fs.mkdir(this.#root, { recursive: true, mode: modes.folder });
      for (const folder of allFolders()) {
        await makeFolder(join(this.#root, folder), modes.folder);
      }
      await syncFolder(join(this.#root, folderOf('pack')));
      await syncFolder(this.#root);
    } catch (error) {
      throw classifyOsError(error, this.location, '');
    }
  }

  async write(file: FileHandle, bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { folder, path } = pathOf(file);
    try {
      if (await this.#holdsAlready(path, bytes)) return;
      const modes = await this.#loadModes();
      const temporary = await this.#writeTemporary(file, folder, path, bytes, modes, signal);
      await this.#moveIntoPlace(temporary, file.kind, path, bytes);
      await this.#open.close(join(this.#root, path));
      await syncFolder(join(this.#root, folder));
      await makeReadOnly(join(this.#root, path), modes.done);
      if (file.kind === 'config') this.#sawConfig = true;
      await this.#sweepLeftovers(folder, path);
    } catch (error) {
      if (signal?.aborted === true) throw signal.reason;
      throw await this.#classify(error, path);
    }
  }

  async read(file: FileHandle, range?: ByteRange, signal?: AbortSignal): Promise<Buffer> {
    signal?.throwIfAborted();
    const { path } = pathOf(file);
    try {
      const absolute = join(this.#root, path);
      if (range !== undefined) {
        return await this.#open.use(absolute, async ({ handle, sizeBytes }) =>
          readRange(handle, sizeBytes, range, signal),
        );
      }
      const bytes = await readWhole(absolute, signal);
      if (file.kind === 'config') this.#sawConfig = true;
      return bytes;
    } catch (error) {
      if (signal?.aborted === true) throw signal.reason;
      throw await this.#classify(error, path);
    }
  }

  async stat(file: FileHandle, signal?: AbortSignal): Promise<StoredFile | null> {
    signal?.throwIfAborted();
    const { path } = pathOf(file);
    try {
      const found = toStoredFile(file.name, await fs.stat(join(this.#root, path)));
      if (file.kind === 'config') this.#sawConfig = true;
      return found;
    } catch (error) {
      const classified = await this.#classify(error, path);
      if (classified.code === 'backend/not-found') return null;
      throw classified;
    }
  }

  async *list(
    kind: Exclude<FileKind, 'config'>,
    signal?: AbortSignal,
  ): AsyncGenerator<StoredFile, void, void> {
    const folder = folderOf(kind);
    if (kind !== 'pack') {
      yield* this.#listFolder(folder, isFileName, signal);
      return;
    }
    for (const name of await this.#namesIn(folder, signal)) {
      if (!isPackFolder(name)) continue;
      const belongsHere = (file: string): boolean => isFileName(file) && file.startsWith(name);
      yield* this.#listFolder(`${folder}/${name}`, belongsHere, signal);
    }
  }

  async delete(file: FileHandle, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { folder, path } = pathOf(file);
    const absolute = join(this.#root, path);
    try {
      // Windows-like file systems refuse to delete what is read-only.
      await this.#open.close(absolute);
      await ignoring(fs.chmod(absolute, 0o666), ['ENOENT', 'EPERM', 'ENOTSUP', 'ENOSYS', 'EROFS']);
      await fs.unlink(absolute);
      if (file.kind === 'config') this.#sawConfig = false;
      await syncFolder(join(this.#root, folder));
    } catch (error) {
      const classified = await this.#classify(error, path);
      if (classified.code !== 'backend/not-found') throw classified;
    }
  }

  async space(signal?: AbortSignal): Promise<Space> {
    signal?.throwIfAborted();
    try {
      const { bavail, blocks, bsize } = await fs.statfs(this.#root);
      return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
    } catch (error) {
      if (['ENOSYS', 'ENOTSUP'].includes(systemErrorCode(error) ?? '')) {
        return { freeBytes: null, totalBytes: null };
      }
      throw await this.#classify(error, '');
    }
  }

  /** A group-readable `config` means that a group shares the repository. */
  async #loadModes(): Promise<Modes> {
    if (this.#modes !== null) return this.#modes;
    try {
      const { mode } = await fs.stat(join(this.#root, CONFIG_PATH));
      this.#modes = (mode & 0o040) === 0 ? PRIVATE_MODES : GROUP_MODES;
      return this.#modes;
    } catch {
      // Not there yet: asked again next time.
      return PRIVATE_MODES;
    }
  }

  /** True when the file is there with these bytes already; throws when it is there with others. */
  async #holdsAlready(path: string, bytes: Uint8Array): Promise<boolean> {
    let existing: Buffer;
    try {
      const { size } = await fs.stat(join(this.#root, path));
      if (size !== bytes.length) throw existsWithOtherBytes(this.location, path);
      existing = await fs.readFile(join(this.#root, path));
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return false;
      throw error;
    }
    if (!existing.equals(bytes)) throw existsWithOtherBytes(this.location, path);
    return true;
  }

  async #writeTemporary(
    file: FileHandle,
    folder: string,
    path: string,
    bytes: Uint8Array,
    modes: Modes,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    const temporary = join(this.#root, `${path}${TEMPORARY_MARK}${randomBytes(8).toString('hex')}`);
    const handle = await this.#openNew(temporary, file.kind, folder, modes);
    try {
      try {
        await handle.writeFile(bytes, signal === undefined ? {} : { signal });
        await handle.sync();
      } finally {
        await handle.close();
      }
    } catch (error) {
      await fs.rm(temporary, { force: true }).catch(() => undefined);
      throw error;
    }
    return temporary;
  }

  async #openNew(
    temporary: string,
    kind: FileKind,
    folder: string,
    modes: Modes,
  ): Promise<fs.FileHandle> {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
    try {
      return await fs.open(temporary, flags, modes.writing);
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT' || folder === '') throw error;
      await this.#makeMissingFolder(kind, folder, modes, error);
      return await fs.open(temporary, flags, modes.writing);
    }
  }

  /**
   * A missing folder inside a repository is made again. But where `config` is missing too, this is the empty mount
   * point of a disk that was pulled out: writing there would fill the wrong disk.
   */
  async #makeMissingFolder(
    kind: FileKind,
    folder: string,
    modes: Modes,
    cause: unknown,
  ): Promise<void> {
    if (kind !== 'key' && !(await exists(join(this.#root, CONFIG_PATH)))) {
      throw unavailable(this.location, cause);
    }
    if (!(await exists(this.#root))) throw unavailable(this.location, cause);
    let path = this.#root;
    for (const part of folder.split('/')) {
      const parent = path;
      path = join(path, part);
      await makeFolder(path, modes.folder);
      await syncFolder(parent);
    }
  }

  /** Of two programs that make a repository at the same moment only one may succeed: `config` is never replaced. */
  async #moveIntoPlace(
    temporary: string,
    kind: FileKind,
    path: string,
    bytes: Uint8Array,
  ): Promise<void> {
    const target = join(this.#root, path);
    try {
      if (kind === 'config') {
        try {
          await fs.link(temporary, target);
          await fs.unlink(temporary);
          return;
        } catch (error) {
          if (systemErrorCode(error) === 'EEXIST') {
            await fs.rm(temporary, { force: true });
            if (await this.#holdsAlready(path, bytes)) return;
            throw error;
          }
          // File systems without hard links: a plain rename, as restic does.
        }
      }
      await fs.rename(temporary, target);
    } catch (error) {
      await fs.rm(temporary, { force: true }).catch(() => undefined);
      throw error;
    }
  }

  /** Once a folder and session. The file system's own clock decides what is old, so a wrong clock here does no harm. */
  async #sweepLeftovers(folder: string, justWritten: string): Promise<void> {
    if (this.#sweptFolders.has(folder)) return;
    this.#sweptFolders.add(folder);
    const absolute = join(this.#root, folder);
    try {
      const { mtimeMs: nowMs } = await fs.stat(join(this.#root, justWritten));
      for (const name of await fs.readdir(absolute)) {
        if (!name.includes(TEMPORARY_MARK)) continue;
        const leftover = join(absolute, name);
        const { mtimeMs } = await fs.stat(leftover);
        if (nowMs - mtimeMs > LEFTOVER_AGE_MS) await fs.unlink(leftover);
      }
    } catch {
      // Tidying up must not fail a write that has succeeded.
    }
  }

  async #namesIn(folder: string, signal: AbortSignal | undefined): Promise<string[]> {
    signal?.throwIfAborted();
    try {
      return (await fs.readdir(join(this.#root, folder))).sort();
    } catch (error) {
      const classified = await this.#classify(error, folder);
      // Readers tolerate a missing folder (restic format notes, section 1).
      if (classified.code === 'backend/not-found') return [];
      throw classified;
    }
  }

  async *#listFolder(
    folder: string,
    wanted: (name: string) => boolean,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<StoredFile, void, void> {
    const names = (await this.#namesIn(folder, signal)).filter(wanted);
    for (let start = 0; start < names.length; start += STATS_AT_ONCE) {
      signal?.throwIfAborted();
      const batch = names.slice(start, start + STATS_AT_ONCE);
      const files = await Promise.all(batch.map((name) => this.#statListed(folder, name)));
      for (const file of files) if (file !== null) yield file;
    }
  }

  /** null for what was deleted since the folder was read, and for what is no file. */
  async #statListed(folder: string, name: string): Promise<StoredFile | null> {
    try {
      const stats = await fs.stat(join(this.#root, folder, name));
      return stats.isFile() ? toStoredFile(name, stats) : null;
    } catch (error) {
      const classified = await this.#classify(error, `${folder}/${name}`);
      if (classified.code === 'backend/not-found') return null;
      throw classified;
    }
  }

  /** "No such file" means something else when the whole repository is gone. */
  async #classify(error: unknown, path: string): Promise<HoldfastError> {
    const classified = classifyOsError(error, this.location, path);
    if (classified.code === 'backend/not-found' && (await this.#isGone())) {
      return unavailable(this.location, error);
    }
    return classified;
  }

  async #isGone(): Promise<boolean> {
    return !(await exists(this.#root)) || (this.#sawConfig && !(await this.#hasConfig()));
  }
}

function unavailable(location: string, cause: unknown): HoldfastError {
  return new HoldfastError('backend/unavailable', {
    context: { path: location },
    retry: 'later',
    cause,
  });
}

function existsWithOtherBytes(location: string, path: string): HoldfastError {
  return new HoldfastError('backend/io', {
    context: { path: location, file: path, reason: 'exists with other content' },
  });
}

function toStoredFile(name: string, stats: Stats): StoredFile {
  return { name, sizeBytes: stats.size, modifiedMs: stats.mtimeMs };
}
