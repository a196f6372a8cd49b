/**
 * Reads one file and cuts it, in a worker; `ContentChunks` makes blobs of it. Links are not followed, and what changes on the way is said. Memory:
 * that of the chunker.
 */
import { closeSync, constants, fstatSync, openSync, readSync, type BigIntStats } from 'node:fs';
import type { RabinChunker } from '../chunker/rabin-chunker.ts';
import type { Id } from '../format/id.ts';
import type { FileSystemPort } from '../native/file-system-port.ts';
import type { ContentChunks } from './content-chunks.ts';
import { reaching } from '../native/long-paths.ts';

const PIECE_BYTES = 1024 * 1024;
const NOTHING = new Uint8Array(0);
/** NONBLOCK: a fifo put in the file's place must not hold the run for ever. Windows knows neither flag. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

export interface FileContent {
  /** Of the open file before the first byte was read. */
  readonly stat: BigIntStats;
  readonly content: readonly Id[];
  /** Really read. */
  readonly sizeBytes: number;
  /** Written to while it was read. What is stored is what was read. */
  readonly changed: boolean;
}

export interface ContentSink {
  readonly chunker: RabinChunker;
  readonly chunks: Pick<ContentChunks, 'begin' | 'add' | 'finish'>;
  /** Between two pieces: throws when the run is over, waits while it is paused. */
  step(): void;
  /** When all is read. */
  whileOpen(file: number): void;
}

/**
 * null when it is no regular file any more. Throws the operating system's error, or the sink's.
 * @param entry what was there a moment ago
 */
export function storeFileContent(
  path: Buffer,
  entry: BigIntStats,
  fileSystem: FileSystemPort,
  sink: ContentSink,
): FileContent | null {
  sink.chunks.begin();
  const file = reaching(path, (at) => openSync(at, OPEN_FLAGS));
  try {
    const stat = fileSystem.isStill(file, entry) ? entry : fstatSync(file, { bigint: true });
    if (!stat.isFile()) return null;
    const { chunker, chunks } = sink;
    let sizeBytes = 0;
    chunker.reset();
    // Whether it has grown is seen below. The size that pseudo files tell means nothing.
    while (sizeBytes === 0 || BigInt(sizeBytes) !== stat.size) {
      const room = chunker.room();
      const bytesRead = readSync(file, room, 0, Math.min(room.length, PIECE_BYTES), null);
      if (bytesRead === 0) break;
      sizeBytes += bytesRead;
      chunker.filled(bytesRead);
      for (let chunk = chunker.take(); chunk !== null; chunk = chunker.take()) {
        chunks.add(chunk);
      }
      sink.step();
    }
    const content = chunks.finish(chunker.rest());
    sink.whileOpen(file);
    const changed = BigInt(sizeBytes) !== stat.size || wasWritten(file, stat, fileSystem);
    return { stat, content, sizeBytes, changed };
  } catch (error) {
    // Nobody may be at work for this file when the next one begins.
    sink.chunks.finish(NOTHING);
    throw error;
  } finally {
    closeSync(file);
  }
}

function wasWritten(file: number, before: BigIntStats, fileSystem: FileSystemPort): boolean {
  if (fileSystem.isStill(file, before)) return false;
  const after = fstatSync(file, { bigint: true });
  return after.mtimeNs !== before.mtimeNs || after.size !== before.size;
}
