/**
 * What a run that was cut off had stored already: packs that no index file names yet, and packs on their way. They are entered into the index
 * of the next run, so that nothing that had arrived is sent twice. Only under a lock, after the index was refreshed.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import { sha256Hex, type Id } from '../format/id.ts';
import { decodePackHeader, type PackEntry } from '../format/pack-file.ts';
import type { IndexStore } from './index-store.ts';
import type { RepositoryCore } from './sealed-files.ts';

/** Holds the header of nearly every pack; a longer one is read again. */
const TAIL_BYTES = 128 * 1024;
const LENGTH_BYTES = 4;
/** What a header may be, by the format. */
const MAX_TAIL_BYTES = 16 * 1024 * 1024 + LENGTH_BYTES;

/**
 * Takes up what a run that was cut off had stored; cheap where none was.
 * @param followsCrash a lock of such a run was found
 */
export async function takeUpCutRun(
  core: RepositoryCore,
  index: IndexStore,
  followsCrash: boolean,
  signal?: AbortSignal,
): Promise<void> {
  const sent = await sendUnsent(core, signal);
  if (sent > 0 || followsCrash) await adoptStoredPacks(core, index, signal);
}

/** Ends writes that an earlier process began. Returns how many there were. */
async function sendUnsent(core: RepositoryCore, signal?: AbortSignal): Promise<number> {
  const { backend, masterKey, ports } = core;
  let sent = 0;
  for await (const { file, bytes } of backend.unsent?.() ?? []) {
    signal?.throwIfAborted();
    if (sha256Hex(bytes) === file.name && isOurs(() => decodePackHeader(masterKey, bytes))) {
      await backend.write(file, bytes, signal);
      sent += 1;
    } else {
      ports.log.info('a pack that waited to be sent is not of this backup', { pack: file.name });
      await backend.forgetUnsent?.(file);
    }
  }
  return sent;
}

/** Enters packs that no index file names. Returns how many. One whose table of contents cannot be read is left to `check`. */
async function adoptStoredPacks(
  core: RepositoryCore,
  index: IndexStore,
  signal?: AbortSignal,
): Promise<number> {
  let adopted = 0;
  for await (const { name, sizeBytes, sha256 } of core.backend.list('pack', signal)) {
    if (index.blobs.hasPack(name)) continue;
    // The storage itself says that it holds something else than was sent.
    if (sha256 !== undefined && sha256 !== name) continue;
    const blobs = await readPackHeader(core, name, sizeBytes, signal);
    if (blobs === null) continue;
    await index.addPack({ id: name, blobs }, signal);
    adopted += 1;
  }
  if (adopted > 0) core.ports.log.info('packs of a run that was cut off are used', { adopted });
  return adopted;
}

/** A pack's own table of contents; null when it cannot be read or does not fit the file. */
export async function readPackHeader(
  { backend, masterKey }: RepositoryCore,
  pack: Id,
  sizeBytes: number,
  signal?: AbortSignal,
): Promise<PackEntry[] | null> {
  const file = { kind: 'pack', name: pack } as const;
  const readTail = (length: number): Promise<Buffer> =>
    backend.read(file, { offset: sizeBytes - length, length }, signal);
  if (sizeBytes < LENGTH_BYTES) return null;
  let tail = await readTail(Math.min(TAIL_BYTES, sizeBytes));
  const neededBytes = tail.readUInt32LE(tail.length - LENGTH_BYTES) + LENGTH_BYTES;
  if (neededBytes > tail.length && neededBytes <= Math.min(sizeBytes, MAX_TAIL_BYTES)) {
    tail = await readTail(neededBytes);
  }
  try {
    return decodePackHeader(masterKey, tail, sizeBytes);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return null;
  }
}

function isOurs(decode: () => unknown): boolean {
  try {
    decode();
    return true;
  } catch (error) {
    if (!isDamage(error)) throw error;
    return false;
  }
}

function isDamage(error: unknown): boolean {
  return (
    error instanceof HoldfastError &&
    (error.code.startsWith('format/') || error.code === 'crypto/not-authentic')
  );
}
