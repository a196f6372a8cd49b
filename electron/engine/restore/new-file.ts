/**
 * A file on its way to its name: written under a temporary one beside it, hidden and for its owner alone, until it is complete. Long runs of
 * zeros are not written, so that a file with holes comes back with them.
 */
import {
  closeSync,
  constants,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { joinPath, parentPath } from '../native/path-bytes.ts';
import { systemCode } from '../native/system-failure.ts';
import { temporaryName } from './unfinished.ts';
import { reaching } from '../native/long-paths.ts';

const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
const CREATE_FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW;
const REOPEN_FLAGS = constants.O_WRONLY | NO_FOLLOW;
export const PRIVATE = 0o600;
/** What file systems give room by. */
const BLOCK_BYTES = 4096;
/** Shorter runs of zeros in the midst of data are written: each hole costs a call, and a place where the file is torn apart. */
const LEAST_HOLE_BYTES = 32 * 1024;
const ZEROS = Buffer.alloc(BLOCK_BYTES);

export class NewFile {
  readonly temporary: Buffer;
  readonly descriptor: number;
  #isOpen = true;
  /** The end of what was written through this. */
  #end = 0;

  private constructor(temporary: Buffer, descriptor: number) {
    this.temporary = temporary;
    this.descriptor = descriptor;
  }

  /** Beside `path`. `permissions`: more than those of its owner only where nobody else can reach it. */
  static create(path: Buffer, permissions = PRIVATE): NewFile {
    const temporary = temporaryPath(path);
    return new NewFile(
      temporary,
      reaching(temporary, (at) => openSync(at, CREATE_FLAGS, permissions)),
    );
  }

  /** One that somebody else has created, and will complete: to write a part of it. */
  static reopen(temporary: Buffer): NewFile {
    return new NewFile(
      temporary,
      reaching(temporary, (at) => openSync(at, REOPEN_FLAGS)),
    );
  }

  /** Each place is written at most once. */
  write(bytes: Buffer, position: number): void {
    let from = 0;
    for (const hole of holes(bytes, position)) {
      this.#writeAll(bytes.subarray(from, hole.start), position + from);
      from = hole.end;
    }
    this.#writeAll(bytes.subarray(from), position + from);
  }

  /** Its length is what it is to be, holes at the end included. `durable`: it is on the disk when this returns. */
  complete(sizeBytes: number, durable: boolean): void {
    if (this.#end !== sizeBytes) ftruncateSync(this.descriptor, sizeBytes);
    if (durable) fdatasyncSync(this.descriptor);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeSync(this.descriptor);
  }

  /** Nothing of it is left, also where something has failed before. */
  discard(): void {
    ignoringSystem(() => {
      // Only so that a large half-written file gives its room back at once where removing fails.
      if (this.#isOpen) ftruncateSync(this.descriptor, 0);
    });
    ignoringSystem(() => this.close());
    ignoringSystem(() => reaching(this.temporary, (at) => unlinkSync(at)));
  }

  #writeAll(bytes: Buffer, position: number): void {
    let done = 0;
    while (done < bytes.length) {
      done += writeSync(this.descriptor, bytes, done, bytes.length - done, position + done);
    }
    if (done > 0) this.#end = Math.max(this.#end, position + done);
  }
}

export function temporaryPath(path: Buffer): Buffer {
  return joinPath(parentPath(path), temporaryName());
}

/** Runs of blocks of zeros in `bytes`, which lie at `position` in the file. At both ends, where they may go on, any length is one. */
function* holes(bytes: Buffer, position: number): Generator<{ start: number; end: number }> {
  let start = -1;
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(at + BLOCK_BYTES - ((position + at) % BLOCK_BYTES), bytes.length);
    const isZero = bytes[at] === 0 && bytes.compare(ZEROS, 0, end - at, at, end) === 0;
    if (isZero && start < 0) start = at;
    if (!isZero && start >= 0) {
      if (start === 0 || at - start >= LEAST_HOLE_BYTES) yield { start, end: at };
      start = -1;
    }
    at = end;
  }
  if (start >= 0) yield { start, end: bytes.length };
}

function ignoringSystem(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (systemCode(error) === null) throw error;
  }
}
