/**
 * The worker threads of one backup. Blobs that are ready are put into packs one after the other, and only then does their buffer go back to
 * its worker, so that reading is never far ahead of storing.
 */
import { MessageChannel, type MessagePort, type Transferable } from 'node:worker_threads';
import { releaseTable } from '../format/blob-table.ts';
import type { BlobBatch } from '../workers/blob-batch.ts';
import type { ControlBlock } from '../workers/control-block.ts';
import { SpareThreads } from '../workers/spare-threads.ts';
import { TaskPool, WORKERS } from '../workers/task-pool.ts';
import type {
  ArchiveTasks,
  TaskOutcome,
  WorkerSaid,
  WorkerSetUp,
  WorkerTask,
} from './worker-messages.ts';

/** In the sources a file of its own, in the app a bundle beside this one. */
const THREADS = new SpareThreads(
  new URL(
    import.meta.url.endsWith('.ts') ? './archive-worker.ts' : './archive-worker.js',
    import.meta.url,
  ),
);

/** For who knows that a backup comes, and has to wait for something else first. */
export function prepareArchiveThreads(): void {
  THREADS.prepare(WORKERS);
}

export interface WorkerListener {
  /** Takes copies of what it needs of a batch. */
  blobs(batch: BlobBatch): Promise<void>;
  current(path: string): void;
}

export class ArchiveWorkers {
  readonly #pool: TaskPool<ArchiveTasks>;
  readonly #listener: WorkerListener;
  #storing: Promise<void> = Promise.resolve();

  constructor(
    setUp: Omit<WorkerSetUp, 'returns' | 'control'>,
    listener: WorkerListener,
    most?: number,
  ) {
    this.#listener = listener;
    this.#pool = new TaskPool(
      THREADS,
      () => {
        const { port1: returns, port2: theirs } = new MessageChannel();
        return {
          setUp: { ...setUp, control: this.control.shared, returns: theirs },
          transfer: [theirs],
          heard: (said) => this.#heard(said, returns),
          left: () => returns.close(),
        };
      },
      most,
    );
  }

  get control(): ControlBlock {
    return this.#pool.control;
  }

  /** Called whenever a task has ended. */
  set onRoom(listener: () => void) {
    this.#pool.onRoom = listener;
  }

  get hasRoom(): boolean {
    return this.#pool.hasRoom;
  }

  /** Rejects with what stopped the run. */
  async run(task: WorkerTask, transfer: readonly Transferable[] = []): Promise<TaskOutcome> {
    const isLarge = task.kind === 'entry' || task.kind === 'count';
    return this.#pool.run(task, transfer, isLarge);
  }

  /** Resolves when everything that was read is in packs. */
  async flush(): Promise<void> {
    await this.#pool.runOnAll({ kind: 'flush' });
    await this.#storing;
    this.#pool.throwIfFailed();
  }

  /** All tasks reject with this. */
  fail(error: unknown): void {
    this.#pool.fail(error);
  }

  /** Whatever they are doing. Resolves when nothing is stored any more, and nothing read but what the system does not let go. */
  async end(): Promise<void> {
    await this.#pool.end();
    await this.#storing;
  }

  #heard(said: WorkerSaid, returns: MessagePort): void {
    if (said.kind === 'current') this.#listener.current(said.path);
    else this.#storing = this.#storeAfter(this.#storing, returns, said.batch);
  }

  async #storeAfter(before: Promise<void>, returns: MessagePort, batch: BlobBatch): Promise<void> {
    await before;
    if (this.#pool.hasFailed) return;
    try {
      await this.#listener.blobs(batch);
      releaseTable(batch.blobs);
      returns.postMessage(batch.buffer, [batch.buffer]);
      this.control.buffersReturned();
    } catch (error) {
      this.fail(error);
    }
  }
}
