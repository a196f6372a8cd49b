/** Chunks of one thread, and other threads that help it, for tests: a blob is nothing but its id here. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { onTestFinished, vi } from 'vitest';
import { ChunkSlots, newChunkSlots } from '../backup/chunk-slots.ts';
import { ContentChunks, type SaveChunk } from '../backup/content-chunks.ts';
import { sha256Hex } from '../format/id.ts';
import { ControlBlock } from '../workers/control-block.ts';
import type { HelperData } from './chunk-helper.ts';

const THREADS = 3;

export class ChunkHelpers {
  readonly control = new ControlBlock();
  readonly slots = new ChunkSlots(this.control, newChunkSlots(THREADS));
  readonly #ends: Promise<unknown>[] = [];
  readonly #helped = new Int32Array(new SharedArrayBuffer(4));

  /** Chunks that the threads have helped with. */
  get helped(): number {
    return Atomics.load(this.#helped, 0);
  }

  /** Whether no chunk is handed over that was not collected. */
  get isIdle(): boolean {
    return this.slots.isEmpty;
  }

  chunks(save: SaveChunk = sha256Hex): ContentChunks {
    return new ContentChunks(this.slots, this.control, save);
  }

  /** They help when this resolves, and end with the test. */
  async start(threads: number): Promise<void> {
    const workerData: HelperData = {
      control: this.control.shared,
      chunks: this.slots.shared,
      helped: this.#helped,
    };
    for (let thread = 0; thread < threads; thread += 1) {
      const worker = new Worker(new URL('./chunk-helper.ts', import.meta.url), { workerData });
      const exit = once(worker, 'exit');
      this.#ends.push(once(worker, 'message').then(([said]: unknown[]) => said));
      onTestFinished(async () => {
        this.control.stop();
        await exit;
      });
    }
    await vi.waitUntil(() => this.slots.helpers === threads, { timeout: 20_000 });
  }
  /** What each of them says at its end. */
  async ended(): Promise<unknown[]> {
    return Promise.all(this.#ends);
  }
}
