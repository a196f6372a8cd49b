/** What the engine's thread and the workers of a restore tell each other. All of it can be cloned from thread to thread. */
import type { CipherKey } from '../crypto/sealed.ts';
import type { Id } from '../format/id.ts';
import type { SharedControl } from '../workers/control-block.ts';
import type { Piece } from './existing-content.ts';
import type { EntryMetadata } from './node-metadata.ts';

/** Bytes as a string of characters up to U+00FF ('latin1'): a Buffer of Node's pool would be cloned with the whole pool. */
export type ByteString = string;

/** How a worker begins. Holds the master key, which never leaves the process. */
export interface RestoreSetUp {
  readonly masterKey: CipherKey;
  /** For the names of files that give way, see `FilePlacer`. */
  readonly stamp: string;
  readonly control: SharedControl;
}

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
  readonly metadata: EntryMetadata;
  readonly blobs: readonly SealedBlob[];
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
  | { readonly kind: 'compared'; readonly areRight: readonly boolean[] };

export interface RestoreTasks {
  readonly setUp: RestoreSetUp;
  readonly task: RestoreTask;
  readonly outcome: RestoreOutcome;
  readonly said: never;
}
