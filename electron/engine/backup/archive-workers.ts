/**
 * The worker threads of one run. Tasks go to whoever has the fewest, and another thread is taken only when all are busy. Blobs that are ready
 * are put into packs one after the other, and only then does their buffer go back to its worker, so that reading is never far ahead of storing.
 */
import { availableParallelism } from 'node:os';
import {
  MessageChannel,
  type MessagePort,
  type Transferable,
  type Worker,
} from 'node:worker_threads';
import { fromWireError } from '../../../shared/errors.ts';
import type { BlobBatch } from '../workers/blob-batch.ts';
import { ControlBlock } from '../workers/control-block.ts';
import { SpareThreads } from '../workers/spare-threads.ts';
import type {
  FromWorker,
  TaskReport,
  TaskResult,
  ToWorker,
  WorkerSetUp,
  WorkerTask,
} from './worker-messages.ts';

/** One is worked at, the other is there when it is done. */
const TASKS_A_WORKER = 2;
const MAX_WORKERS = 8;
/** For what a thread is in the middle of: at most a chunk, where the disk answers. */
const END_LIMIT_MS = 10_000;
/** In the sources a file of its own, in the app a bundle beside this one. */
const THREADS = new SpareThreads(
  new URL(
    import.meta.url.endsWith('.ts') ? './archive-worker.ts' : './archive-worker.js',
    import.meta.url,
  ),
);

export interface WorkerListener {
  /** Takes copies of what it needs of a batch. */
  blobs(batch: BlobBatch): Promise<void>;
  current(path: string): void;
}

interface Outcome {
  readonly result: TaskResult;
  readonly report: TaskReport;
}

interface Seat {
  readonly worker: Worker;
  readonly returns: MessagePort;
  /** In the order in which they were given. */
  readonly tasks: PromiseWithResolvers<Outcome>[];
  readonly ended: PromiseWithResolvers<void>;
  readonly leave: (isStuck: boolean) => void;
}

export class ArchiveWorkers {
  readonly control = new ControlBlock();
  readonly #setUp: Omit<WorkerSetUp, 'returns' | 'control'>;
  readonly #listener: WorkerListener;
  readonly #most: number;
  readonly #seats: Seat[] = [];
  #storing: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | null = null;
  #onRoom: () => void = () => undefined;

  constructor(
    setUp: Omit<WorkerSetUp, 'returns' | 'control'>,
    listener: WorkerListener,
    most = Math.min(availableParallelism(), MAX_WORKERS),
  ) {
    this.#setUp = setUp;
    this.#listener = listener;
    this.#most = most;
  }

  /** Called whenever a task has ended. */
  set onRoom(listener: () => void) {
    this.#onRoom = listener;
  }

  get hasRoom(): boolean {
    return (
      this.#seats.length < this.#most ||
      this.#seats.some(({ tasks }) => tasks.length < TASKS_A_WORKER)
    );
  }

  /** Rejects with what stopped the run. */
  async run(task: WorkerTask, transfer: readonly Transferable[] = []): Promise<Outcome> {
    if (this.#failure !== null) throw this.#failure.error;
    return this.#give(this.#seat(), task, transfer);
  }

  /** Resolves when everything that was read is in packs. */
  async flush(): Promise<void> {
    await Promise.all(this.#seats.map(async (seat) => this.#give(seat, { kind: 'flush' }, [])));
    await this.#storing;
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** All tasks reject with this. */
  fail(error: unknown): void {
    if (this.#failure !== null) return;
    this.#failure = { error };
    this.control.stop();
    for (const { tasks } of this.#seats) {
      for (const { reject } of tasks.splice(0)) reject(error);
    }
    this.#onRoom();
  }

  /** Whatever they are doing. Resolves when nothing is stored any more, and nothing read but what the system does not let go. */
  async end(): Promise<void> {
    this.control.stop();
    for (const { worker } of this.#seats) worker.postMessage({ kind: 'end' } satisfies ToWorker);
    const limit = new AbortController();
    // A file that does not answer, on a dead network for example, must not hold back whoever has cancelled.
    const timer = setTimeout(() => limit.abort(), END_LIMIT_MS);
    const tooLong = new Promise<'too long'>((resolve) => {
      limit.signal.addEventListener('abort', () => resolve('too long'), { once: true });
    });
    for (const { ended, leave } of this.#seats.splice(0)) {
      leave((await Promise.race([ended.promise, tooLong])) === 'too long');
    }
    clearTimeout(timer);
    await this.#storing;
  }

  #seat(): Seat {
    const [first, ...others] = this.#seats;
    if (first === undefined) return this.#take();
    const least = others.reduce(
      (best, other) => (other.tasks.length < best.tasks.length ? other : best),
      first,
    );
    const isBusy = least.tasks.length >= TASKS_A_WORKER;
    return isBusy && this.#seats.length < this.#most ? this.#take() : least;
  }

  async #give(seat: Seat, task: WorkerTask, transfer: readonly Transferable[]): Promise<Outcome> {
    const waiting = Promise.withResolvers<Outcome>();
    seat.tasks.push(waiting);
    seat.worker.postMessage({ kind: 'task', task } satisfies ToWorker, [...transfer]);
    return waiting.promise;
  }

  #take(): Seat {
    const { port1: returns, port2: theirs } = new MessageChannel();
    const worker = THREADS.take();
    const ended = Promise.withResolvers<void>();
    const onMessage = (message: FromWorker): void => this.#heard(seat, message);
    const onEnd = (error: unknown): void => {
      this.fail(error instanceof Error ? error : new Error('a worker of the backup has ended'));
      ended.resolve();
    };
    const leave = (isStuck: boolean): void => {
      returns.close();
      worker.off('message', onMessage).off('error', onEnd).off('exit', onEnd);
      if (isStuck) THREADS.abandon(worker);
      else THREADS.give(worker);
    };
    const seat: Seat = { worker, returns, tasks: [], ended, leave };
    worker.on('message', onMessage).on('error', onEnd).on('exit', onEnd);
    const setUp: WorkerSetUp = { ...this.#setUp, control: this.control.shared, returns: theirs };
    worker.postMessage({ kind: 'begin', setUp } satisfies ToWorker, [theirs]);
    this.#seats.push(seat);
    return seat;
  }

  #heard(seat: Seat, message: FromWorker): void {
    switch (message.kind) {
      case 'blobs':
        this.#store(seat, message.batch);
        break;
      case 'current':
        this.#listener.current(message.path);
        break;
      case 'done': {
        const { result, report } = message;
        seat.tasks.shift()?.resolve({ result, report });
        this.#onRoom();
        break;
      }
      case 'failed':
        this.fail(fromWireError(message.error));
        break;
      case 'ended':
        seat.ended.resolve();
        break;
      case 'stopped':
        break;
    }
  }

  #store(seat: Seat, batch: BlobBatch): void {
    const before = this.#storing;
    this.#storing = this.#storeAfter(before, seat, batch);
  }

  async #storeAfter(before: Promise<void>, { returns }: Seat, batch: BlobBatch): Promise<void> {
    await before;
    if (this.#failure !== null) return;
    try {
      await this.#listener.blobs(batch);
      returns.postMessage(batch.buffer, [batch.buffer]);
      this.control.buffersReturned();
    } catch (error) {
      this.fail(error);
    }
  }
}
