/**
 * Reads one file, cuts it and stores its chunks, in a worker. Links are not followed, and what changes on the way is said. Memory: that of
 * the chunker.
 */
import { closeSync, constants, fstatSync, openSync, readSync, type BigIntStats } from 'node:fs';
import type { RabinChunker } from '../chunker/rabin-chunker.ts';
import type { Id } from '../format/id.ts';
import type { FileSystemPort } from '../native/file-system-port.ts';

const PIECE_BYTES = 1024 * 1024;
/** NONBLOCK: a fifo put in the file's place must not hold the run for ever. Windows knows neither flag. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

export interface FileContent {
  /** Of the open file before the first byte was read. */
  readonly stat: BigIntStats;
  readonly content: Id[];
  /** Really read. */
  readonly sizeBytes: number;
  /** Written to while it was read. What is stored is what was read. */
  readonly changed: boolean;
}

export interface ContentSink {
  readonly chunker: RabinChunker;
  /** Between two pieces: throws when the run is over, waits while it is paused. */
  step(): void;
  save(chunk: Uint8Array): Id;
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
  const file = openSync(path, OPEN_FLAGS);
  try {
    const stat = fileSystem.isStill(file, entry) ? entry : fstatSync(file, { bigint: true });
    if (!stat.isFile()) return null;
    const { chunker } = sink;
    const content: Id[] = [];
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
        content.push(sink.save(chunk));
      }
      sink.step();
    }
    const rest = chunker.rest();
    if (rest.length > 0) content.push(sink.save(rest));
    sink.whileOpen(file);
    const changed = BigInt(sizeBytes) !== stat.size || wasWritten(file, stat, fileSystem);
    return { stat, content, sizeBytes, changed };
  } finally {
    closeSync(file);
  }
}

function wasWritten(file: number, before: BigIntStats, fileSystem: FileSystemPort): boolean {
  if (fileSystem.isStill(file, before)) return false;
  const after = fstatSync(file, { bigint: true });
  return after.mtimeNs !== before.mtimeNs || after.size !== before.size;
}
