/**
 * Key slots: small files that each wrap the repository's master key with one secret (restic format notes, section 2).
 * A new slot is read back and opened before it counts, and an old one is deleted only after that.
 */
import { randomBytes } from 'node:crypto';

import { HoldfastError } from '../../../shared/errors.ts';
import type { Backend } from '../backend/backend.ts';
import { deriveKey, SALT_BYTES, type ScryptParams } from '../crypto/kdf.ts';
import { cipherKeyFromBytes, open, seal, type CipherKey } from '../crypto/sealed.ts';
import { sha256Hex, type Id } from '../format/id.ts';
import {
  decodeKeyFile,
  decodeMasterKey,
  encodeKeyFile,
  encodeMasterKey,
  type KeyFile,
} from '../format/key-file.ts';
import type { Clock, Log } from '../ports.ts';
import type { Repository } from './repository.ts';

/** How a slot is made: the cost of guessing, and the names that stand in it in clear. */
export interface SlotOptions {
  readonly kdf: ScryptParams;
  readonly username: string;
  readonly hostname: string;
}

/** A 64-digit key has 256 bits: guessing is hopeless at any cost, so opening may be quick. */
export const keySlotKdf: ScryptParams = { N: 16_384, r: 8, p: 1 };
/** 128 MiB a guess. */
export const passwordSlotKdf: ScryptParams = { N: 131_072, r: 8, p: 1 };

/** A slot that opened: its key file, the 64 derived bytes that open it, and what it wraps. */
export interface OpenedSlot {
  readonly keyId: Id;
  readonly slotKey: Uint8Array;
  readonly masterKey: CipherKey;
}

export interface SlotAccess {
  readonly keyId: Id;
  readonly slotKey: Uint8Array;
}

/** `keyId` is the hash of `keyFile`, the bytes of the file. */
export interface PreparedSlot {
  readonly keyId: Id;
  readonly keyFile: Uint8Array;
}

export interface KeySlot {
  readonly id: Id;
  /** null when the key file is malformed. */
  readonly keyFile: Pick<KeyFile, 'created' | 'username' | 'hostname'> | null;
  readonly isCurrent: boolean;
}

const MAX_KEY_FILE_BYTES = 1024 * 1024;

/** All slots, the one in use marked. */
export async function listKeys(repository: Repository, signal?: AbortSignal): Promise<KeySlot[]> {
  const { backend } = repository.core;
  const slots: KeySlot[] = [];
  for (const id of (await keyIds(backend, signal)).toSorted()) {
    const keyFile = await readKeyFile(backend, id, signal);
    if (keyFile === 'gone') continue;
    slots.push({
      id,
      keyFile: keyFile === 'malformed' ? null : keyFile.content,
      isCurrent: id === repository.keyId,
    });
  }
  return slots;
}

/** Adds a slot for `secret`. The slot in use stays. */
export async function addKey(
  repository: Repository,
  secret: Uint8Array,
  slot: SlotOptions,
  signal?: AbortSignal,
): Promise<SlotAccess> {
  return addPreparedKey(repository, secret, await prepareKey(repository, secret, slot), signal);
}

/** A slot in memory only: whoever has to clean up after a crash can note its name before it is written. */
export async function prepareKey(
  { core: { ports, masterKey } }: Repository,
  secret: Uint8Array,
  slot: SlotOptions,
): Promise<PreparedSlot> {
  return prepareSlot(ports.clock, masterKey, secret, slot);
}

/** Adds a slot that was prepared for this `secret`. The slot in use stays. */
export async function addPreparedKey(
  repository: Repository,
  secret: Uint8Array,
  prepared: PreparedSlot,
  signal?: AbortSignal,
): Promise<SlotAccess> {
  const lock = await repository.lock('shared', signal);
  try {
    const { backend, masterKey } = repository.core;
    return await storeSlot(backend, masterKey, secret, prepared, signal);
  } finally {
    await lock.release();
  }
}

/**
 * Removes a slot. This withdraws nothing from whoever has opened it before.
 * @throws HoldfastError `repo/key-not-found`, `repo/key-in-use`, `repo/locked`
 */
export async function removeKey(
  repository: Repository,
  keyId: Id,
  signal?: AbortSignal,
): Promise<void> {
  const lock = await repository.lock('exclusive', signal);
  try {
    const { backend } = repository.core;
    if (keyId === repository.keyId) {
      throw new HoldfastError('repo/key-in-use', { context: { keyId } });
    }
    if ((await backend.stat({ kind: 'key', name: keyId }, signal)) === null) {
      throw new HoldfastError('repo/key-not-found', { context: { keyId } });
    }
    // Never the last way in: the slot in use must still be there, and open.
    await openSlotWithKey(backend, repository, signal).catch((error: unknown) => {
      throw new HoldfastError('repo/key-in-use', { context: { keyId }, cause: error });
    });
    await lock.ensureHeld();
    await backend.delete({ kind: 'key', name: keyId }, signal);
  } finally {
    await lock.release();
  }
}

/**
 * Replaces the slot in use: writes one for `secret`, proves that it opens, then deletes the old. Other slots stay.
 * When deleting fails both slots open the repository, and the error is thrown.
 */
export async function changeKey(
  repository: Repository,
  secret: Uint8Array,
  slot: SlotOptions,
  signal?: AbortSignal,
): Promise<SlotAccess> {
  const lock = await repository.lock('exclusive', signal);
  try {
    const { backend, ports, masterKey } = repository.core;
    const oldId = repository.keyId;
    const access = await writeSlot(backend, ports.clock, masterKey, secret, slot, signal);
    repository.useSlot(access);
    await lock.ensureHeld();
    await backend.delete({ kind: 'key', name: oldId });
    return access;
  } finally {
    await lock.release();
  }
}

/** Writes a slot, reads it back, and opens it from the secret anew; a slot that fails that is deleted again. */
export async function writeSlot(
  backend: Backend,
  clock: Clock,
  masterKey: CipherKey,
  secret: Uint8Array,
  slot: SlotOptions,
  signal?: AbortSignal,
): Promise<SlotAccess> {
  const prepared = await prepareSlot(clock, masterKey, secret, slot);
  return storeSlot(backend, masterKey, secret, prepared, signal);
}

async function prepareSlot(
  clock: Clock,
  masterKey: CipherKey,
  secret: Uint8Array,
  { kdf, username, hostname }: SlotOptions,
): Promise<PreparedSlot> {
  const salt = randomBytes(SALT_BYTES);
  const derived = cipherKeyFromBytes(await deriveKey(secret, salt, kdf));
  const bytes = encodeKeyFile({
    created: { epochNs: clock.nowNs(), offsetMinutes: 0 },
    username,
    hostname,
    ...kdf,
    salt,
    data: seal(derived, encodeMasterKey(masterKey)),
  });
  return { keyId: sha256Hex(bytes), keyFile: bytes };
}

async function storeSlot(
  backend: Backend,
  masterKey: CipherKey,
  secret: Uint8Array,
  { keyId, keyFile: bytes }: PreparedSlot,
  signal?: AbortSignal,
): Promise<SlotAccess> {
  signal?.throwIfAborted();
  await backend.write({ kind: 'key', name: keyId }, bytes, signal);
  try {
    const stored = await readKeyFile(backend, keyId);
    const opened =
      typeof stored === 'string' ? null : await openSlot(keyId, stored.content, secret);
    if (opened === null || !encodeMasterKey(opened.masterKey).equals(encodeMasterKey(masterKey))) {
      throw new HoldfastError('internal/unexpected', {
        context: { reason: 'a new key slot does not open' },
      });
    }
    return { keyId, slotKey: opened.slotKey };
  } catch (error) {
    await backend.delete({ kind: 'key', name: keyId });
    throw error;
  }
}

/**
 * Every slot (or just the one named) that `secret` opens, one after the other, so that a caller can go on when one does not fit the repository.
 * Malformed files are passed over; absurdly expensive ones too.
 * @throws HoldfastError, when the caller has used up all slots: `repo/too-expensive-key` if one was not tried,
 * `repo/key-not-found` if the one that was named is gone, `repo/damaged` if there was none of a right form, `repo/wrong-secret` otherwise
 */
export async function* slotsOpenedBy(
  backend: Backend,
  secret: Uint8Array,
  log: Log,
  signal?: AbortSignal,
  only: Id | null = null,
): AsyncGenerator<OpenedSlot, never, void> {
  let tried = 0;
  let tooExpensive: HoldfastError | null = null;
  let malformed = 0;
  for (const { id, keyFile } of await affordableFirst(backend, signal)) {
    signal?.throwIfAborted();
    if (only !== null && id !== only) continue;
    if (keyFile === 'malformed') {
      malformed += 1;
      log.warn('a key file is malformed', { id });
      continue;
    }
    try {
      const opened = await openSlot(id, keyFile.content, secret);
      tried += 1;
      if (opened !== null) yield opened;
      else if (!keyFile.hasItsName) malformed += 1;
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      if (error.code === 'format/invalid') malformed += 1;
      else if (error.code === 'repo/too-expensive-key') tooExpensive = error;
      else throw error;
    }
  }
  if (tooExpensive !== null) throw tooExpensive;
  if (only !== null && tried === 0 && malformed === 0) {
    throw new HoldfastError('repo/key-not-found', { context: { keyId: only } });
  }
  if (tried === 0 && only === null) {
    throw new HoldfastError('repo/damaged', {
      context: { kind: 'key', reason: 'no usable key file' },
    });
  }
  throw new HoldfastError('repo/wrong-secret', {
    context: malformed === 0 ? {} : { damagedKeyFiles: malformed },
  });
}

/**
 * Opens a slot from its 64 derived bytes, without the secret.
 * @throws HoldfastError `repo/wrong-secret` when the slot is gone or these bytes do not open it (the secret was changed)
 */
export async function openSlotWithKey(
  backend: Backend,
  { keyId, slotKey }: SlotAccess,
  signal?: AbortSignal,
): Promise<OpenedSlot> {
  const keyFile = await readKeyFile(backend, keyId, signal);
  const opened = typeof keyFile === 'string' ? null : unwrap(keyId, keyFile.content, slotKey);
  if (opened === null) throw new HoldfastError('repo/wrong-secret', { context: { keyId } });
  return opened;
}

interface StoredKeyFile {
  readonly content: KeyFile;
  /** A file that was changed may still open; new restic refuses it, and check reports it. */
  readonly hasItsName: boolean;
}

/** Also for check and for what is shown before unlocking. */
export async function readKeyFile(
  backend: Backend,
  id: Id,
  signal?: AbortSignal,
): Promise<StoredKeyFile | 'malformed' | 'gone'> {
  try {
    const file = { kind: 'key', name: id } as const;
    const stat = await backend.stat(file, signal);
    if (stat === null) return 'gone';
    if (stat.sizeBytes > MAX_KEY_FILE_BYTES) return 'malformed';
    const bytes = await backend.read(file, undefined, signal);
    return { content: decodeKeyFile(bytes), hasItsName: sha256Hex(bytes) === id };
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    if (error.code === 'backend/not-found') return 'gone';
    if (error.code.startsWith('format/')) return 'malformed';
    throw error;
  }
}

export async function keyIds(backend: Backend, signal?: AbortSignal): Promise<Id[]> {
  const ids: Id[] = [];
  for await (const { name } of backend.list('key', signal)) ids.push(name);
  return ids;
}

/** Cheap slots first: a forged expensive one must not delay a good one. */
async function affordableFirst(
  backend: Backend,
  signal?: AbortSignal,
): Promise<{ readonly id: Id; readonly keyFile: StoredKeyFile | 'malformed' }[]> {
  const found = [];
  for (const id of await keyIds(backend, signal)) {
    const keyFile = await readKeyFile(backend, id, signal);
    if (keyFile !== 'gone') found.push({ id, keyFile });
  }
  const cost = (keyFile: StoredKeyFile | 'malformed'): number =>
    keyFile === 'malformed' ? 0 : keyFile.content.N * keyFile.content.r * keyFile.content.p;
  return found.sort((a, b) => cost(a.keyFile) - cost(b.keyFile));
}

/** null: not this slot. @throws HoldfastError `format/invalid` or `repo/too-expensive-key` for parameters that are refused */
async function openSlot(
  keyId: Id,
  keyFile: KeyFile,
  secret: Uint8Array,
): Promise<OpenedSlot | null> {
  const { N, r, p } = keyFile;
  return unwrap(keyId, keyFile, await deriveKey(secret, keyFile.salt, { N, r, p }));
}

function unwrap(keyId: Id, keyFile: KeyFile, slotKey: Uint8Array): OpenedSlot | null {
  try {
    const masterKey = decodeMasterKey(open(cipherKeyFromBytes(slotKey), keyFile.data));
    return { keyId, slotKey, masterKey };
  } catch (error) {
    if (error instanceof HoldfastError) return null;
    throw error;
  }
}
