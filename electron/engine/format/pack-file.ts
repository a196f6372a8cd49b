/**
 * Packs: many sealed blobs in one file, with a sealed header at the end that lists them (restic format notes, section 5).
 * `sealed blob 1 || ... || sealed header || u32le(length of sealed header)`, no gaps.
 */
import { release } from '../crypto/release.ts';
import { open, SEAL_OVERHEAD_BYTES, type CipherKey } from '../crypto/sealed.ts';
import { ID_BYTES, numbersOf, type BlobTable } from './blob-table.ts';
import { invalid } from './go-json.ts';
import type { Id } from './id.ts';

export type BlobType = 'data' | 'tree';

export interface PackEntry {
  readonly type: BlobType;
  readonly id: Id;
  /** Where the sealed blob begins in the pack. */
  readonly offset: number;
  /** Of the sealed blob. */
  readonly length: number;
  /** Of the blob before compression; 0 when it is stored uncompressed. */
  readonly uncompressedLength: number;
}

const RAW_ENTRY_BYTES = 1 + 4 + ID_BYTES;
const COMPRESSED_ENTRY_BYTES = RAW_ENTRY_BYTES + 4;
const LENGTH_BYTES = 4;
const MAX_SEALED_HEADER_BYTES = 16 * 1024 * 1024;
const UINT32_MAX = 2 ** 32 - 1;
/** Bytes that this entry takes in the header. */
export function headerEntryBytes(entry: Pick<PackEntry, 'uncompressedLength'>): number {
  return entry.uncompressedLength > 0 ? COMPRESSED_ENTRY_BYTES : RAW_ENTRY_BYTES;
}

/** Size of the sealed header with its length behind it. */
export function packTailBytes(entries: readonly Pick<PackEntry, 'uncompressedLength'>[]): number {
  const plain = entries.reduce((sum, entry) => sum + headerEntryBytes(entry), 0);
  return plain + SEAL_OVERHEAD_BYTES + LENGTH_BYTES;
}

/** The exact size of a pack that holds these blobs. */
export function packFileBytes(
  entries: readonly Pick<PackEntry, 'length' | 'uncompressedLength'>[],
): number {
  return entries.reduce((sum, entry) => sum + entry.length, packTailBytes(entries));
}

/** The header in plain. Blobs must be in file order; offsets follow from the lengths. */
export function encodePackHeader(blobs: BlobTable): Buffer {
  const header = Buffer.alloc(blobs.count * COMPRESSED_ENTRY_BYTES);
  let at = 0;
  for (let blob = 0; blob < blobs.count; blob++) {
    const { type, length, uncompressedLength } = numbersOf(blobs, blob);
    const isCompressed = uncompressedLength > 0;
    at = header.writeUInt8((type === 'tree' ? 1 : 0) + (isCompressed ? 2 : 0), at);
    at = header.writeUInt32LE(length, at);
    if (isCompressed) at = header.writeUInt32LE(uncompressedLength, at);
    header.set(blobs.ids.subarray(blob * ID_BYTES, (blob + 1) * ID_BYTES), at);
    at += ID_BYTES;
  }
  return header.subarray(0, at);
}

/**
 * The entries of a pack from its last bytes, which must hold the whole header; `packBytes` is the size of the file, when `tail` is not
 * all of it. Throws `format/invalid` when the form is wrong or the blobs do not fill the file exactly, `crypto/not-authentic`.
 */
export function decodePackHeader(
  key: CipherKey,
  tail: Uint8Array,
  packBytes = tail.length,
): PackEntry[] {
  const bytes = Buffer.from(tail.buffer, tail.byteOffset, tail.byteLength);
  if (bytes.length < LENGTH_BYTES + SEAL_OVERHEAD_BYTES) throw invalid('pack header');
  const sealedBytes = bytes.readUInt32LE(bytes.length - LENGTH_BYTES);
  if (sealedBytes > MAX_SEALED_HEADER_BYTES || sealedBytes + LENGTH_BYTES > bytes.length) {
    throw invalid('pack header');
  }
  const end = bytes.length - LENGTH_BYTES;
  const header = open(key, bytes.subarray(end - sealedBytes, end));
  const entries = decodeEntries(header);
  release(header);
  if (packFileBytes(entries) !== packBytes) throw invalid('pack size');
  return entries;
}

/** The entries of a header in plain, with the offsets that follow. */
export function decodeEntries(header: Buffer): PackEntry[] {
  const entries: PackEntry[] = [];
  let offset = 0;
  for (let at = 0; at < header.length;) {
    const kind = header.readUInt8(at);
    const isCompressed = kind >= 2;
    const size = isCompressed ? COMPRESSED_ENTRY_BYTES : RAW_ENTRY_BYTES;
    if (kind > 3 || at + size > header.length) throw invalid('pack header');
    const length = header.readUInt32LE(at + 1);
    const uncompressedLength = isCompressed ? header.readUInt32LE(at + 5) : 0;
    if (length < SEAL_OVERHEAD_BYTES || offset + length > UINT32_MAX) throw invalid('pack header');
    if (isCompressed && uncompressedLength === 0) throw invalid('pack header');
    const id = header.toString('hex', at + size - ID_BYTES, at + size);
    entries.push({
      type: kind % 2 === 1 ? 'tree' : 'data',
      id,
      offset,
      length,
      uncompressedLength,
    });
    offset += length;
    at += size;
  }
  return entries;
}
