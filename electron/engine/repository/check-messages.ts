/** What the engine's thread and the threads of a check tell each other. */
import type { CipherKey } from '../crypto/sealed.ts';
import type { BlobTable } from '../format/blob-table.ts';
import type { Id } from '../format/id.ts';
import type { BlobType } from '../format/pack-file.ts';
import type { SharedControl } from '../workers/control-block.ts';

/** Holds the master key, which never leaves the process. */
interface CheckSetUp {
  readonly masterKey: CipherKey;
  readonly control: SharedControl;
}

export interface PackToCheck {
  readonly pack: Id;
  /** All of it. */
  readonly bytes: Uint8Array;
  /** What the index says of it, in the order of the offsets. */
  readonly blobs: BlobTable;
}

export interface PackOutcome {
  readonly hasItsHash: boolean;
  readonly contents: 'as indexed' | 'others' | 'unreadable';
  readonly damaged: readonly DamagedBlob[];
}

export interface DamagedBlob {
  readonly type: BlobType;
  readonly id: Id;
  readonly reason: string;
}

export interface CheckTasks {
  readonly setUp: CheckSetUp;
  readonly task: PackToCheck;
  readonly outcome: PackOutcome;
  readonly said: never;
}
