/** A backend in memory: the simplest thing that keeps the contract, for tests that need no disk. */
import type { Space } from '../../../shared/model/destination.ts';
import { HoldfastError } from '../../../shared/errors.ts';
import type { Backend, ByteRange, FileHandle, FileKind, StoredFile } from '../backend/backend.ts';
import { pathOf } from '../backend/layout.ts';

interface MemoryFile {
  readonly file: FileHandle;
  readonly bytes: Buffer;
  readonly modifiedMs: number;
}

export class MemoryBackend implements Backend {
  readonly location = 'memory';
  /** Every change in order, as `write data/ab/…` or `delete index/…`: the order of writing is part of the format. */
  readonly journal: string[] = [];
  readonly #files = new Map<string, MemoryFile>();
  #clockMs = 1_700_000_000_000;

  async prepare(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
  }

  async write(file: FileHandle, bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { path } = pathOf(file);
    const existing = this.#files.get(path);
    if (existing?.bytes.equals(bytes) === true) return;
    if (existing !== undefined) {
      throw new HoldfastError('backend/io', { context: { file: path } });
    }
    this.#clockMs += 1;
    this.#files.set(path, { file, bytes: Buffer.from(bytes), modifiedMs: this.#clockMs });
    this.journal.push(`write ${path}`);
  }

  async read(file: FileHandle, range?: ByteRange, signal?: AbortSignal): Promise<Buffer> {
    signal?.throwIfAborted();
    const { path } = pathOf(file);
    const found = this.#files.get(path);
    if (found === undefined) {
      throw new HoldfastError('backend/not-found', { context: { file: path } });
    }
    if (range === undefined) return Buffer.from(found.bytes);
    if (range.offset + range.length > found.bytes.length) {
      throw new HoldfastError('backend/io', { context: { file: path } });
    }
    return Buffer.from(found.bytes.subarray(range.offset, range.offset + range.length));
  }

  async stat(file: FileHandle, signal?: AbortSignal): Promise<StoredFile | null> {
    signal?.throwIfAborted();
    const found = this.#files.get(pathOf(file).path);
    return found === undefined ? null : toStoredFile(found);
  }

  async *list(
    kind: Exclude<FileKind, 'config'>,
    signal?: AbortSignal,
  ): AsyncGenerator<StoredFile, void, void> {
    signal?.throwIfAborted();
    // A copy, so that whoever lists may delete.
    const files = Array.from(this.#files.values());
    for (const found of files) {
      if (found.file.kind === kind) yield toStoredFile(found);
    }
  }

  async delete(file: FileHandle, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { path } = pathOf(file);
    if (this.#files.delete(path)) this.journal.push(`delete ${path}`);
  }

  async space(): Promise<Space> {
    return { freeBytes: null, totalBytes: null };
  }

  /** What a damaged disk would do: the bytes change under a name that stays. */
  tamper(file: FileHandle, change: (bytes: Buffer) => Buffer): void {
    const { path } = pathOf(file);
    const found = this.#files.get(path);
    if (found === undefined) throw new Error(`no such file: ${path}`);
    this.#files.set(path, { ...found, bytes: change(Buffer.from(found.bytes)) });
  }

  /** Without a journal entry, as if it had never been there or had been lost. */
  lose(file: FileHandle): void {
    this.#files.delete(pathOf(file).path);
  }

  /** Puts a file there that no writer made. */
  plant(file: FileHandle, bytes: Uint8Array, modifiedMs = this.#clockMs): void {
    this.#files.set(pathOf(file).path, { file, bytes: Buffer.from(bytes), modifiedMs });
  }

  names(kind: FileKind): string[] {
    return [...this.#files.values()]
      .filter(({ file }) => file.kind === kind)
      .map(({ file }) => file.name);
  }

  /** Another one with the same files, and an empty journal. */
  copy(): MemoryBackend {
    const copy = new MemoryBackend();
    for (const { file, bytes, modifiedMs } of this.#files.values()) {
      copy.plant(file, bytes, modifiedMs);
    }
    return copy;
  }

  /** All files by path, for comparing two states. */
  contents(): Map<string, Buffer> {
    return new Map([...this.#files].map(([path, { bytes }]) => [path, Buffer.from(bytes)]));
  }
}

function toStoredFile({ file, bytes, modifiedMs }: MemoryFile): StoredFile {
  return { name: file.name, sizeBytes: bytes.length, modifiedMs };
}
