/** Which repositories lie at a place: in the folder itself, and up to two folders below it. Looks, and changes nothing. */
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { FoundRepository } from '../../shared/ipc/engine-contract.ts';
import type { Location } from '../../shared/model/destination.ts';
import type { Backend } from './backend/backend.ts';
import { inspectLocation } from './inspect-location.ts';
import { systemCode } from './native/system-failure.ts';

const MAX_DEPTH = 2;
const MAX_FOLDERS = 2000;
const MAX_FOUND = 100;

/** Nearest first, then by name. A folder that cannot be read counts as empty. */
export async function findRepositories(
  location: Location,
  backendFor: (location: Location) => Backend,
  signal?: AbortSignal,
): Promise<FoundRepository[]> {
  const found: FoundRepository[] = [];
  let level = [location.path];
  let looked = 0;
  for (let depth = 0; depth <= MAX_DEPTH && level.length > 0; depth += 1) {
    const next: string[] = [];
    for (const path of level) {
      signal?.throwIfAborted();
      looked += 1;
      if (looked > MAX_FOLDERS || found.length >= MAX_FOUND) return found;
      const entries = await foldersAndConfig(path);
      const repository = entries.hasConfig ? await inspected(path, backendFor, signal) : null;
      if (repository !== null) found.push(repository);
      // What lies inside a repository is its own.
      else next.push(...entries.folders.map((name) => join(path, name)));
    }
    level = next;
  }
  return found;
}

async function foldersAndConfig(
  path: string,
): Promise<{ readonly folders: string[]; readonly hasConfig: boolean }> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    const folders = entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
      .toSorted();
    return { folders, hasConfig: entries.some(({ name }) => name === 'config') };
  } catch (error) {
    if (systemCode(error) === null) throw error;
    return { folders: [], hasConfig: false };
  }
}

async function inspected(
  path: string,
  backendFor: (location: Location) => Backend,
  signal?: AbortSignal,
): Promise<FoundRepository | null> {
  const location: Location = { kind: 'local', path };
  const inspection = await inspectLocation(location, backendFor(location), signal);
  const { state, fingerprint, keyCreatedAt, newestFileAt } = inspection;
  // Many programs have a file of that name; a repository has keys, too.
  if (state !== 'repository' || fingerprint === null || keyCreatedAt === null) return null;
  return { location, name: basename(path) || path, fingerprint, keyCreatedAt, newestFileAt };
}
