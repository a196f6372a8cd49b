/** Stores the blobs of one run and counts what was new to the repository, as a snapshot's summary tells it. */
import type { Id } from '../format/id.ts';
import { encodeTree, type Node } from '../format/tree.ts';
import type { BlobWriter } from '../repository/repository.ts';

export class ArchiveStore {
  dataBlobs = 0;
  treeBlobs = 0;
  /** Before compression. */
  bytesAdded = 0;
  /** As they lie in packs. */
  bytesAddedPacked = 0;
  readonly #writer: BlobWriter;

  constructor(writer: BlobWriter) {
    this.#writer = writer;
  }

  async saveData(chunk: Buffer): Promise<Id> {
    const { id, isNew, storedBytes } = await this.#writer.save('data', chunk);
    if (isNew) {
      this.dataBlobs += 1;
      this.#countBytes(chunk.length, storedBytes);
    }
    return id;
  }

  async saveTree(nodes: readonly Node[]): Promise<Id> {
    const encoded = encodeTree(nodes);
    const { id, isNew, storedBytes } = await this.#writer.save('tree', encoded);
    if (isNew) {
      this.treeBlobs += 1;
      this.#countBytes(encoded.length, storedBytes);
    }
    return id;
  }

  #countBytes(plain: number, stored: number): void {
    this.bytesAdded += plain;
    this.bytesAddedPacked += stored;
  }
}
