/**
 * The worker threads of one backup. Those that have no task help those that read a large file. Blobs that are ready are put into packs one after the
 * other, and only then does their buffer go back to its worker, so that reading is never far ahead of storing.
 */
import { MessageChannel, type MessagePort, type Transferable } from 'node:worker_threads';
import { releaseTable } from '../format/blob-table.ts';
import type { BlobBatch } from '../workers/blob-batch.ts';
import type { ControlBlock } from '../workers/control-block.ts';
import { SpareThreads } from '../workers/spare-threads.ts';
import { TaskPool, WORKERS } from '../workers/task-pool.ts';
import { ChunkSlots, newChunkSlots } from './chunk-slots.ts';
import type {
  ArchiveTasks,
  TaskOutcome,
  TaskReport,
  WorkerSaid,
  WorkerSetUp,
  WorkerTask,
} from './worker-messages.ts';

/** Half a second of work for one thread: below that help would hardly have begun. */
const HELPED_FROM_BYTES = 64 * 1024 * 1024;

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
  /** What a thread that helped adds to the figures. */
  helped(report: TaskReport): void;
}

export class ArchiveWorkers {
  readonly #pool: TaskPool<ArchiveTasks>;
  readonly #listener: WorkerListener;
  readonly #slots: ChunkSlots;
  #storing: Promise<void> = Promise.resolve();
  #onRoom: () => void = () => undefined;
  /** Files under way that are worth help. */
  #largeFiles = 0;
  #helpers = 0;
  #looksForHelp = false;
  #hasEnded = false;

  constructor(
    setUp: Omit<WorkerSetUp, 'returns' | 'control' | 'chunks'>,
    listener: WorkerListener,
    most = WORKERS,
  ) {
    this.#listener = listener;
    this.#pool = new TaskPool(
      THREADS,
      () => {
        const { port1: returns, port2: theirs } = new MessageChannel();
        return {
          setUp: {
            ...setUp,
            control: this.control.shared,
            chunks: this.#slots.shared,
            returns: theirs,
          },
          transfer: [theirs],
          heard: (said) => this.#heard(said, returns),
          left: () => returns.close(),
        };
      },
      most,
    );
    this.#slots = new ChunkSlots(this.control, newChunkSlots(most));
    this.#pool.onRoom = () => {
      this.#onRoom();
      this.#helpSoon();
    };
  }

  get control(): ControlBlock {
    return this.#pool.control;
  }

  /** Called whenever a task has ended. */
  set onRoom(listener: () => void) {
    this.#onRoom = listener;
  }

  get hasRoom(): boolean {
    return this.#pool.hasRoom;
  }

  /** Rejects with what stopped the run. */
  async run(task: WorkerTask, transfer: readonly Transferable[] = []): Promise<TaskOutcome> {
    const isLarge = task.kind === 'entry' || task.kind === 'count';
    const isHelped = task.kind === 'entry' && task.sizeBytes >= HELPED_FROM_BYTES;
    // Somebody who helps may be the one who gets it.
    this.#callOff();
    if (isHelped) this.#largeFiles += 1;
    this.#helpSoon();
    try {
      return await this.#pool.run(task, transfer, isLarge);
    } finally {
      if (isHelped) this.#largeFiles -= 1;
      if (this.#largeFiles === 0) this.#callOff();
    }
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
    this.#hasEnded = true;
    await this.#pool.end();
    await this.#storing;
  }

  /** Tasks that follow from what has just ended are given first. */
  #helpSoon(): void {
    if (this.#looksForHelp || this.#largeFiles === 0) return;
    this.#looksForHelp = true;
    setImmediate(() => {
      this.#looksForHelp = false;
      if (this.#largeFiles > 0 && !this.#hasEnded && !this.#pool.hasFailed) this.#help();
    });
  }

  /** By whoever has no task, until there is one for anybody. */
  #help(): void {
    const helps = this.#pool.runOnIdle({ kind: 'help', call: this.#slots.call });
    for (const help of helps) void this.#untilDone(help);
  }

  async #untilDone(help: Promise<TaskOutcome>): Promise<void> {
    this.#helpers += 1;
    try {
      this.#listener.helped((await help).report);
    } catch (error) {
      // Where the run has failed already, who waits for a task of it hears why.
      this.fail(error);
    }
    this.#helpers -= 1;
  }

  #callOff(): void {
    if (this.#helpers > 0) this.#slots.callOff();
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
      this.control.wake();
    } catch (error) {
      this.fail(error);
    }
  }
}
