/**
 * What becomes of the chunks of a file, in their order: made into blobs by the thread that reads it, or, where other threads have nothing to do, by
 * all of them. Neither waits for the other but at the end of the file: where nobody is free, who reads does it himself.
 */
import type { Id } from '../format/id.ts';
import type { ControlBlock } from '../workers/control-block.ts';
import type { ChunkSlots } from './chunk-slots.ts';

/** Makes a blob of a chunk and stores it, unless the repository has it. @throws Stopped */
export type SaveChunk = (chunk: Uint8Array) => Id;

/** One a thread that reads, for one file after the other. */
export class ContentChunks {
  readonly #slots: ChunkSlots;
  readonly #control: ControlBlock;
  readonly #save: SaveChunk;
  #ids: Id[] = [];
  /** Chunks that others may have; `at` is the place of their id. */
  #away: { readonly slot: number; readonly at: number }[] = [];
  #sizeBytes = 0;

  constructor(slots: ChunkSlots, control: ControlBlock, save: SaveChunk) {
    this.#slots = slots;
    this.#control = control;
    this.#save = save;
  }

  /** Of the chunks of this file so far. They are counted as done when they come. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** For another file; the one before was finished, or failed before it had any chunk. */
  begin(): void {
    this.#ids = [];
    this.#sizeBytes = 0;
  }

  /** Need not stand any longer when this returns. @throws Stopped */
  add(chunk: Uint8Array): void {
    this.#collect();
    const slot = this.#slots.offer(chunk);
    if (slot === null) {
      this.#ids.push(this.#save(chunk));
    } else {
      this.#away.push({ slot, at: this.#ids.length });
      this.#ids.push('');
    }
    this.#count(chunk);
  }

  /**
   * Waits until all are blobs; also what was read of a file that cannot be read any further. Returns their ids, in the order of the file.
   * @param last perhaps empty. Most files are this one chunk: nobody else is asked.
   * @throws Stopped
   */
  finish(last: Uint8Array): readonly Id[] {
    if (last.length > 0) {
      this.#ids.push(this.#save(last));
      this.#count(last);
    }
    for (const { slot } of this.#away) {
      const chunk = this.#slots.takeBack(slot);
      if (chunk !== null) this.#slots.done(slot, this.#save(chunk));
    }
    return this.#control.waitFor(() => {
      this.#collect();
      return this.#away.length === 0 ? this.#ids : null;
    });
  }

  #collect(): void {
    if (this.#away.length === 0) return;
    this.#away = this.#away.filter(({ slot, at }) => {
      const id = this.#slots.collect(slot);
      if (id !== null) this.#ids[at] = id;
      return id === null;
    });
  }

  #count({ length }: Uint8Array): void {
    this.#sizeBytes += length;
    this.#control.count(0, length);
  }
}

/** A thread without a task makes blobs of whatever chunk waits, until the call is off: something else is to be done, or no large file is left. @throws Stopped */
export function helpWithChunks(
  slots: ChunkSlots,
  control: ControlBlock,
  call: number,
  save: SaveChunk,
): void {
  slots.enter();
  try {
    for (;;) {
      control.step();
      const slot = control.waitFor(() => (slots.call === call ? slots.take() : 'called off'));
      if (slot === 'called off') return;
      slots.done(slot, save(slots.chunkIn(slot)));
    }
  } finally {
    slots.leave();
  }
}
