/** Gathers in a worker what one task adds to the figures of the run. */
import type { WarningReason, Warning } from '../../../shared/model/job.ts';
import type { Id } from '../format/id.ts';
import { isSameNode } from './parent-snapshot.ts';
import type { Node } from '../format/tree.ts';
import type { Counts, TaskReport } from './worker-messages.ts';

export class WorkerReport {
  #files: Counts = { new: 0, changed: 0, unmodified: 0 };
  #bytesProcessed = 0;
  #dataBlobs = 0;
  #treeBlobs = 0;
  #bytesAdded = 0;
  #bytesAddedPacked = 0;
  #leftOut = 0;
  #warnings: Warning[] = [];
  #damagedParents: Id[] = [];
  #lostContent: string[] = [];

  warn(path: string, reason: WarningReason, detail: string | null = null): void {
    this.#warnings.push({ path, reason, detail });
  }

  /** By a rule of what is left out, which is no failure. */
  leftOut(entries = 1): void {
    this.#leftOut += entries;
  }

  /** The repository has lost what an unchanged file needs. */
  lostContent(path: string): void {
    this.#lostContent.push(path);
  }

  damagedParent(tree: Id): void {
    this.#damagedParents.push(tree);
  }

  file(node: Node, previous: Node | null): void {
    if (previous === null) this.#files.new += 1;
    else if (isSameNode(previous, node)) this.#files.unmodified += 1;
    else this.#files.changed += 1;
    this.#bytesProcessed += node.size;
  }

  unmodified(sizeBytes: number): void {
    this.#files.unmodified += 1;
    this.#bytesProcessed += sizeBytes;
  }

  blob(type: 'data' | 'tree', plainBytes: number, storedBytes: number): void {
    if (type === 'data') this.#dataBlobs += 1;
    else this.#treeBlobs += 1;
    this.#bytesAdded += plainBytes;
    this.#bytesAddedPacked += storedBytes;
  }

  /** Since the last call. */
  take(): TaskReport {
    const report: TaskReport = {
      files: this.#files,
      bytesProcessed: this.#bytesProcessed,
      dataBlobs: this.#dataBlobs,
      treeBlobs: this.#treeBlobs,
      bytesAdded: this.#bytesAdded,
      bytesAddedPacked: this.#bytesAddedPacked,
      leftOut: this.#leftOut,
      warnings: this.#warnings,
      damagedParents: this.#damagedParents,
      lostContent: this.#lostContent,
    };
    this.#files = { new: 0, changed: 0, unmodified: 0 };
    this.#bytesProcessed = 0;
    this.#dataBlobs = 0;
    this.#treeBlobs = 0;
    this.#bytesAdded = 0;
    this.#bytesAddedPacked = 0;
    this.#leftOut = 0;
    this.#warnings = [];
    this.#damagedParents = [];
    this.#lostContent = [];
    return report;
  }
}
