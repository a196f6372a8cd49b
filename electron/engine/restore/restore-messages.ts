/** What the engine's thread and the workers of a restore tell each other. All of it can be cloned from thread to thread. */
import type { CipherKey } from '../crypto/sealed.ts';
import type { Id } from '../format/id.ts';
import type { SharedBlobIndex } from '../repository/blob-index.ts';
import type { SharedControl } from '../workers/control-block.ts';
import type { Piece } from './existing-content.ts';
import type { EntryMetadata } from './node-metadata.ts';

/** Bytes as a string of characters up to U+00FF ('latin1'): a Buffer of Node's pool would be cloned with the whole pool. */
export type ByteString = string;

/** How a worker begins. Holds the master key, which never leaves the process. */
export interface RestoreSetUp {
  readonly masterKey: CipherKey;
  readonly index: SharedBlobIndex;
  /** For the names of files that give way, see `FilePlacer`. */
  readonly stamp: string;
  readonly control: SharedControl;
}

/** Bytes in memory at a time, sealed or opened, but always at least one blob. */
export const WINDOW_BYTES = 8 * 1024 * 1024;

/** Where a blob lies in what was read. */
export interface SealedBlob {
  readonly id: Id;
  /** Which of the ranges. */
  readonly range: number;
  readonly start: number;
  readonly length: number;
  /** 0 for a blob that is stored as it is. */
  readonly uncompressedLength: number;
}

export interface FileOrder {
  readonly path: ByteString;
  readonly replace: boolean;
  /** In a folder that only we can enter, until all of it is there. */
  readonly isSheltered: boolean;
  readonly metadata: EntryMetadata;
  readonly blobs: readonly SealedBlob[];
}

/** A new folder, and where its tree lies in what was sent with it. */
export interface FolderOrder {
  readonly path: ByteString;
  readonly tree: SealedBlob;
}

/** Of a folder with many entries: the `index`-th of `count` parts. */
export interface Part {
  readonly index: number;
  readonly count: number;
}

/** To be read from a pack; by its number in the shared index. */
export interface PackStretch {
  readonly pack: number;
  readonly offset: number;
  readonly length: number;
}

/** An entry of a folder of a job, as it stands in the tree. */
interface JobEntry {
  readonly folder: number;
  readonly node: string;
}

export type RestoreTask =
  /** Whole files. */
  | {
      readonly kind: 'files';
      readonly files: readonly FileOrder[];
      readonly ranges: readonly Uint8Array[];
    }
  /** A part of a file that is made elsewhere. */
  | {
      readonly kind: 'part';
      readonly temporary: ByteString;
      readonly parts: readonly { readonly position: number; readonly blob: SealedBlob }[];
      readonly ranges: readonly Uint8Array[];
    }
  /** Begins a job: new folders, to be filled as a whole. */
  | {
      readonly kind: 'list';
      readonly job: number;
      readonly folders: readonly FolderOrder[];
      readonly trees: Uint8Array;
      readonly part: Part | null;
    }
  /** Goes on with it: here is what it wanted, null for what could not be read. */
  | {
      readonly kind: 'fill';
      readonly job: number;
      readonly ranges: readonly (Uint8Array | null)[];
    }
  /** Are these the same as archived? */
  | {
      readonly kind: 'compare';
      readonly files: readonly { readonly path: ByteString; readonly content: readonly Piece[] }[];
    };

export type FileOutcome =
  | {
      readonly kind: 'restored';
      readonly path: ByteString;
      readonly bytes: number;
      /** Metadata that could not be set. */
      readonly complaints: readonly string[];
    }
  /** One of its blobs is not what it must be; there may be another copy. */
  | { readonly kind: 'damaged' }
  | SystemFailure;

/** The operating system refused. */
export interface SystemFailure {
  readonly kind: 'failed';
  readonly code: string;
  readonly syscall: string;
}

export type RestoreOutcome =
  | { readonly kind: 'files'; readonly files: readonly FileOutcome[] }
  /** The places in the list of the blobs that are not what they must be. */
  | { readonly kind: 'part'; readonly damaged: readonly number[] }
  | SystemFailure
  | {
      readonly kind: 'listed';
      /** For each folder the nodes that are to be decided elsewhere; null for all of them. */
      readonly rest: readonly (readonly string[] | null)[];
      /** null at the end of the job. */
      readonly wanted: readonly PackStretch[] | null;
    }
  | {
      readonly kind: 'filled';
      readonly files: number;
      /** Of these files, as archived and as written. */
      readonly sizeBytes: number;
      readonly writtenBytes: number;
      readonly failed: readonly (JobEntry & { readonly failure: SystemFailure })[];
      /** Metadata that could not be set. */
      readonly complaints: readonly (JobEntry & { readonly complaint: string })[];
      /** One of their blobs is not what it must be; there may be another copy. */
      readonly others: readonly JobEntry[];
      readonly wanted: readonly PackStretch[] | null;
    }
  | { readonly kind: 'compared'; readonly areRight: readonly boolean[] };

export interface RestoreTasks {
  readonly setUp: RestoreSetUp;
  readonly task: RestoreTask;
  readonly outcome: RestoreOutcome;
  /** Memory of ranges that are not needed any more. */
  readonly said: readonly ArrayBuffer[];
}
