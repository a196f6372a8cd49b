/**
 * Numbers that the engine's thread and its workers share, so that a worker in the middle of a large file can be paused and stopped, and its
 * progress seen, without a message to anybody.
 */
const GO = 0;
const PAUSE = 1;
const STOP = 2;
/** Places in `numbers`. */
const STATE = 0;
const FILES = 1;
/** Counts whatever some worker may wait for. */
const NEWS = 2;
const NUMBERS = 3;

export interface SharedControl {
  readonly numbers: Int32Array<SharedArrayBuffer>;
  readonly bytes: BigInt64Array<SharedArrayBuffer>;
}

/** Thrown in a worker that was told to stop. Nobody needs to hear of it. */
export class Stopped extends Error {}

export class ControlBlock {
  readonly shared: SharedControl;

  constructor(shared?: SharedControl) {
    this.shared = shared ?? {
      numbers: new Int32Array(new SharedArrayBuffer(NUMBERS * 4)),
      bytes: new BigInt64Array(new SharedArrayBuffer(8)),
    };
  }

  pause(): void {
    Atomics.compareExchange(this.shared.numbers, STATE, GO, PAUSE);
  }

  resume(): void {
    Atomics.compareExchange(this.shared.numbers, STATE, PAUSE, GO);
    Atomics.notify(this.shared.numbers, STATE);
  }

  /** For good. */
  stop(): void {
    Atomics.store(this.shared.numbers, STATE, STOP);
    Atomics.notify(this.shared.numbers, STATE);
    this.wake();
  }

  /** In a worker, between two steps: waits while paused. @throws Stopped */
  step(): void {
    const { numbers } = this.shared;
    for (;;) {
      const state = Atomics.load(numbers, STATE);
      if (state === GO) return;
      if (state === STOP) throw new Stopped();
      Atomics.wait(numbers, STATE, PAUSE);
    }
  }

  /** What some worker waits for may have happened: a buffer came back, or something changed in memory that is shared. */
  wake(): void {
    Atomics.add(this.shared.numbers, NEWS, 1);
    Atomics.notify(this.shared.numbers, NEWS);
  }

  /** In a worker: tries `take` again after each `wake`, until there is something. @throws Stopped */
  waitFor<T>(take: () => T | null): T {
    const { numbers } = this.shared;
    for (;;) {
      const seen = Atomics.load(numbers, NEWS);
      const taken = take();
      if (taken !== null) return taken;
      if (Atomics.load(numbers, STATE) === STOP) throw new Stopped();
      Atomics.wait(numbers, NEWS, seen);
    }
  }

  count(files: number, bytes: number): void {
    if (files > 0) Atomics.add(this.shared.numbers, FILES, files);
    if (bytes > 0) Atomics.add(this.shared.bytes, 0, BigInt(bytes));
  }

  /** What was counted since the last call. */
  takeCounts(): { readonly files: number; readonly bytes: number } {
    return {
      files: Atomics.exchange(this.shared.numbers, FILES, 0),
      bytes: Number(Atomics.exchange(this.shared.bytes, 0, 0n)),
    };
  }
}
