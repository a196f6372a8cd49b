import { describe, expect, it, vi } from 'vitest';
import { sha256Hex, type Id } from '../format/id.ts';
import { ChunkHelpers } from '../testing/chunk-helpers.ts';
import { randomBytesFor } from '../testing/file-tree.ts';
import { Stopped } from '../workers/control-block.ts';

const NOTHING = new Uint8Array(0);

/** Of the lengths that chunks have. */
function chunksOf(seed: string, count: number): Buffer[] {
  return Array.from({ length: count }, (_, at) => {
    return randomBytesFor(`${seed} ${at}`, 512 * 1024 + ((at * 7919 * 997) % 1_500_000));
  });
}

describe('the chunks of a file', () => {
  it('are made blobs by the thread that reads it, where nobody helps', () => {
    const saved: number[] = [];
    const content = new ChunkHelpers().chunks((chunk) => {
      saved.push(chunk.length);
      return sha256Hex(chunk);
    });
    const chunks = chunksOf('a', 4);
    content.begin();
    for (const chunk of chunks) content.add(chunk);
    expect(content.finish(Buffer.from('end'))).toEqual(
      [...chunks, Buffer.from('end')].map((chunk) => sha256Hex(chunk)),
    );
    expect(saved).toEqual([...chunks.map(({ length }) => length), 3]);
  });

  it('keep their order, whatever the order is in which others are done', () => {
    const helpers = new ChunkHelpers();
    const { slots, control } = helpers;
    slots.enter();
    const content = helpers.chunks();
    const chunks = chunksOf('b', 12);
    const waiting: number[] = [];
    content.begin();
    for (const [at, chunk] of chunks.entries()) {
      content.add(chunk);
      const slot = slots.take();
      if (slot !== null) waiting.push(slot);
      // The last that was taken is the first that is done.
      if (at % 3 !== 2) continue;
      for (const done of waiting.toReversed()) slots.done(done, sha256Hex(slots.chunkIn(done)));
      waiting.length = 0;
    }
    expect(content.finish(NOTHING)).toEqual(chunks.map((chunk) => sha256Hex(chunk)));
    expect(slots.isEmpty).toBe(true);
    const bytes = chunks.reduce((sum, { length }) => sum + length, 0);
    expect(content.sizeBytes).toBe(bytes);
    expect(control.takeCounts().bytes).toBe(bytes);
  });

  it('are taken back at the end where nobody has begun with them', () => {
    const helpers = new ChunkHelpers();
    helpers.slots.enter();
    const content = helpers.chunks();
    const chunks = chunksOf('c', 30);
    content.begin();
    for (const chunk of chunks) content.add(chunk);
    helpers.slots.leave();
    expect(content.finish(NOTHING)).toEqual(chunks.map((chunk) => sha256Hex(chunk)));
    expect(helpers.isIdle).toBe(true);
  });

  it('are not handed over where there is but one', () => {
    const helpers = new ChunkHelpers();
    helpers.slots.enter();
    const content = helpers.chunks();
    content.begin();
    const [only = NOTHING] = chunksOf('d', 1);
    expect(content.finish(only)).toEqual([sha256Hex(only)]);
    content.begin();
    expect(content.finish(NOTHING)).toEqual([]);
  });
});

describe('threads that help', () => {
  it('do so for several files and readers at a time', async () => {
    const helpers = new ChunkHelpers();
    await helpers.start(2);
    const readers = ['e', 'f'].map((seed) => {
      let waits = true;
      const save = (chunk: Uint8Array): Id => {
        // Not before somebody has helped, so that somebody does.
        if (waits) helpers.control.waitFor(() => (helpers.helped > 0 ? true : null));
        waits = false;
        return sha256Hex(chunk);
      };
      return { chunks: chunksOf(seed, 40), content: helpers.chunks(save) };
    });
    for (const { content } of readers) content.begin();
    for (let at = 0; at < 40; at += 1) {
      for (const { chunks, content } of readers) content.add(chunks[at] ?? NOTHING);
    }
    for (const { chunks, content } of readers) {
      expect(content.finish(NOTHING)).toEqual(chunks.map((chunk) => sha256Hex(chunk)));
    }
    expect(helpers.helped).toBeGreaterThan(0);
    expect(helpers.isIdle).toBe(true);
  });

  it('leave when they are called off, and what waits is left to who reads', async () => {
    const helpers = new ChunkHelpers();
    await helpers.start(2);
    helpers.slots.callOff();
    expect(await helpers.ended()).toEqual(['called off', 'called off']);
    expect(helpers.slots.helpers).toBe(0);
    const content = helpers.chunks();
    content.begin();
    for (const chunk of chunksOf('g', 3)) content.add(chunk);
    expect(content.finish(NOTHING)).toHaveLength(3);
    expect(helpers.helped).toBe(0);
  });

  it('go on after a pause', async () => {
    const helpers = new ChunkHelpers();
    helpers.control.pause();
    await helpers.start(1);
    const content = helpers.chunks();
    const chunks = chunksOf('h', 3);
    content.begin();
    for (const chunk of chunks) content.add(chunk);
    helpers.control.resume();
    await vi.waitUntil(() => helpers.helped > 0);
    expect(content.finish(NOTHING)).toEqual(chunks.map((chunk) => sha256Hex(chunk)));
  });

  it('end when the run is over, and so does who waits for them', async () => {
    const helpers = new ChunkHelpers();
    await helpers.start(2);
    helpers.control.stop();
    expect(await helpers.ended()).toEqual(['stopped', 'stopped']);
    // One that had taken a chunk is gone for good.
    helpers.slots.enter();
    const content = helpers.chunks();
    content.begin();
    content.add(randomBytesFor('i', 1_000_000));
    expect(helpers.slots.take()).not.toBeNull();
    expect(() => content.finish(NOTHING)).toThrow(Stopped);
  });
});
