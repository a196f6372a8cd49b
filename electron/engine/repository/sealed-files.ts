/**
 * Reading and writing of the small sealed files: index, snapshot, lock (restic format notes, section 4).
 * What is read has the hash it is named by and is authentic; what is written was opened again and compared first.
 */
import { HoldfastError, type ErrorCode } from '../../../shared/errors.ts';
import type { Backend, BackendTraits, FileKind } from '../backend/backend.ts';
import type { CipherKey } from '../crypto/sealed.ts';
import type { Config } from '../format/config-file.ts';
import { release } from '../crypto/release.ts';
import { sha256Hex, type Id } from '../format/id.ts';
import { decodeUnpacked, encodeUnpacked } from '../format/unpacked-file.ts';
import type { EnginePorts } from '../ports.ts';

/** What everything inside an opened repository works with. */
export interface RepositoryCore {
  readonly backend: Backend;
  readonly traits: BackendTraits;
  readonly ports: EnginePorts;
  readonly config: Config;
  readonly masterKey: CipherKey;
}

export type SealedKind = Extract<FileKind, 'index' | 'snapshot' | 'lock'>;

/** Far above any real one, and the most that fits into a string; a cap on what a forged file can make us allocate. */
const LIMIT_BYTES = 512 * 1024 * 1024;

/**
 * The JSON of a sealed file, parsed by `decode`.
 * @throws HoldfastError `repo/damaged` with the kind and id; `backend/*`, among them `backend/not-found`
 */
export async function loadSealed<T>(
  core: RepositoryCore,
  kind: SealedKind,
  id: Id,
  decode: (json: Buffer) => T,
  signal?: AbortSignal,
): Promise<T> {
  const stored = await core.backend.read({ kind, name: id }, undefined, signal);
  return await orDamaged(kind, id, async () => {
    if (sha256Hex(stored) !== id) throw damaged(kind, id, 'its content does not match its name');
    const json = decodeUnpacked(core.masterKey, stored, LIMIT_BYTES);
    release(stored);
    return decode(json);
  });
}

/** Stores `json` durably and returns its id. `onName` is told the id before anything is written. */
export async function saveSealed(
  core: RepositoryCore,
  kind: SealedKind,
  json: Buffer,
  signal?: AbortSignal,
  onName?: (id: Id) => void,
): Promise<Id> {
  const stored = await encodeUnpacked(core.masterKey, json, core.config.version);
  const again = decodeUnpacked(core.masterKey, stored, LIMIT_BYTES);
  if (!again.equals(json)) {
    throw new HoldfastError('internal/unexpected', { context: { kind, reason: 'read-back' } });
  }
  release(again);
  const id = sha256Hex(stored);
  onName?.(id);
  await core.backend.write({ kind, name: id }, stored, signal);
  return id;
}

export function damaged(kind: string, id: string, reason: string, cause?: unknown): HoldfastError {
  return new HoldfastError('repo/damaged', { context: { kind, id, reason }, cause });
}

/** `pack`: where it should be. */
export function blobMissing(type: string, id: string, pack?: string): HoldfastError {
  const context = { kind: type, id, ...(pack === undefined ? {} : { pack }) };
  return new HoldfastError('repo/blob-missing', { context });
}

const formReasons: ReadonlyMap<ErrorCode, string> = new Map([
  ['crypto/not-authentic', 'it was altered'],
  ['format/invalid', 'it has an unknown form'],
  ['format/too-large', 'it claims an impossible size'],
]);

/** Runs `work`; bytes that are not authentic or not of the right form become `repo/damaged`. */
export async function orDamaged<T>(
  kind: string,
  id: string,
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asDamage(kind, id, error);
  }
}

/** What the lower rooms say of bytes that are not authentic or not of the right form, as `repo/damaged`; every other error as it is. */
export function asDamage(kind: string, id: string, error: unknown): unknown {
  if (!(error instanceof HoldfastError)) return error;
  const reason = formReasons.get(error.code);
  return reason === undefined ? error : damaged(kind, id, `${reason}${what(error)}`, error);
}

function what({ context }: HoldfastError): string {
  return typeof context['what'] === 'string' ? ` (${context['what']})` : '';
}
