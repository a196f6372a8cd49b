/**
 * Sealed blobs on their way from a worker to the engine's thread: one buffer, handed over and given back without a copy. How many a worker
 * has bounds what lies between reading and storing, however slow the storage is.
 */
import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import type { IdBytes } from '../format/id.ts';
import type { BlobType } from '../format/pack-file.ts';
import { maxSealedBytes, sealBlob, type SealerOptions } from '../repository/blob-sealer.ts';
import type { SealedElsewhere } from '../repository/packer.ts';
import type { ControlBlock } from './control-block.ts';

const BUFFERS = 2;
const BUFFER_BYTES = 4 * 1024 * 1024;

export interface BlobBatch {
  readonly buffer: ArrayBuffer;
  readonly blobs: readonly SealedElsewhere[];
}

/** Fills batches. One a worker. */
export class BatchWriter {
  readonly #options: SealerOptions;
  readonly #control: ControlBlock;
  /** Where buffers come back. */
  readonly #returns: MessagePort;
  readonly #send: (batch: BlobBatch) => void;
  #made = 0;
  #buffer: Buffer | null = null;
  #used = 0;
  #blobs: SealedElsewhere[] = [];

  constructor(
    options: SealerOptions,
    control: ControlBlock,
    returns: MessagePort,
    send: (batch: BlobBatch) => void,
  ) {
    this.#options = options;
    this.#control = control;
    this.#returns = returns;
    this.#send = send;
  }

  /** Waits while all buffers are on their way. Returns how many bytes were written. @throws Stopped */
  add(type: BlobType, id: IdBytes, plain: Uint8Array): SealedElsewhere {
    const needed = maxSealedBytes(plain.length);
    if (this.#buffer !== null && this.#used + needed > this.#buffer.length) this.flush();
    this.#buffer ??= this.#take(needed);
    const { length, uncompressedLength } = sealBlob(
      this.#options,
      type,
      id,
      plain,
      this.#buffer,
      this.#used,
    );
    const blob = { type, id: id.toString('hex'), offset: this.#used, length, uncompressedLength };
    this.#blobs.push(blob);
    this.#used += length;
    return blob;
  }

  flush(): void {
    if (this.#buffer === null || this.#blobs.length === 0) return;
    const buffer = this.#buffer.buffer as ArrayBuffer;
    this.#send({ buffer, blobs: this.#blobs });
    this.#buffer = null;
    this.#blobs = [];
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
