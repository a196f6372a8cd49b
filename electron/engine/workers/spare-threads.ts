/**
 * Threads that have done their work wait a while for more: starting one costs a good part of a second where much is loaded. None is ended while it
 * loads, nor does the process end then: a native module that is cut off in the middle of that takes the whole process with it.
 */
import { Worker } from 'node:worker_threads';

const KEPT_MS = 20_000;
/**
 * What they make lives shortly; by default each thread would take several times as much before it looks what can go. With half of this a fifth of the time
 * of 200,000 small files is spent on looking.
 */
const YOUNG_MIB = 16;
const FIRST_YEAR = 1970;
const LAST_YEAR = 2037;
const MONTHS = [0, 3, 6, 9];

export class SpareThreads {
  readonly #file: URL;
  readonly #spare = new Map<Worker, NodeJS.Timeout>();
  /** Those that have not said anything yet. The first that a thread says is that all is loaded. */
  readonly #loading = new Map<Worker, Promise<void>>();
  /** A thread keeps the time zone that it began with. */
  #zone = '';

  constructor(file: URL) {
    this.#file = file;
  }

  /** Runs nothing, and is heard by nobody yet. */
  take(): Worker {
    this.#keepZone();
    return this.#takeAny();
  }

  #keepZone(): void {
    const zone = localTimes();
    if (this.#zone !== zone) this.#dropAll();
    this.#zone = zone;
  }

  #takeAny(): Worker {
    for (const [worker, timer] of this.#spare) {
      clearTimeout(timer);
      this.#forget(worker);
      worker.ref();
      return worker;
    }
    const worker = new Worker(this.#file, {
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
    });
    this.#load(worker);
    return worker;
  }

  /** Starts threads that will be taken in a moment: loading what they need goes on beside whatever comes first. */
  prepare(count: number): void {
    this.#keepZone();
    const taken = Array.from({ length: count }, () => this.#takeAny());
    for (const worker of taken) this.give(worker);
  }

  /** One that has ended may be given, too. */
  give(worker: Worker): void {
    if (worker.threadId < 0) return;
    // Neither keeps the process.
    if (!this.#loading.has(worker)) worker.unref();
    const timer = setTimeout(() => {
      this.#forget(worker);
      void this.#end(worker);
    }, KEPT_MS);
    timer.unref();
    worker.on('exit', this.#onExit).on('error', this.#onExit);
    this.#spare.set(worker, timer);
  }

  /** It does not answer: it ends when the system lets it, and nobody waits. */
  abandon(worker: Worker): void {
    worker.on('error', () => undefined);
    void this.#end(worker);
  }

  #load(worker: Worker): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    const onLoaded = (): void => {
      worker.off('message', onLoaded).off('exit', onLoaded);
      this.#loading.delete(worker);
      if (this.#spare.has(worker)) worker.unref();
      resolve();
    };
    worker.on('message', onLoaded).on('exit', onLoaded);
    this.#loading.set(worker, promise);
  }

  async #end(worker: Worker): Promise<void> {
    await this.#loading.get(worker);
    worker.unref();
    await worker.terminate();
  }

  #dropAll(): void {
    for (const [worker, timer] of this.#spare) {
      clearTimeout(timer);
      this.#forget(worker);
      void this.#end(worker);
    }
  }

  #forget(worker: Worker): void {
    this.#spare.delete(worker);
    worker.off('exit', this.#onExit).off('error', this.#onExit);
  }

  readonly #onExit = (): void => {
    for (const [worker, timer] of this.#spare) {
      if (worker.threadId >= 0) continue;
      clearTimeout(timer);
      this.#forget(worker);
    }
  };
}

/** Differs where local times do. The name of the zone would take 15 ms to find out. */
function localTimes(): string {
  const offsets: number[] = [];
  for (let year = FIRST_YEAR; year <= LAST_YEAR; year++) {
    for (const month of MONTHS) offsets.push(new Date(year, month).getTimezoneOffset());
  }
  return offsets.join();
}
