/** What the engine's thread and the workers of a backup tell each other. All of it can be cloned from thread to thread. */
import type { MessagePort } from 'node:worker_threads';
import type { Warning } from '../../../shared/model/job.ts';
import type { CipherKey } from '../crypto/sealed.ts';
import type { Id } from '../format/id.ts';
import type { SharedBlobClaims } from '../repository/blob-claims.ts';
import type { SharedBlobIndex } from '../repository/blob-index.ts';
import type { BlobBatch } from '../workers/blob-batch.ts';
import type { SealedTree } from '../repository/sealed-trees.ts';
import type { SharedControl } from '../workers/control-block.ts';
import type { SharedChunkSlots } from './chunk-slots.ts';
import type { ExclusionData } from './exclusions.ts';
import type { SharedLinkTables } from './link-identity.ts';

/** Bytes as a string of characters up to U+00FF ('latin1'): a Buffer of Node's pool would be cloned with the whole pool. */
export type ByteString = string;

/** How a worker begins. Holds the master key, which never leaves the process. */
export interface WorkerSetUp {
  readonly masterKey: CipherKey;
  readonly version: 1 | 2;
  readonly polynomial: bigint;
  readonly control: SharedControl;
  readonly known: SharedBlobIndex;
  readonly claims: SharedBlobClaims;
  readonly links: SharedLinkTables;
  readonly chunks: SharedChunkSlots;
  readonly exclusions: ExclusionData;
  /** Files that would have to be read are asked about first: their bytes may be in a cloud. */
  readonly asksBeforeReading: boolean;
  /** Where buffers of blobs come back. */
  readonly returns: MessagePort;
}

export type WorkerTask =
  | {
      readonly kind: 'folder';
      readonly path: ByteString;
      readonly parent: SealedTree | null;
      /** Its names after stubs of a cloud were looked at; null: they are read from the disk. */
      readonly names: readonly ByteString[] | null;
      readonly stubbed: readonly { readonly name: ByteString; readonly sizeBytes: number }[];
    }
  /** Anything but a folder. `previous` is its encoded node in the parent snapshot, `sizeBytes` what it had a moment ago. */
  | {
      readonly kind: 'entry';
      readonly name: ByteString;
      readonly path: ByteString;
      readonly previous: string | null;
      readonly sizeBytes: number;
    }
  /** A folder's tree whose missing nodes are known by now. */
  | { readonly kind: 'tree'; readonly text: string; readonly holes: readonly FilledHole[] }
  /** How much there is below. */
  | { readonly kind: 'count'; readonly path: ByteString }
  /** Makes blobs of chunks that others have cut, until this call is off. */
  | { readonly kind: 'help'; readonly call: number }
  /** Hands over the blobs that are still here. */
  | { readonly kind: 'flush' };

/** A node that belongs at this character of the text, or nothing. */
export interface FilledHole {
  readonly at: number;
  readonly node: string | null;
}

/** A node that the worker leaves to others; `at` is its place in the text. */
export type Hole =
  | {
      readonly kind: 'folder';
      readonly at: number;
      readonly path: ByteString;
      /** Without its subtree. */
      readonly node: string;
      readonly previousTree: Id | null;
      /** Compared with the parent snapshot, but for what is in it; null when it was not there. */
      readonly isSame: boolean | null;
    }
  | {
      readonly kind: 'file';
      readonly at: number;
      readonly name: ByteString;
      readonly path: ByteString;
      readonly previous: string | null;
      readonly sizeBytes: number;
      readonly blocks: bigint;
      /** In the form of a finished node, when it can be taken over unread because it is as long and as old as it was. */
      readonly asBefore: string | null;
    };

export interface Counts {
  new: number;
  changed: number;
  unmodified: number;
}

/** What a task adds to the figures of the run. */
export interface TaskReport {
  readonly files: Counts;
  /** Plain bytes of files. */
  readonly bytesProcessed: number;
  readonly dataBlobs: number;
  readonly treeBlobs: number;
  readonly bytesAdded: number;
  readonly bytesAddedPacked: number;
  /** Entries that a rule leaves out; what is in such a folder is not looked at. */
  readonly leftOut: number;
  readonly warnings: readonly Warning[];
  /** Trees of the parent snapshot that could not be read. */
  readonly damagedParents: readonly Id[];
  /** Unchanged files that were read again, since the repository has lost what they need. */
  readonly lostContent: readonly string[];
}

export type FolderResult =
  | { readonly kind: 'tree'; readonly tree: Id }
  /** All nodes but those of the holes, each behind a comma. */
  | { readonly kind: 'open'; readonly text: string; readonly holes: readonly Hole[] }
  /** These names may be stubs of a cloud. */
  | { readonly kind: 'stubs'; readonly names: readonly ByteString[] }
  /** It cannot be listed; the warning is in the report. */
  | { readonly kind: 'none' };

export type TaskResult =
  | FolderResult
  | { readonly kind: 'node'; readonly node: string | null }
  | { readonly kind: 'count'; readonly files: number; readonly bytes: number }
  | { readonly kind: 'helped' }
  | { readonly kind: 'flushed' };

/** A task's result, and what it adds to the figures. */
export interface TaskOutcome {
  readonly result: TaskResult;
  readonly report: TaskReport;
}

export type WorkerSaid =
  | { readonly kind: 'blobs'; readonly batch: BlobBatch }
  | { readonly kind: 'current'; readonly path: string };

export interface ArchiveTasks {
  readonly setUp: WorkerSetUp;
  readonly task: WorkerTask;
  readonly outcome: TaskOutcome;
  readonly said: WorkerSaid;
}
