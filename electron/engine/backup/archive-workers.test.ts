/** One large file, and several threads that make blobs of it. */
import {
  appendFileSync,
  lstatSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noExclusionOptions } from '../../../shared/model/exclusion-options.ts';
import { RabinChunker } from '../chunker/rabin-chunker.ts';
import { idOf, numbersOf } from '../format/blob-table.ts';
import { sha256Hex, type Id } from '../format/id.ts';
import { BlobClaims } from '../repository/blob-claims.ts';
import { createTestRepository } from '../testing/engine-means.ts';
import { randomBytesFor } from '../testing/file-tree.ts';
import { MemoryBackend } from '../testing/memory-backend.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import type { BlobBatch } from '../workers/blob-batch.ts';
import { ArchiveWorkers } from './archive-workers.ts';
import { LinkIdentities } from './link-identity.ts';
import type { TaskOutcome, TaskReport } from './worker-messages.ts';

const MIB = 1024 * 1024;
const BYTES = 96 * MIB;
const TURNS = 500;
/** What one thread alone gets through before a buffer comes back: two of 4 MiB, and what is handed over to three threads at most. */
const ALONE_BYTES = 8 * MIB + 12 * MIB;

let path: string;
const ends: (() => Promise<void>)[] = [];
const threads: Worker[] = [];
const onThread = (worker: Worker): void => void threads.push(worker);
process.on('worker', onThread);
afterAll(() => process.off('worker', onThread));

beforeEach(() => {
  path = join(temporaryFolder(), 'film');
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** Noise, text that repeats itself, zeros, and the first part again. */
function content(): Buffer {
  const noise = randomBytesFor('film', 24 * MIB);
  const text = Buffer.alloc(24 * MIB);
  for (let at = 0; at < text.length; at += 64) text.write(`line ${at >>> 9} of a long list`, at);
  return Buffer.concat([noise, text, Buffer.alloc(24 * MIB), noise]);
}

function noise(): void {
  writeFileSync(path, randomBytesFor('film', BYTES));
}

/** `stored` is told before each batch is taken how many bytes the earlier ones had. */
async function startWorkers(most: number, stored: (bytes: number) => unknown = () => undefined) {
  const repository = await createTestRepository(new MemoryBackend());
  const { masterKey, config } = repository.core;
  const ids: Id[] = [];
  const helped: TaskReport[] = [];
  let [bytes, storedBytes] = [0, 0];
  const workers = new ArchiveWorkers(
    {
      masterKey,
      version: config.version,
      polynomial: config.chunkerPolynomial,
      known: repository.shareIndex(),
      claims: new BlobClaims(undefined, 4096, 1024).shared,
      links: new LinkIdentities().shared,
      exclusions: {
        patterns: [],
        options: noExclusionOptions,
        places: [],
        devices: [],
        home: '/nowhere',
      },
      asksBeforeReading: false,
    },
    {
      blobs: async ({ blobs }: BlobBatch) => {
        await stored(storedBytes);
        for (let blob = 0; blob < blobs.count; blob += 1) {
          ids.push(idOf(blobs, blob));
          storedBytes += numbersOf(blobs, blob).length;
        }
      },
      current: () => undefined,
      helped: (report) => helped.push(report),
    },
    most,
  );
  ends.push(async () => workers.end());
  /** Has been read by now. */
  const bytesRead = (): number => (bytes += workers.control.takeCounts().bytes);
  const read = (): Promise<TaskOutcome> => {
    const sizeBytes = lstatSync(path).size;
    return workers.run({ kind: 'entry', name: 'film', path, previous: null, sizeBytes });
  };
  return { workers, read, ids, helped, bytesRead, polynomial: config.chunkerPolynomial };
}

type Started = Awaited<ReturnType<typeof startWorkers>>;

/** Storing waits for the moment when others help: more was read than one thread has room for. `then` is called at that moment, once. */
async function startHelped(
  then: (started: Started, storedBytes: number) => unknown = () => undefined,
): Promise<Started> {
  let isHelped = false;
  const started: Started = await startWorkers(3, async (storedBytes) => {
    // Not for ever: who reads may have filled its buffers before others could offer help.
    for (let turn = 0; turn < TURNS && !isHelped; turn += 1) {
      isHelped = started.bytesRead() - storedBytes > ALONE_BYTES;
      if (isHelped) await then(started, storedBytes);
      else await setTimeout(1);
    }
  });
  return started;
}

function idsOf(polynomial: bigint, bytes: Buffer): Id[] {
  const chunker = new RabinChunker(polynomial);
  const ids: Id[] = [];
  for (let at = 0; at < bytes.length;) {
    const room = chunker.room();
    const length = Math.min(room.length, bytes.length - at);
    room.set(bytes.subarray(at, at + length));
    at += length;
    chunker.filled(length);
    for (let chunk = chunker.take(); chunk !== null; chunk = chunker.take())
      ids.push(sha256Hex(chunk));
  }
  const rest = chunker.rest();
  return rest.length === 0 ? ids : [...ids, sha256Hex(rest)];
}

function nodeOf({ result }: TaskOutcome): { readonly size: number; readonly content: Id[] } {
  if (result.kind !== 'node' || result.node === null) throw new Error('no node');
  return JSON.parse(result.node) as { size: number; content: Id[] };
}

/** Sorted; each blob once. */
function distinct(ids: readonly Id[]): Id[] {
  return [...new Set(ids)].toSorted();
}

describe('a large file', () => {
  it.each([1, 3])(
    'has the blobs that its content says, each stored once, by %i threads',
    async (most) => {
      const bytes = content();
      writeFileSync(path, bytes);
      const { workers, read, ids, helped, polynomial } = await startWorkers(most);
      const outcome = await read();
      await workers.flush();
      const expected = idsOf(polynomial, bytes);
      expect(nodeOf(outcome)).toMatchObject({ size: bytes.length, content: expected });
      expect(ids.toSorted()).toEqual(distinct(expected));
      const dataBlobs = [outcome.report, ...helped].map((report) => report.dataBlobs);
      expect(dataBlobs.reduce((sum, count) => sum + count, 0)).toBe(ids.length);
      expect(outcome.report).toMatchObject({ bytesProcessed: bytes.length, warnings: [] });
    },
  );

  it('is worked on by threads that have nothing else to do', async () => {
    noise();
    const { workers, read, ids, helped, polynomial } = await startHelped();
    const outcome = await read();
    await workers.flush();
    expect(nodeOf(outcome).content).toEqual(idsOf(polynomial, randomBytesFor('film', BYTES)));
    expect(outcome.report.dataBlobs).toBeLessThan(ids.length);
    expect(helped.some(({ dataBlobs }) => dataBlobs > 0)).toBe(true);
  });

  it('waits for the storage, however many threads there are', async () => {
    noise();
    const [begun, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let storedBytes = 0;
    const { workers, read, bytesRead } = await startHelped(async (_, stored) => {
      storedBytes = stored;
      begun.resolve();
      await held.promise;
    });
    const reading = read();
    await begun.promise;
    // Buffers of three threads, what waits, and a chunk that each has in hand.
    expect(bytesRead() - storedBytes).toBeLessThanOrEqual(3 * (8 + 4 + 8) * MIB);
    held.resolve();
    expect(nodeOf(await reading).size).toBe(BYTES);
    await workers.flush();
  });

  it('does not keep those that help from another task', async () => {
    noise();
    const order: string[] = [];
    let other: Promise<unknown> = Promise.resolve();
    const { workers, read } = await startHelped((started) => {
      other = started.workers
        .run({ kind: 'count', path: join(path, '..') })
        .then(() => order.push('other'));
    });
    await read().then(() => order.push('large'));
    await other;
    expect(order).toEqual(['other', 'large']);
    await workers.flush();
  });
});

describe('a large file that several threads work on', () => {
  beforeEach(() => {
    noise();
    // Of long ago: a clock that is coarse must not hide the change.
    utimesSync(path, 1, 1);
  });

  it.each([
    ['grows', () => appendFileSync(path, 'more'), BYTES],
    ['shrinks', () => truncateSync(path, BYTES - 1000), BYTES - 1000],
  ] as const)('and that %s, is said to have changed', async (_name, happen, size) => {
    const { workers, read, ids, polynomial } = await startHelped(happen);
    const outcome = await read();
    await workers.flush();
    const node = nodeOf(outcome);
    expect(outcome.report.warnings).toEqual([
      { path, reason: 'changed-while-reading', detail: null },
    ]);
    expect(node.size).toBe(size);
    expect(node.content).toEqual(
      idsOf(polynomial, randomBytesFor('film', BYTES).subarray(0, size)),
    );
    expect(distinct(ids)).toEqual(distinct(node.content));
  });

  it('and that is deleted, is stored whole: it was there', async () => {
    const { workers, read, polynomial } = await startHelped(() => rmSync(path));
    const outcome = await read();
    await workers.flush();
    expect(nodeOf(outcome).content).toEqual(idsOf(polynomial, randomBytesFor('film', BYTES)));
    expect(outcome.report.warnings).toEqual([]);
  });

  it('stops when the run does, also while it is paused', async () => {
    const stop = new Error('enough');
    const { workers, read } = await startHelped((started) => {
      started.workers.control.pause();
      started.workers.fail(stop);
    });
    await expect(read()).rejects.toBe(stop);
    await expect(workers.flush()).rejects.toBe(stop);
    await workers.end();
  });

  it('goes on after a pause', async () => {
    const { workers, read } = await startHelped((started) => {
      started.workers.control.pause();
      setImmediate(() => started.workers.control.resume());
    });
    expect(nodeOf(await read()).size).toBe(BYTES);
    await workers.flush();
  });

  it.each([0, 1, 2])('ends the run when thread %i of them dies', async (thread) => {
    // Threads that have served other runs wait to be used again: these are to be known.
    const known = threads.splice(0);
    await Promise.all(known.map(async (worker) => worker.terminate()));
    const { workers, read } = await startHelped(async () => threads[thread]?.terminate());
    await expect(read()).rejects.toThrow('a worker has ended');
    expect(threads).toHaveLength(3);
    await expect(workers.flush()).rejects.toThrow('a worker has ended');
  });
});
