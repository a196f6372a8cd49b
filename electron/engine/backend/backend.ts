/**
 * The one small interface behind which all storage stands. It knows file kinds, names and bytes, and nothing of
 * encryption or formats. Retry, pacing, limits and logging are decorators around it, never inside.
 */
import type { Space } from '../../../shared/model/destination.ts';
import type { WaitReason } from '../../../shared/model/job.ts';
import type { UploadSource } from './remote/upload-source.ts';

/** The folders of a repository, and its one file with a fixed name (restic format notes, section 1). */
export type FileKind = 'config' | 'key' | 'pack' | 'index' | 'snapshot' | 'lock';

export interface FileHandle {
  readonly kind: FileKind;
  /** 64 lower-case hexadecimal digits; the empty string for `config`. */
  readonly name: string;
  /** For packs, where it is known: those with trees are worth a copy on this computer. */
  readonly holds?: 'trees' | 'data';
}

export interface StoredFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** Milliseconds since 1970 as the storage tells it; null where it does not. */
  readonly modifiedMs: number | null;
  /** The storage's own checksum of what it holds, where it keeps one: tells damage at rest without a download. */
  readonly sha256?: string;
}

/** What writers and readers adapt to. */
export interface BackendTraits {
  readonly packSizeBytes: number;
  /** Packs that are written side by side. */
  readonly uploadsAtOnce: number;
  /** For so long others may not see what was written; 0 where there is one truth. */
  readonly visibilityLagMs: number;
  /** Requests are slow enough to be worth a copy of the index and the trees on this computer. */
  readonly isRemote: boolean;
  /** A write of the same pack by a later process goes on where this one was cut off. */
  readonly resumesUploads: boolean;
}

export const LOCAL_TRAITS: BackendTraits = {
  packSizeBytes: 16 * 1024 * 1024,
  uploadsAtOnce: 2,
  visibilityLagMs: 0,
  isRemote: false,
  resumesUploads: false,
};

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
  /** For a read: memory, at least as long, that may be used for the answer. Who gave it must not use it before the read has succeeded, nor again if it fails. */
  readonly into?: ArrayBuffer;
}

/** A write whose bytes lie on this computer. Must be ended by `write`, whatever comes of it. */
export interface StagedWrite {
  write(signal?: AbortSignal): Promise<void>;
}

/**
 * Every method rejects with a `HoldfastError` of area `backend/`, or of its vendor's area: the backend that met the vendor's error
 * classifies it. `signal` aborts with its reason.
 */
export interface Backend {
  /** For messages: a path or an address without credentials. */
  readonly location: string;

  /** Known once the storage was looked at. `LOCAL_TRAITS` where a backend says nothing. */
  traits?(): Promise<BackendTraits>;

  /** Makes the repository's folders. Harmless where they exist. */
  prepare(signal?: AbortSignal): Promise<void>;

  /**
   * Stores a new file whole or not at all, durable when it resolves. Writing a name that exists with
   * the same bytes succeeds; files are immutable and are never overwritten with others.
   */
  write(file: FileHandle, bytes: Uint8Array, signal?: AbortSignal): Promise<void>;

  /** As `write`, from bytes that need not be in memory. */
  writeFrom?(file: FileHandle, source: UploadSource, signal?: AbortSignal): Promise<void>;

  /**
   * The first half of `write` where the storage is slow: once it resolves, `bytes` are not needed in memory any more. null where that is not
   * possible; then `write`.
   */
  stage?(file: FileHandle, bytes: Uint8Array): Promise<StagedWrite | null>;

  /** The whole file, or exactly `range` of it. Rejects with `backend/not-found`; a range past the end with `backend/io`. The bytes are the caller's. */
  read(file: FileHandle, range?: ByteRange, signal?: AbortSignal): Promise<Buffer>;

  /** null when there is no such file. */
  stat(file: FileHandle, signal?: AbortSignal): Promise<StoredFile | null>;

  /** All files of a kind whose names are 64 hexadecimal digits, in no order. Others are invisible. */
  list(kind: Exclude<FileKind, 'config'>, signal?: AbortSignal): AsyncIterable<StoredFile>;

  /** Resolves also when it was already gone. */
  delete(file: FileHandle, signal?: AbortSignal): Promise<void>;

  /** Asks the storage for everything anew, where `list` answers from what is known: what was damaged at rest changes nothing else. */
  listAnew?(signal?: AbortSignal): Promise<void>;

  /** Resolves when `list` tells all that was there `visibilityLagMs` ago, where a look for the first time may miss some of it. */
  untilComplete?(signal?: AbortSignal): Promise<void>;

  /** Packs whose writing an earlier process began and did not end, where the storage resumes uploads. */
  unsent?(): AsyncIterable<{ readonly file: FileHandle; readonly bytes: Buffer }>;

  /** It will not be written after all. */
  forgetUnsent?(file: FileHandle): Promise<void>;

  /** What was read of it was not authentic: copies kept nearby are not to be used again. */
  distrust?(file: FileHandle): Promise<void>;

  space(signal?: AbortSignal): Promise<Space>;

  /** What the storage itself calls the repository's folder, where that outlives a new name or place of it. null before it is there. */
  folderId?(): Promise<string | null>;

  /** Told when requests wait, and null when they go on. Returns how to stop. */
  onWait?(listener: (reason: WaitReason | null) => void): () => void;
}
