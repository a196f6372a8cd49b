/**
 * The one small interface behind which all storage stands. It knows file kinds, names and bytes, and nothing of
 * encryption or formats. Retry, pacing, limits and logging are decorators around it, never inside.
 */

/** The folders of a repository, and its one file with a fixed name (restic format notes, section 1). */
export type FileKind = 'config' | 'key' | 'pack' | 'index' | 'snapshot' | 'lock';

export interface FileHandle {
  readonly kind: FileKind;
  /** 64 lower-case hexadecimal digits; the empty string for `config`. */
  readonly name: string;
}

export interface StoredFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** Milliseconds since 1970 as the storage tells it; null where it does not. */
  readonly modifiedMs: number | null;
}

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/**
 * Every method rejects with a `HoldfastError` of area `backend/` only: the backend that met the vendor's error
 * classifies it. `signal` aborts with its reason.
 */
export interface Backend {
  /** For messages: a path or an address without credentials. */
  readonly location: string;

  /** Makes the repository's folders. Harmless where they exist. */
  prepare(signal?: AbortSignal): Promise<void>;

  /**
   * Stores a new file whole or not at all, durable when it resolves. Writing a name that exists with
   * the same bytes succeeds; files are immutable and are never overwritten with others.
   */
  write(file: FileHandle, bytes: Uint8Array, signal?: AbortSignal): Promise<void>;

  /** The whole file, or exactly `range` of it. Rejects with `backend/not-found`; a range past the end with `backend/io`. */
  read(file: FileHandle, range?: ByteRange, signal?: AbortSignal): Promise<Buffer>;

  /** null when there is no such file. */
  stat(file: FileHandle, signal?: AbortSignal): Promise<StoredFile | null>;

  /** All files of a kind whose names are 64 hexadecimal digits, in no order. Others are invisible. */
  list(kind: Exclude<FileKind, 'config'>, signal?: AbortSignal): AsyncIterable<StoredFile>;

  /** Resolves also when it was already gone. */
  delete(file: FileHandle, signal?: AbortSignal): Promise<void>;

  /** Bytes that can still be written, or null where that cannot be known. */
  freeBytes(signal?: AbortSignal): Promise<number | null>;
}
