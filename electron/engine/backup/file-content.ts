/**
 * Reads one file in pieces, cuts it and stores its chunks. Never more than a few chunks are in memory, links are not followed, and what changes on
 * the way is said. Memory: up to `SAVES_AHEAD` chunks of at most 8 MiB.
 */
import { constants, type BigIntStats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { chunks } from '../chunker/rabin-chunker.ts';
import type { Id } from '../format/id.ts';

const PIECE_BYTES = 1024 * 1024;
const MIN_PIECE_BYTES = 16 * 1024;
const SAVES_AHEAD = 2;
/** NONBLOCK: a fifo put in the file's place must not hold the run for ever. Windows knows neither flag. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

export interface FileContent {
  /** Taken from the open file before the first byte was read. */
  readonly stat: BigIntStats;
  readonly content: Id[];
  /** Really read. */
  readonly sizeBytes: number;
  /** Written to while it was read. What is stored is what was read. */
  readonly changed: boolean;
}

export interface ContentSink {
  readonly polynomial: bigint;
  /** Between two chunks: rejects when cancelled, waits while paused. */
  step(): Promise<void>;
  save(chunk: Buffer): Promise<Id>;
}

/** null when it is no regular file any more. Rejects with the operating system's error, or the sink's. */
export async function storeFileContent(
  path: Buffer,
  sink: ContentSink,
): Promise<FileContent | null> {
  const file = await open(path, OPEN_FLAGS);
  try {
    const stat = await file.stat({ bigint: true });
    if (!stat.isFile()) return null;
    let sizeBytes = 0;
    const saves: Promise<Id>[] = [];
    for await (const chunk of chunks(pieces(file, Number(stat.size)), sink.polynomial)) {
      await sink.step();
      sizeBytes += chunk.length;
      const save = sink.save(chunk);
      // A failure is seen when the promise is awaited below; until then it must not count as unhandled.
      save.catch(() => undefined);
      saves.push(save);
      await saves.at(-SAVES_AHEAD);
    }
    const content = await Promise.all(saves);
    const after = await file.stat({ bigint: true });
    const changed =
      after.mtimeNs !== stat.mtimeNs || after.size !== stat.size || BigInt(sizeBytes) !== stat.size;
    return { stat, content, sizeBytes, changed };
  } finally {
    await file.close();
  }
}

async function* pieces(file: FileHandle, expectedBytes: number): AsyncGenerator<Buffer> {
  // One byte more than a small file has, so that its end is seen at once; the size that pseudo files tell means nothing.
  const pieceBytes = Math.min(Math.max(expectedBytes + 1, MIN_PIECE_BYTES), PIECE_BYTES);
  // Used again and again: the chunker copies what it keeps.
  const piece = Buffer.allocUnsafeSlow(pieceBytes);
  for (;;) {
    const { bytesRead } = await file.read(piece, 0, pieceBytes, null);
    if (bytesRead === 0) return;
    yield piece.subarray(0, bytesRead);
  }
}
