import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../format/id.ts';
import { randomBytesFor } from '../testing/file-tree.ts';
import { ControlBlock } from '../workers/control-block.ts';
import { ChunkSlots, newChunkSlots } from './chunk-slots.ts';

const MIB = 1024 * 1024;
const chunk = (name: string, bytes: number): Buffer => randomBytesFor(name, bytes);

/** As two threads see them. */
function bothSides() {
  const control = new ControlBlock();
  const mine = new ChunkSlots(control, newChunkSlots(2));
  return { mine, theirs: new ChunkSlots(control, mine.shared) };
}

function offered(slots: ChunkSlots, bytes: Uint8Array): number {
  const slot = slots.offer(bytes);
  if (slot === null) throw new Error('no room');
  return slot;
}

describe('a chunk that is offered', () => {
  it('is not taken in while nobody helps', () => {
    const { mine, theirs } = bothSides();
    expect(mine.offer(chunk('a', MIB))).toBeNull();
    theirs.enter();
    expect(mine.offer(chunk('a', MIB))).not.toBeNull();
    theirs.leave();
    expect(mine.offer(chunk('b', MIB))).toBeNull();
  });

  it('is one that another thread has, byte for byte, and comes back as its id', () => {
    const { mine, theirs } = bothSides();
    theirs.enter();
    const bytes = chunk('a', 1_234_567);
    const slot = offered(mine, bytes);
    expect(theirs.take()).toBe(slot);
    expect(mine.collect(slot)).toBeNull();
    const seen = theirs.chunkIn(slot);
    expect(Buffer.from(seen).equals(bytes)).toBe(true);
    theirs.done(slot, sha256Hex(seen));
    expect(mine.collect(slot)).toBe(sha256Hex(bytes));
    expect(mine.isEmpty).toBe(true);
  });

  it('belongs to one thread alone, be it who offered it', () => {
    const { mine, theirs } = bothSides();
    theirs.enter();
    const [one, other] = [offered(mine, chunk('a', MIB)), offered(mine, chunk('b', MIB))];
    expect(theirs.take()).toBe(one);
    expect(mine.takeBack(one)).toBeNull();
    expect(Buffer.from(mine.takeBack(other) ?? []).equals(chunk('b', MIB))).toBe(true);
    expect(theirs.take()).toBeNull();
    expect(mine.takeBack(other)).toBeNull();
  });
});

describe('the room for chunks', () => {
  it('has an end, and is there again when they are collected', () => {
    const { mine, theirs } = bothSides();
    theirs.enter();
    for (let round = 0; round < 20; round += 1) {
      const slots: number[] = [];
      const lengths = [512 * 1024, MIB + round, 3 * MIB - round, 700_000 + round, 3 * MIB];
      for (const bytes of lengths) slots.push(mine.offer(Buffer.alloc(bytes, slots.length)) ?? -1);
      // 8 MiB for two threads.
      expect(slots.slice(0, 4)).not.toContain(-1);
      expect(slots[4]).toBe(-1);
      const order = round % 2 === 0 ? [0, 1, 2, 3] : [2, 0, 3, 1];
      for (const at of order) {
        const slot = slots[at] ?? -1;
        const bytes = mine.takeBack(slot);
        expect(bytes).toHaveLength(lengths[at] ?? 0);
        expect([bytes?.at(0), bytes?.at(-1)]).toEqual([at, at]);
        mine.done(slot, sha256Hex(Buffer.of(at)));
        expect(mine.collect(slot)).toBe(sha256Hex(Buffer.of(at)));
      }
      expect(mine.isEmpty).toBe(true);
    }
  });

  it('is enough for the longest chunk, and for none that is longer', () => {
    const { mine, theirs } = bothSides();
    theirs.enter();
    expect(mine.offer(Buffer.alloc(8 * MIB + 1))).toBeNull();
    const slot = offered(mine, Buffer.alloc(8 * MIB, 7));
    expect(mine.offer(Buffer.alloc(1))).toBeNull();
    expect(theirs.take()).toBe(slot);
    theirs.done(slot, sha256Hex(Buffer.alloc(0)));
    expect(mine.collect(slot)).not.toBeNull();
    expect(mine.isEmpty).toBe(true);
  });

  it('is shared by several that cut', () => {
    const { mine, theirs } = bothSides();
    theirs.enter();
    const slots = [mine, theirs, mine, theirs].map((side) => offered(side, Buffer.alloc(2 * MIB)));
    expect(new Set(slots).size).toBe(4);
    expect(mine.offer(Buffer.alloc(1))).toBeNull();
  });
});

it('calls for help are told apart', () => {
  const { mine, theirs } = bothSides();
  const { call } = theirs;
  mine.callOff();
  expect(theirs.call).not.toBe(call);
});
