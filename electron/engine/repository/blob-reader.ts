/**
 * Reads blobs out of packs. Nothing leaves here whose SHA-256 is not the id that was asked for, and where a blob
 * was stored more than once, one good copy is enough.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import {
  open,
  openBriefly,
  openInto,
  SEAL_OVERHEAD_BYTES,
  type CipherKey,
} from '../crypto/sealed.ts';
import { decompress, decompressBriefly } from '../format/compression.ts';
import { sha256Hex, type Id } from '../format/id.ts';
import type { BlobType } from '../format/pack-file.ts';
import { Scratch } from '../format/scratch.ts';
import type { BlobIndex, BlobLocation } from './blob-index.ts';
import { damaged, orDamaged, type RepositoryCore } from './sealed-files.ts';

/** The plain length that the index tells, in bytes. */
export function plainLength({
  length,
  uncompressedLength,
}: Pick<BlobLocation, 'length' | 'uncompressedLength'>): number {
  return uncompressedLength > 0 ? uncompressedLength : length - SEAL_OVERHEAD_BYTES;
}

const REMOTE_TRIES = 4;
/** Far above any real one: data blobs have at most 8 MiB, and a longer tree would not fit into a string. Several threads open blobs at once. */
const MAX_BLOB_BYTES: Readonly<Record<BlobType, number>> = {
  data: 64 * 1024 * 1024,
  tree: 512 * 1024 * 1024,
};

/**
 * Opens the sealed bytes of one blob.
 * @param uncompressedLength 0 for a blob that is stored as it is
 * @throws HoldfastError `repo/damaged`
 */
export async function openBlob(
  masterKey: CipherKey,
  sealed: Uint8Array,
  type: BlobType,
  id: Id,
  uncompressedLength: number,
): Promise<Buffer> {
  return await orDamaged(type, id, async () =>
    openBlobNow(masterKey, sealed, type, id, uncompressedLength),
  );
}

/** The same at once; what is damaged may also be told as the lower rooms do. @throws HoldfastError see `isDamage` */
export function openBlobNow(
  masterKey: CipherKey,
  sealed: Uint8Array,
  type: BlobType,
  id: Id,
  uncompressedLength: number,
): Buffer {
  refuseImpossible(type, id, uncompressedLength);
  const plain =
    uncompressedLength > 0
      ? decompress(openBriefly(masterKey, sealed), uncompressedLength)
      : open(masterKey, sealed);
  return proven(plain, type, id, uncompressedLength);
}

const scratch = new Scratch();

/** The same in memory that is used again, for who has done with it before the next call on this thread. */
export function openBlobBriefly(
  masterKey: CipherKey,
  sealed: Uint8Array,
  type: BlobType,
  id: Id,
  uncompressedLength: number,
): Buffer {
  if (uncompressedLength > 0)
    return proveBlobBriefly(openBriefly(masterKey, sealed), type, id, uncompressedLength);
  const memory = scratch.take(sealed.length);
  const content = memory.subarray(0, openInto(masterKey, sealed, memory));
  return proveBlobBriefly(content, type, id, uncompressedLength);
}

/** The same of one that is unsealed: `content` is what was sealed. Good until the next call on this thread. */
export function proveBlobBriefly(
  content: Buffer,
  type: BlobType,
  id: Id,
  uncompressedLength: number,
): Buffer {
  refuseImpossible(type, id, uncompressedLength);
  const plain = uncompressedLength > 0 ? decompressBriefly(content, uncompressedLength) : content;
  return proven(plain, type, id, uncompressedLength);
}

function refuseImpossible(type: BlobType, id: Id, uncompressedLength: number): void {
  if (uncompressedLength > MAX_BLOB_BYTES[type])
    throw damaged(type, id, 'it claims an impossible size');
}

/** @throws HoldfastError `repo/damaged` when it is not what its name and the index say */
function proven(plain: Buffer, type: BlobType, id: Id, uncompressedLength: number): Buffer {
  if (uncompressedLength > 0 && plain.length !== uncompressedLength) {
    throw damaged(type, id, 'it has another size than the index tells');
  }
  if (sha256Hex(plain) !== id) throw damaged(type, id, 'its content does not match its id');
  return plain;
}

/**
 * Loads one blob, trying every copy.
 * @throws HoldfastError `repo/blob-missing` when no index names it or every pack of it is gone; `repo/damaged` when
 * no copy is good; `backend/*` when the storage cannot be reached
 */
export async function loadBlob(
  core: RepositoryCore,
  index: BlobIndex,
  type: BlobType,
  id: Id,
  signal?: AbortSignal,
): Promise<Buffer> {
  let worst: HoldfastError | null = null;
  for (const location of index.locate(type, id)) {
    const { pack } = location;
    try {
      return await loadFrom(core, location, type, id, signal);
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      if (error.code === 'backend/io' && 'osCode' in error.context) {
        // The disk failed, not the pack: that may pass.
        worst ??= error;
      } else if (error.code === 'repo/damaged' || error.code === 'backend/io') {
        worst = new HoldfastError('repo/damaged', {
          context: { kind: type, id, pack, reason: String(error.context['reason'] ?? '') },
          cause: error,
        });
      } else if (error.code === 'backend/not-found') {
        worst ??= new HoldfastError('repo/blob-missing', {
          context: { kind: type, id, pack },
          cause: error,
        });
      } else {
        throw error;
      }
    }
  }
  throw worst ?? new HoldfastError('repo/blob-missing', { context: { kind: type, id } });
}

/** Bytes that came over a network may have been altered on their way: they are asked for again before they count as damaged. */
async function loadFrom(
  core: RepositoryCore,
  { pack, offset, length, uncompressedLength }: BlobLocation,
  type: BlobType,
  id: Id,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const file = { kind: 'pack', name: pack, holds: type === 'tree' ? 'trees' : 'data' } as const;
  for (let attempt = 1; ; attempt++) {
    const sealed = await core.backend.read(file, { offset, length }, signal);
    try {
      return await openBlob(core.masterKey, sealed, type, id, uncompressedLength);
    } catch (error) {
      if (!core.traits.isRemote || attempt === REMOTE_TRIES) throw error;
      await core.backend.distrust?.(file);
    }
  }
}
