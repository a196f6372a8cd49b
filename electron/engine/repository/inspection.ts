/** What can be told of a repository before it is unlocked; nothing here is secret. */
import type { Backend } from '../backend/backend.ts';
import { formatGoTime } from '../format/go-time.ts';
import { keyIds, readKeyFile } from './key-slots.ts';
import { fingerprintOf, readConfig } from './stored-config.ts';

export interface RepositoryInspection {
  readonly exists: boolean;
  /** null where there is no repository. */
  readonly fingerprint: string | null;
  /** RFC 3339, of the oldest key file; null when none can be read. */
  readonly keyCreatedAt: string | null;
  /** The newest index, snapshot or key file, in milliseconds since 1970; null where the storage does not tell. */
  readonly newestFileMs: number | null;
}

/** @throws HoldfastError `backend/*`; `backend/unavailable` when the folder is not there */
export async function inspectRepository(
  backend: Backend,
  signal?: AbortSignal,
): Promise<RepositoryInspection> {
  const config = await readConfig(backend, signal);
  if (config === null) {
    return { exists: false, fingerprint: null, keyCreatedAt: null, newestFileMs: null };
  }
  return {
    exists: true,
    fingerprint: fingerprintOf(config),
    keyCreatedAt: await oldestKey(backend, signal),
    newestFileMs: await newestFile(backend, signal),
  };
}

async function oldestKey(backend: Backend, signal?: AbortSignal): Promise<string | null> {
  let oldest: { readonly epochNs: bigint; readonly offsetMinutes: number } | null = null;
  for (const id of await keyIds(backend, signal)) {
    const keyFile = await readKeyFile(backend, id, signal);
    if (typeof keyFile === 'string') continue;
    const { created } = keyFile.content;
    if (oldest === null || created.epochNs < oldest.epochNs) oldest = created;
  }
  return oldest === null ? null : formatGoTime(oldest);
}

async function newestFile(backend: Backend, signal?: AbortSignal): Promise<number | null> {
  let newest: number | null = null;
  for (const kind of ['snapshot', 'index', 'key'] as const) {
    for await (const { modifiedMs } of backend.list(kind, signal)) {
      if (modifiedMs !== null && (newest === null || modifiedMs > newest)) newest = modifiedMs;
    }
  }
  return newest;
}
