/**
 * A pack that is being filled, in memory (restic format notes, section 5). Before it may leave, its header is decoded
 * again and every sealed blob in it is opened and hashed again: a fault of ours must not reach the storage.
 */
import { createHash } from 'node:crypto';
import { HoldfastError } from '../../../shared/errors.ts';
import { release } from '../crypto/release.ts';
import { seal } from '../crypto/sealed.ts';
import {
  GrowingBlobTable,
  ID_BYTES,
  idOf,
  numbersOf,
  releaseTable,
  type BlobTable,
} from '../format/blob-table.ts';
import type { Id } from '../format/id.ts';
import {
  decodePackHeader,
  encodePackHeader,
  headerEntryBytes,
  packTailBytes,
  type BlobType,
} from '../format/pack-file.ts';
import type { RepositoryCore } from './sealed-files.ts';

export const PACK_SIZE_BYTES = 16 * 1024 * 1024;
/** Far below what a header can hold: keeps the index file that names the pack small. */
export const PACK_MAX_ENTRIES = 16_384;

const FIRST_CAPACITY_BYTES = 1024 * 1024;
/** Of data, sealed, and the header of its pack. Trees may be longer. */
const LARGEST_BLOB_BYTES = 9 * 1024 * 1024;
/** The name of a pack is its hash. It is made on the way: all at once, the thread that feeds the others would be busy for too long. */
const DIGEST_STRIDE_BYTES = 256 * 1024;
const HEADER_FRAME_BYTES = packTailBytes([]);

/**
 * Memory for packs, used again and again: what is allocated anew for each of them is given back so late that a run on a slow line takes
 * twice what it needs.
 */
export class PackBuffers {
  readonly packBytes: number;
  readonly #free: Buffer[] = [];

  constructor(packBytes: number) {
    this.packBytes = packBytes;
  }

  /** At least so long; what is in it is of an earlier pack. */
  take(bytes: number): Buffer {
    if (bytes > this.#usualBytes) return Buffer.allocUnsafeSlow(bytes);
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#usualBytes);
  }

  give(buffer: Buffer): void {
    if (buffer.length === this.#usualBytes) this.#free.push(buffer);
  }

  /** A pack is full once it has reached its size, so it may be longer by a whole blob. Memory that is never written to costs nothing. */
  get #usualBytes(): number {
    return this.packBytes + LARGEST_BLOB_BYTES;
  }
}

export interface FinishedPack {
  readonly id: Id;
  readonly bytes: Buffer;
  readonly blobs: BlobTable;
}

export class OpenPack {
  readonly type: BlobType;
  readonly #limitBytes: number;
  readonly #buffers: PackBuffers;
  #bytes: Buffer = Buffer.alloc(0);
  #used = 0;
  #headerBytes = HEADER_FRAME_BYTES;
  /** Room for all at once: what is never written to costs nothing, and one that grew would leave its smaller ones behind. */
  readonly #blobs = new GrowingBlobTable(PACK_MAX_ENTRIES);
  readonly #digest = createHash('sha256');
  /** Bytes that went into it. */
  #digested = 0;

  /** A pack is full when it has reached the size that `buffers` are made for. */
  constructor(type: BlobType, buffers: PackBuffers = new PackBuffers(PACK_SIZE_BYTES)) {
    this.type = type;
    this.#limitBytes = buffers.packBytes;
    this.#buffers = buffers;
  }

  /** Of the file that would come of it now. */
  get sizeBytes(): number {
    return this.#used + this.#headerBytes;
  }

  get isEmpty(): boolean {
    return this.#blobs.count === 0;
  }

  get isFull(): boolean {
    return this.sizeBytes >= this.#limitBytes || this.#blobs.count >= PACK_MAX_ENTRIES;
  }

  /** The bytes are stored, and nobody reads them any more: the memory serves another pack. */
  recycle(): void {
    this.#buffers.give(this.#bytes);
    this.#bytes = Buffer.alloc(0);
  }

  /** `ids` has the id's bytes from `at`. `uncompressedLength` 0 for a blob that is stored as it is. */
  add(ids: Uint8Array, at: number, sealed: Uint8Array, uncompressedLength: number): void {
    this.#makeRoom(sealed.length);
    this.#bytes.set(sealed, this.#used);
    const { length } = sealed;
    this.#blobs.add({ type: this.type, offset: this.#used, length, uncompressedLength }, ids, at);
    this.#used += sealed.length;
    this.#headerBytes += headerEntryBytes({ uncompressedLength });
    if (this.#used - this.#digested < DIGEST_STRIDE_BYTES) return;
    this.#digest.update(this.#bytes.subarray(this.#digested, this.#used));
    this.#digested = this.#used;
  }

  /** Whether `other` would still fit in. */
  hasRoomFor(other: OpenPack): boolean {
    return (
      this.sizeBytes + other.sizeBytes - HEADER_FRAME_BYTES <= this.#limitBytes &&
      this.#blobs.count + other.#blobs.count <= PACK_MAX_ENTRIES
    );
  }

  takeOver(other: OpenPack): void {
    for (let blob = 0; blob < other.#blobs.count; blob++) {
      const { offset, length, uncompressedLength } = numbersOf(other.#blobs, blob);
      const sealed = other.#bytes.subarray(offset, offset + length);
      this.add(other.#blobs.ids, blob * ID_BYTES, sealed, uncompressedLength);
    }
  }

  /**
   * Adds the header and proves the whole. The pack must not be used afterwards.
   * @throws HoldfastError `internal/unexpected` when what was built does not read back
   */
  finish(core: RepositoryCore): FinishedPack {
    const plainHeader = encodePackHeader(this.#blobs);
    const header = seal(core.masterKey, plainHeader);
    release(plainHeader);
    const frame = Buffer.alloc(4);
    frame.writeUInt32LE(header.length);
    const blobsEnd = this.#used;
    const expectedBytes = this.sizeBytes;
    this.#append(header);
    release(header);
    this.#append(frame);
    const bytes = this.#bytes.subarray(0, this.#used);
    try {
      if (bytes.length !== expectedBytes) throw new Error('size of the pack');
      this.#prove(core, bytes, blobsEnd);
    } catch (error) {
      throw new HoldfastError('internal/unexpected', {
        context: { reason: 'a new pack does not read back' },
        cause: error,
      });
    }
    this.#digest.update(bytes.subarray(this.#digested));
    const blobs = this.#blobs.copy();
    releaseTable(this.#blobs);
    return { id: this.#digest.digest('hex'), bytes, blobs };
  }

  /** The blobs themselves were proven when they were sealed. */
  #prove(core: RepositoryCore, bytes: Buffer, blobsEnd: number): void {
    const decoded = decodePackHeader(core.masterKey, bytes);
    if (decoded.length !== this.#blobs.count) throw new Error('number of header entries');
    let offset = 0;
    for (const [at, again] of decoded.entries()) {
      const blob = numbersOf(this.#blobs, at);
      if (
        again.id !== idOf(this.#blobs, at) ||
        again.type !== blob.type ||
        again.offset !== offset ||
        again.length !== blob.length ||
        again.uncompressedLength !== blob.uncompressedLength
      ) {
        throw new Error('header entry');
      }
      offset += blob.length;
    }
    if (offset !== blobsEnd) throw new Error('end of the blobs');
  }

  #append(bytes: Uint8Array): void {
    this.#makeRoom(bytes.length);
    this.#bytes.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  #makeRoom(length: number): void {
    const needed = this.#used + length;
    if (needed <= this.#bytes.length) return;
    // A little at first, then at once what it can come to.
    const larger =
      needed <= FIRST_CAPACITY_BYTES
        ? Buffer.allocUnsafeSlow(FIRST_CAPACITY_BYTES)
        : this.#buffers.take(needed);
    this.#bytes.copy(larger, 0, 0, this.#used);
    this.#buffers.give(this.#bytes);
    this.#bytes = larger;
  }
}

/** What a blob takes in a pack: sealed bytes and header entry. */
export function packedBytes(sealedLength: number, uncompressedLength: number): number {
  return sealedLength + headerEntryBytes({ uncompressedLength });
}
