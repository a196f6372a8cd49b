/** What is given to whoever brings files to disk. */
import type { Id } from '../format/id.ts';
import type { Node } from '../format/tree.ts';
import type { FileSystemPort } from '../native/file-system-port.ts';
import type { ProgressMeter } from '../progress-meter.ts';
import type { Repository } from '../repository/repository.ts';
import type { WarningList } from '../warning-list.ts';
import type { Piece } from './existing-content.ts';
import type { Placement } from './file-placer.ts';
import type { MetadataSetter } from './node-metadata.ts';

export interface FileMeans {
  readonly repository: Repository;
  readonly fileSystem: FileSystemPort;
  readonly metadata: MetadataSetter;
  readonly meter: ProgressMeter;
  readonly warnings: WarningList;
  /** For the names of files that are restored beside an existing one. */
  readonly stamp: string;
  /** Throws when the folder that all this lands in is not the one that it was. */
  readonly requireTarget: () => Promise<void>;
  readonly signal: AbortSignal;
}

export interface FileToRestore {
  readonly node: Node;
  readonly content: readonly Id[];
  readonly placement: Placement;
  /** Where it is now, and how many bytes were written; null when there is nothing. Called once, unless the run ends before. */
  done(restored: { readonly path: Buffer; readonly bytes: number } | null): void;
}

export interface FileToCompare {
  readonly path: Buffer;
  readonly content: readonly Piece[];
  readonly bytes: number;
  /** Called once, unless the run ends before. */
  done(isRight: boolean): void;
}
