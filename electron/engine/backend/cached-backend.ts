/**
 * A decorator that keeps copies of what never changes on this computer: index files, archives' files, key slots, `config`, and packs that
 * hold trees; and packs that are on their way to storage that resumes uploads. They stay sealed as they are. A copy counts only if it has the hash it is named by; the folder may be deleted at any time.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Space } from '../../../shared/model/destination.ts';
import type { WaitReason } from '../../../shared/model/job.ts';
import type {
  Backend,
  BackendTraits,
  ByteRange,
  FileHandle,
  FileKind,
  StagedWrite,
  StoredFile,
} from './backend.ts';
import { CONFIG_PATH, isFileName, pathOf } from './layout.ts';
import { inFile, sumsOf } from './remote/upload-source.ts';

/** Packs on their way. */
const SENDING = 'sending';
const UNUSED_AFTER_MS = 60 * 24 * 3600 * 1000;

export class CachedBackend implements Backend {
  readonly location: string;
  readonly #inner: Backend;
  readonly #folder: string;
  readonly #verified = new Set<string>();

  /** `folder` is this repository's own. */
  constructor(inner: Backend, folder: string) {
    this.location = inner.location;
    this.#inner = inner;
    this.#folder = folder;
    void this.#sweep();
  }

  async traits(): Promise<BackendTraits> {
    const traits = await this.#inner.traits?.();
    if (traits === undefined) throw new TypeError('only remote storage is worth a cache');
    return traits;
  }

  async prepare(signal?: AbortSignal): Promise<void> {
    await this.#inner.prepare(signal);
  }

  async write(file: FileHandle, bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    const staged = await this.stage(file, bytes);
    if (staged !== null) return staged.write(signal);
    await this.#inner.write(file, bytes, signal);
    if (isKept(file)) await this.#store(this.#pathOf(file), bytes);
  }

  /** Whoever goes on after a crash or a restart must send the very same bytes; and what lies here takes no memory. */
  async stage(file: FileHandle, bytes: Uint8Array): Promise<StagedWrite | null> {
    const sending = await this.#sendingPath(file);
    if (sending === null || !(await this.#store(sending, bytes))) return null;
    const handle = await open(sending, 'r').catch(() => null);
    if (handle === null) return null;
    const source = inFile(handle, sumsOf(bytes));
    return {
      write: async (signal) => {
        try {
          await this.#inner.writeFrom?.(file, source, signal);
        } finally {
          await handle.close();
        }
        await this.#hasSent(file, sending);
      },
    };
  }

  async #hasSent(file: FileHandle, sending: string): Promise<void> {
    try {
      if (isKept(file)) {
        await mkdir(dirname(this.#pathOf(file)), { recursive: true, mode: 0o700 });
        await rename(sending, this.#pathOf(file));
      } else await rm(sending, { force: true });
    } catch {
      // It is fetched, or found to have been sent, next time.
    }
  }

  async listAnew(signal?: AbortSignal): Promise<void> {
    await this.#inner.listAnew?.(signal);
  }

  async untilComplete(signal?: AbortSignal): Promise<void> {
    await this.#inner.untilComplete?.(signal);
  }

  async *unsent(): AsyncGenerator<{ file: FileHandle; bytes: Buffer }, void, void> {
    for (const name of await namesIn(join(this.#folder, SENDING))) {
      if (!isFileName(name)) continue;
      const bytes = await readFile(join(this.#folder, SENDING, name)).catch(() => null);
      if (bytes !== null) yield { file: { kind: 'pack', name }, bytes };
    }
  }

  async forgetUnsent(file: FileHandle): Promise<void> {
    await rm(join(this.#folder, SENDING, file.name), { force: true });
    await this.#inner.forgetUnsent?.(file);
  }

  async read(file: FileHandle, range?: ByteRange, signal?: AbortSignal): Promise<Buffer> {
    if (!isKept(file)) return this.#inner.read(file, range, signal);
    signal?.throwIfAborted();
    const copy = await this.#copy(file, range, signal);
    if (copy !== null) return copy;
    const bytes = await this.#inner.read(file, undefined, signal);
    await this.#store(this.#pathOf(file), bytes);
    if (range === undefined) return bytes;
    // Past its end the storage is to say so.
    if (range.offset + range.length > bytes.length) return this.#inner.read(file, range, signal);
    // Not a view: whoever keeps a part would keep the whole pack.
    return Buffer.from(bytes.subarray(range.offset, range.offset + range.length));
  }

  async stat(file: FileHandle, signal?: AbortSignal): Promise<StoredFile | null> {
    return this.#inner.stat(file, signal);
  }

  list(kind: Exclude<FileKind, 'config'>, signal?: AbortSignal): AsyncIterable<StoredFile> {
    return this.#inner.list(kind, signal);
  }

  async delete(file: FileHandle, signal?: AbortSignal): Promise<void> {
    await this.#inner.delete(file, signal);
    await this.distrust(file);
  }

  async distrust(file: FileHandle): Promise<void> {
    const path = this.#pathOf(file);
    this.#verified.delete(path);
    await rm(path, { force: true });
    await this.#inner.distrust?.(file);
  }

  async space(signal?: AbortSignal): Promise<Space> {
    return this.#inner.space(signal);
  }

  async folderId(): Promise<string | null> {
    return (await this.#inner.folderId?.()) ?? null;
  }

  onWait(listener: (reason: WaitReason | null) => void): () => void {
    return this.#inner.onWait?.(listener) ?? (() => undefined);
  }

  /** null when there is none that can be relied on. */
  async #copy(
    file: FileHandle,
    range: ByteRange | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Buffer | null> {
    const path = this.#pathOf(file);
    try {
      if (range !== undefined && this.#verified.has(path)) return await readPart(path, range);
      const bytes = await readFile(path);
      const expected =
        file.kind === 'config' ? (await this.#inner.stat(file, signal))?.sha256 : file.name;
      if (createHash('sha256').update(bytes).digest('hex') !== expected) return null;
      this.#verified.add(path);
      await utimes(path, new Date(), new Date());
      if (range === undefined) return bytes;
      return range.offset + range.length > bytes.length
        ? null
        : bytes.subarray(range.offset, range.offset + range.length);
    } catch {
      signal?.throwIfAborted();
      return null;
    }
  }

  /** null where an upload that was cut off begins anew in any case. */
  async #sendingPath(file: FileHandle): Promise<string | null> {
    if (file.kind !== 'pack' || this.#inner.writeFrom === undefined) return null;
    if ((await this.#inner.traits?.())?.resumesUploads !== true) return null;
    return join(this.#folder, SENDING, file.name);
  }

  /** What cannot be kept is fetched, or sent from its beginning, next time. Returns whether it could. */
  async #store(path: string, bytes: Uint8Array): Promise<boolean> {
    const temporary = `${path}.${randomBytes(4).toString('hex')}.new`;
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await writeFile(temporary, bytes, { mode: 0o600 });
      await rename(temporary, path);
      return true;
    } catch {
      await rm(temporary, { force: true }).catch(() => undefined);
      return false;
    }
  }

  #pathOf(file: FileHandle): string {
    return join(this.#folder, file.kind === 'config' ? CONFIG_PATH : pathOf(file).path);
  }

  /** Copies that nobody has used for long, once an opening. */
  async #sweep(): Promise<void> {
    try {
      const names = await readdir(this.#folder, { recursive: true });
      for (const name of names) {
        const path = join(this.#folder, name);
        const stats = await stat(path);
        if (stats.isFile() && Date.now() - stats.mtimeMs > UNUSED_AFTER_MS) await rm(path);
      }
    } catch {
      // Nothing is kept yet, or somebody else tidies up.
    }
  }
}

/** Locks change all the time; data packs would fill the disk. */
function isKept({ kind, holds }: FileHandle): boolean {
  return kind === 'pack' ? holds === 'trees' : kind !== 'lock';
}

async function readPart(path: string, { offset, length }: ByteRange): Promise<Buffer | null> {
  const handle = await open(path, 'r');
  try {
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await handle.read(bytes, 0, length, offset);
    return bytesRead === length ? bytes : null;
  } finally {
    await handle.close();
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
