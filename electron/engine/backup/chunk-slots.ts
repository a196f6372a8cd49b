/**
 * Chunks of large files that wait, in memory that all threads of a run share, for whichever of them has nothing else to do. The thread that has read
 * a chunk copies it here, so that no byte is read twice and an id is that of the bytes that are sealed, whatever becomes of the file. Without
 * locks: whoever takes a slot from one state to the next has it for himself. Memory: 4 MiB a thread, taken as it is used.
 */
import { ID_BYTES } from '../format/blob-table.ts';
import type { Id } from '../format/id.ts';
import type { ControlBlock } from '../workers/control-block.ts';

/** Two chunks and a half on average: one that is worked at, and those that wait. */
const ROOM_A_THREAD_BYTES = 4 * 1024 * 1024;
/** A chunk takes as many as it needs, side by side; they are the bits of one number. The number of its first one is its slot. */
const BLOCKS = 32;

/** States of a slot, one after the other. */
const FREE = 0;
const WAITING = 1;
const TAKEN = 2;
const DONE = 3;

/** Places in `numbers`. */
const HELPERS = 0;
const CALL = 1;
const USED = 2;
const STATES = 3;
const LENGTHS = STATES + BLOCKS;
const NUMBERS = LENGTHS + BLOCKS;

export interface SharedChunkSlots {
  /** How many threads help, which call for help is in force, which blocks are in use; then states and lengths of the slots. */
  readonly numbers: Int32Array<SharedArrayBuffer>;
  /** 32 bytes a slot: the id of the chunk, once it is known. */
  readonly ids: Uint8Array<SharedArrayBuffer>;
  readonly bytes: Uint8Array<SharedArrayBuffer>;
}

/** All of them free, for so many threads. */
export function newChunkSlots(threads: number): SharedChunkSlots {
  return {
    numbers: new Int32Array(new SharedArrayBuffer(NUMBERS * Int32Array.BYTES_PER_ELEMENT)),
    ids: new Uint8Array(new SharedArrayBuffer(BLOCKS * ID_BYTES)),
    bytes: new Uint8Array(new SharedArrayBuffer(threads * ROOM_A_THREAD_BYTES)),
  };
}

export class ChunkSlots {
  readonly shared: SharedChunkSlots;
  readonly #control: ControlBlock;
  readonly #numbers: Int32Array;
  readonly #ids: Buffer;
  readonly #bytes: Uint8Array;
  readonly #blockBytes: number;

  /** Who waits for something of it is woken by `control`. */
  constructor(control: ControlBlock, shared: SharedChunkSlots) {
    const { numbers, ids, bytes } = shared;
    this.shared = shared;
    this.#control = control;
    this.#numbers = numbers;
    this.#ids = Buffer.from(ids.buffer);
    this.#bytes = bytes;
    this.#blockBytes = bytes.length / BLOCKS;
  }

  /** Threads that help. */
  get helpers(): number {
    return Atomics.load(this.#numbers, HELPERS);
  }

  /** Whether nobody's chunk is here. */
  get isEmpty(): boolean {
    return Atomics.load(this.#numbers, USED) === 0;
  }

  // For the thread that leads.

  /** The number of the call for help that is in force. */
  get call(): number {
    return Atomics.load(this.#numbers, CALL);
  }

  /** Who helps ends that as soon as its chunk is done. */
  callOff(): void {
    Atomics.add(this.#numbers, CALL, 1);
    this.#control.wake();
  }

  // For a thread that reads and cuts.

  /** A copy waits in this slot now. null when nobody helps, or there is no room. */
  offer(chunk: Uint8Array): number | null {
    if (this.helpers === 0) return null;
    const slot = this.#occupy(Math.ceil(chunk.length / this.#blockBytes));
    if (slot === null) return null;
    this.#bytes.set(chunk, slot * this.#blockBytes);
    Atomics.store(this.#numbers, LENGTHS + slot, chunk.length);
    this.#move(slot, WAITING);
    return slot;
  }

  /** The chunk of a slot that was filled, when nobody has taken it: then `done` must follow. */
  takeBack(slot: number): Uint8Array | null {
    return this.#takeIfWaiting(slot) ? this.chunkIn(slot) : null;
  }

  /** null while its chunk is not done; afterwards the slot is free. */
  collect(slot: number): Id | null {
    if (Atomics.load(this.#numbers, STATES + slot) !== DONE) return null;
    const id = this.#ids.toString('hex', slot * ID_BYTES, (slot + 1) * ID_BYTES);
    const blocks = Math.ceil(this.chunkIn(slot).length / this.#blockBytes);
    Atomics.store(this.#numbers, STATES + slot, FREE);
    Atomics.and(this.#numbers, USED, ~bitsOf(slot, blocks));
    return id;
  }

  // For a thread that helps.

  /** From now on others count on this thread, until it leaves. */
  enter(): void {
    Atomics.add(this.#numbers, HELPERS, 1);
  }

  leave(): void {
    Atomics.sub(this.#numbers, HELPERS, 1);
  }

  /** A slot whose chunk waited; `done` must follow. null when there is none. */
  take(): number | null {
    for (let slot = 0; slot < BLOCKS; slot += 1) if (this.#takeIfWaiting(slot)) return slot;
    return null;
  }

  /** Stands until `done` is called. */
  chunkIn(slot: number): Uint8Array {
    const start = slot * this.#blockBytes;
    return this.#bytes.subarray(start, start + Atomics.load(this.#numbers, LENGTHS + slot));
  }

  done(slot: number, id: Id): void {
    this.#ids.write(id, slot * ID_BYTES, 'hex');
    this.#move(slot, DONE);
  }

  /** So many blocks side by side, or null. */
  #occupy(blocks: number): number | null {
    let used = Atomics.load(this.#numbers, USED);
    for (let slot = 0; slot + blocks <= BLOCKS;) {
      const bits = bitsOf(slot, blocks);
      if ((used & bits) !== 0) {
        slot += 1;
        continue;
      }
      const found = Atomics.compareExchange(this.#numbers, USED, used, used | bits);
      if (found === used) return slot;
      // Another thread was quicker: it may have taken these, and others may have become free.
      used = found;
      slot = 0;
    }
    return null;
  }

  #takeIfWaiting(slot: number): boolean {
    return Atomics.compareExchange(this.#numbers, STATES + slot, WAITING, TAKEN) === WAITING;
  }

  #move(slot: number, to: number): void {
    Atomics.store(this.#numbers, STATES + slot, to);
    this.#control.wake();
  }
}

/** One for each block from `slot` on. */
function bitsOf(slot: number, blocks: number): number {
  return blocks === BLOCKS ? -1 : ((1 << blocks) - 1) << slot;
}
