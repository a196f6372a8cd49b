/**
 * Sealed blobs on their way from a worker to the engine's thread: one buffer, handed over and given back without a copy. How many a worker
 * has bounds what lies between reading and storing, however slow the storage is.
 */
import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { GrowingBlobTable, type BlobTable } from '../format/blob-table.ts';
import type { IdBytes } from '../format/id.ts';
import type { BlobType } from '../format/pack-file.ts';
import {
  maxSealedBytes,
  sealBlob,
  type SealedBlob,
  type SealerOptions,
} from '../repository/blob-sealer.ts';
import type { ControlBlock } from './control-block.ts';

const BUFFERS = 2;
const BUFFER_BYTES = 4 * 1024 * 1024;

export interface BlobBatch {
  readonly buffer: ArrayBuffer;
  readonly blobs: BlobTable;
}

/** Fills batches. One a worker. */
export class BatchWriter {
  readonly #options: SealerOptions;
  readonly #control: ControlBlock;
  /** Where buffers come back. */
  readonly #returns: MessagePort;
  readonly #send: (batch: BlobBatch, transfer: readonly ArrayBuffer[]) => void;
  #made = 0;
  #buffer: Buffer | null = null;
  #used = 0;
  readonly #blobs = new GrowingBlobTable();

  constructor(
    options: SealerOptions,
    control: ControlBlock,
    returns: MessagePort,
    send: (batch: BlobBatch, transfer: readonly ArrayBuffer[]) => void,
  ) {
    this.#options = options;
    this.#control = control;
    this.#returns = returns;
    this.#send = send;
  }

  /** Waits while all buffers are on their way. Returns how many bytes were written. @throws Stopped */
  add(type: BlobType, id: IdBytes, plain: Uint8Array): SealedBlob {
    const needed = maxSealedBytes(plain.length);
    if (this.#buffer !== null && this.#used + needed > this.#buffer.length) this.flush();
    this.#buffer ??= this.#take(needed);
    const sealed = sealBlob(this.#options, type, id, plain, this.#buffer, this.#used);
    this.#blobs.add({ type, offset: this.#used, ...sealed }, id, 0);
    this.#used += sealed.length;
    return sealed;
  }

  flush(): void {
    if (this.#buffer === null || this.#blobs.count === 0) return;
    const buffer = this.#buffer.buffer as ArrayBuffer;
    const blobs = this.#blobs.copy();
    this.#send({ buffer, blobs }, [buffer, blobs.ids.buffer, blobs.numbers.buffer]);
    this.#buffer = null;
    this.#blobs.clear();
    this.#used = 0;
  }

  #take(needed: number): Buffer {
    const bytes = Math.max(needed, BUFFER_BYTES);
    return this.#control.waitFor(() => {
      const returned = receiveMessageOnPort(this.#returns);
      // A larger one than usual is not kept.
      if (returned !== undefined && returned.message.byteLength >= bytes) {
        return Buffer.from(returned.message);
      }
      if (returned !== undefined) return Buffer.from(new ArrayBuffer(bytes));
      if (this.#made === BUFFERS) return null;
      this.#made += 1;
      return Buffer.from(new ArrayBuffer(bytes));
    });
  }
}
