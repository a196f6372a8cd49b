/** What is at a place before anything is unlocked: nothing, a repository, other files, or no way to tell. Changes nothing there. */
import { constants } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HoldfastError } from '../../shared/errors.ts';
import { folderOf } from '../../shared/location-names.ts';
import type { Inspection, Location } from '../../shared/model/destination.ts';
import type { Backend } from './backend/backend.ts';
import { systemCode } from './native/system-failure.ts';
import { inspectRepository } from './repository/inspection.ts';

/** What systems put on every disk by themselves. */
const ownedBySystem =
  /^(?:\..*|lost\+found|System Volume Information|\$RECYCLE\.BIN|desktop\.ini)$/iu;

/** Rejects when aborted; for storage that is not a folder, also with what keeps it from answering. */
export async function inspectLocation(
  location: Location,
  backend: Backend,
  signal?: AbortSignal,
): Promise<Inspection> {
  const folder = folderOf(location);
  const place: Pick<Inspection, 'state' | 'writable'> =
    folder === null ? { state: 'empty', writable: true } : await lookAt(folder);
  const inspection: Inspection = {
    state: place.state,
    writable: place.writable,
    freeBytes: await freeBytes(backend, signal),
    fingerprint: null,
    keyCreatedAt: null,
    newestFileAt: null,
  };
  if (place.state === 'absent' || place.state === 'unreachable') return inspection;
  try {
    const found = await inspectRepository(backend, signal);
    if (!found.exists) return inspection;
    return {
      ...inspection,
      state: 'repository',
      fingerprint: found.fingerprint,
      keyCreatedAt: found.keyCreatedAt,
      newestFileAt: found.newestFileMs === null ? null : new Date(found.newestFileMs).toISOString(),
    };
  } catch (error) {
    signal?.throwIfAborted();
    // Elsewhere than in a folder the error itself says what to do, for example to sign in again.
    if (!(error instanceof HoldfastError) || folderOf(location) === null) throw error;
    // It is there, and comes later.
    if (error.code === 'icloud/not-downloaded') throw error;
    return { ...inspection, state: 'unreachable' };
  }
}

async function lookAt(path: string): Promise<Pick<Inspection, 'state' | 'writable'>> {
  try {
    const names = await readdir(path);
    const foreign = names.some((name) => !ownedBySystem.test(name));
    return { state: foreign ? 'other-files' : 'empty', writable: await isWritable(path) };
  } catch (error) {
    const code = systemCode(error);
    if (code === null) throw error;
    if (code !== 'ENOENT') return { state: 'unreachable', writable: false };
    return { state: 'absent', writable: await isWritable(await existingParent(path)) };
  }
}

async function existingParent(path: string): Promise<string> {
  const parent = dirname(path);
  try {
    await stat(parent);
    return parent;
  } catch (error) {
    if (systemCode(error) === null || parent === path) return parent;
    return existingParent(parent);
  }
}

async function isWritable(path: string): Promise<boolean> {
  try {
    await access(path, constants.W_OK | constants.X_OK);
    return true;
  } catch (error) {
    if (systemCode(error) === null) throw error;
    return false;
  }
}

async function freeBytes(backend: Backend, signal?: AbortSignal): Promise<number | null> {
  try {
    return (await backend.space(signal)).freeBytes;
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof HoldfastError)) throw error;
    return null;
  }
}
