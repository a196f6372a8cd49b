/**
 * The threads of one run. Tasks go to whoever has the fewest, and another thread is taken only when all are busy. The first failure of any
 * stops all of them.
 */
import { availableParallelism } from 'node:os';
import type { Transferable, Worker } from 'node:worker_threads';
import { fromWireError, HoldfastError, type WireError } from '../../../shared/errors.ts';
import { ControlBlock } from './control-block.ts';
import type { SpareThreads } from './spare-threads.ts';

/**
 * One is worked at, the others are there when it is done: whoever gives them may be busy for the time of some small ones. Of large ones two are
 * enough, and more would wait for each other while another thread has nothing to do.
 */
const LOAD_A_WORKER = 6;
const LARGE_LOAD = 3;
const MAX_WORKERS = 8;
/** For what a thread is in the middle of: at most a chunk, where the disk answers. */
const END_LIMIT_MS = 10_000;

/** What the threads of one kind of run are given, asked, answer, and tell besides. All of it can be cloned from thread to thread. */
export interface TaskKind {
  readonly setUp: unknown;
  readonly task: unknown;
  readonly outcome: unknown;
  readonly said: unknown;
}

export type ToThread<K extends TaskKind> =
  | { readonly kind: 'begin'; readonly setUp: K['setUp'] }
  | { readonly kind: 'task'; readonly task: K['task'] }
  /** The run is over: what it needed, keys among it, is forgotten. */
  | { readonly kind: 'end' };

export type FromThread<K extends TaskKind> =
  /** The first that it says; see `SpareThreads`. */
  | { readonly kind: 'loaded' }
  | { readonly kind: 'done'; readonly outcome: K['outcome'] }
  /** Told to stop, in the middle of a task. */
  | { readonly kind: 'stopped' }
  | { readonly kind: 'ended' }
  | { readonly kind: 'failed'; readonly error: WireError }
  | { readonly kind: 'said'; readonly said: K['said'] };

/** What one thread gets at the beginning, and what is to be done for it here. */
export interface Seating<K extends TaskKind> {
  readonly setUp: K['setUp'];
  readonly transfer: readonly Transferable[];
  heard(said: K['said']): void;
  left(): void;
}

interface Seat<K extends TaskKind> {
  readonly worker: Worker;
  /** In the order in which they were given. */
  readonly tasks: (PromiseWithResolvers<K['outcome']> & { readonly load: number })[];
  load: number;
  readonly ended: PromiseWithResolvers<void>;
  readonly leave: (isStuck: boolean) => void;
}

export const WORKERS = Math.min(availableParallelism(), MAX_WORKERS);
/** How many large tasks may be under way at once. */
export const LARGE_TASKS_AT_MOST = (WORKERS * LOAD_A_WORKER) / LARGE_LOAD;

export class TaskPool<K extends TaskKind> {
  readonly control = new ControlBlock();
  readonly #threads: SpareThreads;
  readonly #seating: () => Seating<K>;
  readonly #most: number;
  readonly #seats: Seat<K>[] = [];
  #failure: { readonly error: unknown } | null = null;
  #hasEnded = false;
  #onRoom: () => void = () => undefined;

  constructor(threads: SpareThreads, seating: () => Seating<K>, most = WORKERS) {
    this.#threads = threads;
    this.#seating = seating;
    this.#most = most;
  }

  /** Called whenever a task has ended. */
  set onRoom(listener: () => void) {
    this.#onRoom = listener;
  }

  get hasRoom(): boolean {
    return this.#seats.length < this.#most || this.#seats.some(({ load }) => load < LOAD_A_WORKER);
  }

  get hasFailed(): boolean {
    return this.#failure !== null;
  }

  /** `isLarge`: it may take longer than a moment. Rejects with what stopped the run. */
  async run(
    task: K['task'],
    transfer: readonly Transferable[] = [],
    isLarge = false,
  ): Promise<K['outcome']> {
    this.throwIfFailed();
    return this.#give(this.#seat(), task, transfer, isLarge ? LARGE_LOAD : 1);
  }

  /** One thread for several tasks that belong together: what it is given by one of them it keeps for the next. */
  oneThread(): (task: K['task'], transfer?: readonly Transferable[]) => Promise<K['outcome']> {
    this.throwIfFailed();
    const seat = this.#seat();
    return async (task, transfer = []) => {
      this.throwIfFailed();
      return this.#give(seat, task, transfer, LARGE_LOAD);
    };
  }

  /**
   * The same task for each thread that has nothing to do, one each; those that were not needed until now are taken for it. It has no weight: other tasks
   * come behind it as if it were not there, so it must end when one does.
   */
  runOnIdle(task: K['task']): Promise<K['outcome']>[] {
    this.throwIfFailed();
    while (this.#seats.length < this.#most) this.#take();
    const idle = this.#seats.filter(({ tasks }) => tasks.length === 0);
    return idle.map(async (seat) => this.#give(seat, task, [], 0));
  }

  /** The same task for each of the threads there are. Rejects with what stopped the run. */
  async runOnAll(task: K['task']): Promise<void> {
    // A thread that is no more would never answer.
    this.throwIfFailed();
    await Promise.all(this.#seats.map(async (seat) => this.#give(seat, task, [], 1)));
  }

  throwIfFailed(): void {
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

  /** Whatever they are doing. Resolves when nothing is read or written any more but what the system does not let go. */
  async end(): Promise<void> {
    this.#hasEnded = true;
    this.control.stop();
    for (const { worker } of this.#seats) {
      worker.postMessage({ kind: 'end' } satisfies ToThread<K>);
    }
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
  }

  #seat(): Seat<K> {
    const [first, ...others] = this.#seats;
    if (first === undefined) return this.#take();
    const least = others.reduce((best, other) => (other.load < best.load ? other : best), first);
    // A thread is cheaper than a wait, once there is more to do than a moment's work.
    const isBusy = least.load >= LARGE_LOAD;
    return isBusy && this.#seats.length < this.#most ? this.#take() : least;
  }

  async #give(
    seat: Seat<K>,
    task: K['task'],
    transfer: readonly Transferable[],
    load: number,
  ): Promise<K['outcome']> {
    const waiting = { ...Promise.withResolvers<K['outcome']>(), load };
    seat.tasks.push(waiting);
    seat.load += load;
    seat.worker.postMessage({ kind: 'task', task } satisfies ToThread<K>, [...transfer]);
    return waiting.promise;
  }

  #take(): Seat<K> {
    // Nobody would end it: what still comes is of a run that has failed.
    if (this.#hasEnded) throw new HoldfastError('job/cancelled');
    const seating = this.#seating();
    const worker = this.#threads.take();
    const ended = Promise.withResolvers<void>();
    const onMessage = (message: FromThread<K>): void => {
      if (message.kind === 'said') seating.heard(message.said);
      else this.#heard(seat, message);
    };
    const onEnd = (error: unknown): void => {
      this.fail(error instanceof Error ? error : new Error('a worker has ended'));
      ended.resolve();
    };
    const leave = (isStuck: boolean): void => {
      seating.left();
      worker.off('message', onMessage).off('error', onEnd).off('exit', onEnd);
      if (isStuck) this.#threads.abandon(worker);
      else this.#threads.give(worker);
    };
    const seat: Seat<K> = { worker, tasks: [], load: 0, ended, leave };
    worker.on('message', onMessage).on('error', onEnd).on('exit', onEnd);
    worker.postMessage({ kind: 'begin', setUp: seating.setUp } satisfies ToThread<K>, [
      ...seating.transfer,
    ]);
    this.#seats.push(seat);
    return seat;
  }

  #heard(seat: Seat<K>, message: Exclude<FromThread<K>, { readonly kind: 'said' }>): void {
    switch (message.kind) {
      case 'done': {
        const task = seat.tasks.shift();
        seat.load -= task?.load ?? 0;
        task?.resolve(message.outcome);
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
      case 'loaded':
        break;
    }
  }
}
