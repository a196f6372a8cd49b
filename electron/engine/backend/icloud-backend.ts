/**
 * A repository in a folder that iCloud Drive brings to Apple. Files that the system has taken off this disk are there all the same: they
 * are listed, and fetched when they are read, one by one and with a limit of time. They are never damage.
 */
import { lstat, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HoldfastError } from '../../../shared/errors.ts';
import type { Space } from '../../../shared/model/destination.ts';
import type { CloudFiles } from '../native/cloud-files.ts';
import { nameOfStub, sizeInStub, stubOf } from '../native/icloud-stubs.ts';
import type { Clock } from '../ports.ts';
import type { Backend, ByteRange, FileHandle, FileKind, StoredFile } from './backend.ts';
import { exists } from './durable-files.ts';
import { folderOf, isFileName, isPackFolder, pathOf } from './layout.ts';
import { LocalBackend } from './local-backend.ts';
import { systemErrorCode } from './os-error.ts';

export interface ICloudMeans {
  readonly clock: Clock;
  readonly cloud: Promise<CloudFiles>;
  /** So long a file may take to come; a large pack on a slow line takes minutes. */
  readonly patienceMs: number;
}

export const ICLOUD_PATIENCE_MS = 5 * 60_000;
const LOOK_EVERY_MS = 250;

export class ICloudBackend implements Backend {
  readonly location: string;
  readonly #root: string;
  readonly #means: ICloudMeans;
  readonly #local: LocalBackend;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(root: string, means: ICloudMeans) {
    this.location = root;
    this.#root = root;
    this.#means = means;
    // Nobody pulls iCloud out, and what it takes off this disk is there all the same.
    this.#local = new LocalBackend(root, () => Promise.resolve(true));
  }

  async prepare(signal?: AbortSignal): Promise<void> {
    await this.#told(this.#local.prepare(signal));
  }

  async write(file: FileHandle, bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    const { path } = pathOf(file);
    // Compared with what is there, as ever; a file of the same name in the cloud is the same file, or an error.
    await this.#bring(path, signal);
    await this.#told(this.#local.write(file, bytes, signal));
  }

  async read(file: FileHandle, range?: ByteRange, signal?: AbortSignal): Promise<Buffer> {
    await this.#bring(pathOf(file).path, signal);
    return this.#told(this.#local.read(file, range, signal));
  }

  async stat(file: FileHandle, signal?: AbortSignal): Promise<StoredFile | null> {
    const found = await this.#told(this.#local.stat(file, signal));
    return found ?? this.#stub(pathOf(file).path, file.name);
  }

  async *list(
    kind: Exclude<FileKind, 'config'>,
    signal?: AbortSignal,
  ): AsyncGenerator<StoredFile, void, void> {
    const seen = new Set<string>();
    try {
      for await (const file of this.#local.list(kind, signal)) {
        seen.add(file.name);
        yield file;
      }
    } catch (error) {
      throw await this.#explained(error);
    }
    const folder = folderOf(kind);
    const folders =
      kind === 'pack'
        ? (await namesIn(join(this.#root, folder)))
            .filter(isPackFolder)
            .map((name) => `${folder}/${name}`)
        : [folder];
    for (const at of folders) {
      for (const entry of await namesIn(join(this.#root, at))) {
        const name = nameOfStub(entry);
        if (name === null || !isFileName(name) || seen.has(name)) continue;
        signal?.throwIfAborted();
        const file = await this.#stub(`${at}/${name}`, name);
        if (file !== null) yield file;
      }
    }
  }

  async delete(file: FileHandle, signal?: AbortSignal): Promise<void> {
    const { path } = pathOf(file);
    // What is only in the cloud is deleted there by deleting it here, which needs it here.
    await this.#bring(path, signal);
    await this.#told(this.#local.delete(file, signal));
  }

  /** Of this computer's disk: how much is left in iCloud no program is told. */
  async space(signal?: AbortSignal): Promise<Space> {
    return this.#told(this.#local.space(signal));
  }

  /** Resolves when the bytes of a file are on this disk, and at once for one that is not there at all. */
  async #bring(path: string, signal?: AbortSignal): Promise<void> {
    const file = join(this.#root, path);
    if (!(await this.#isElsewhere(file))) return;
    // One by one: asked for all at once they would all come late.
    const turn = this.#turn.then(async () => this.#wait(file, path, signal));
    this.#turn = turn.catch(() => undefined);
    await turn;
  }

  async #wait(file: string, path: string, signal?: AbortSignal): Promise<void> {
    const { clock, cloud, patienceMs } = this.#means;
    const untilMs = clock.monotonicMs() + patienceMs;
    await (await cloud).request(file);
    while (await this.#isElsewhere(file)) {
      if (clock.monotonicMs() >= untilMs) {
        throw new HoldfastError('icloud/not-downloaded', {
          retry: 'later',
          context: { path: this.location, file: path },
        });
      }
      await clock.sleep(LOOK_EVERY_MS, signal);
    }
  }

  async #isElsewhere(file: string): Promise<boolean> {
    try {
      const stat = await lstat(file, { bigint: true });
      return (await this.#means.cloud).isElsewhere(Buffer.from(file), stat);
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') return false;
      return exists(stubPath(file));
    }
  }

  /** What a stub tells of its file; null where there is none. */
  async #stub(path: string, name: string): Promise<StoredFile | null> {
    const stub = stubPath(join(this.#root, path));
    try {
      const sizeBytes = await sizeInStub(stub);
      if (sizeBytes !== null) return { name, sizeBytes, modifiedMs: null };
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return null;
      throw error;
    }
    // It does not say how long the file is: the file itself has to come.
    await this.#bring(path);
    const { size } = await lstat(join(this.#root, path));
    return { name, sizeBytes: size, modifiedMs: null };
  }

  async #told<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw await this.#explained(error);
    }
  }

  /** Gone together with the folders around it: iCloud Drive was switched off. Repositories lie in a folder `Holdfast` of it. */
  async #explained(error: unknown): Promise<unknown> {
    if (!(error instanceof HoldfastError) || error.code !== 'backend/unavailable') return error;
    if (await exists(dirname(dirname(this.#root)))) return error;
    return new HoldfastError('icloud/off', { retry: 'later', cause: error });
  }
}

function stubPath(file: string): string {
  return join(dirname(file), stubOf(file.slice(dirname(file).length + 1)));
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
