/** Which repositories lie at a place and up to two folders below it. Looks, and changes nothing. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldfastError } from '../../shared/errors.ts';
import type { FoundRepository } from '../../shared/ipc/engine-contract.ts';
import { folderOf, labelFor } from '../../shared/location-names.ts';
import type { Location, LocationOf, Place } from '../../shared/model/destination.ts';
import type { DriveClient } from './backend/drive/drive-client.ts';
import type { Storages } from './backend/storages.ts';
import { inspectLocation } from './inspect-location.ts';
import { stubOf } from './native/icloud-stubs.ts';
import { systemCode } from './native/system-failure.ts';

const MAX_DEPTH = 2;
const MAX_FOLDERS = 2000;
const MAX_FOUND = 100;
const MAX_DRIVE_DEPTH = 20;

/**
 * Nearest first, then by name. A folder that cannot be read counts as empty. On Google Drive all that this sign-in may see is looked
 * through, wherever it lies.
 */
export async function findRepositories(
  { location, credentials }: Place,
  storages: Storages,
  signal?: AbortSignal,
): Promise<FoundRepository[]> {
  const found: FoundRepository[] = [];
  let notBrought: HoldfastError | null = null;
  for await (const candidate of candidates(location, credentials, storages, signal)) {
    if (found.length >= MAX_FOUND) break;
    const place = { location: candidate, credentials };
    const inspection = await inspectLocation(candidate, await storages.open(place), signal).catch(
      (error: unknown) => {
        if (!(error instanceof HoldfastError) || error.code !== 'icloud/not-downloaded')
          throw error;
        notBrought = error;
        return null;
      },
    );
    if (inspection === null) continue;
    const { state, fingerprint, keyCreatedAt, newestFileAt } = inspection;
    // Many programs have a file of that name; a repository has keys, too.
    if (state !== 'repository' || fingerprint === null || keyCreatedAt === null) continue;
    const name = labelFor(candidate);
    found.push({ location: candidate, name, fingerprint, keyCreatedAt, newestFileAt });
  }
  // There is one, so "nothing found" would be a lie.
  if (found.length === 0 && notBrought !== null) throw notBrought as HoldfastError;
  return found;
}

/** Places with a file `config`. */
async function* candidates(
  location: Location,
  credentials: Place['credentials'],
  storages: Storages,
  signal?: AbortSignal,
): AsyncGenerator<Location, void, void> {
  const folder = folderOf(location);
  if (folder !== null && (location.kind === 'local' || location.kind === 'icloud')) {
    // Of a file that is only in iCloud older systems leave a stub: on a new computer that is the usual state.
    const configs = location.kind === 'icloud' ? ['config', stubOf('config')] : ['config'];
    for await (const path of foldersWith(configs, folder, signal)) yield { ...location, path };
  } else if (location.kind === 'gdrive') {
    yield* onDrive(location, await storages.drive(location, credentials), signal);
  } else yield location;
}

async function* foldersWith(
  configs: readonly string[],
  root: string,
  signal?: AbortSignal,
): AsyncGenerator<string, void, void> {
  let level = [root];
  let looked = 0;
  for (let depth = 0; depth <= MAX_DEPTH && level.length > 0; depth += 1) {
    const next: string[] = [];
    for (const path of level) {
      signal?.throwIfAborted();
      looked += 1;
      if (looked > MAX_FOLDERS) return;
      const { hasConfig, folders } = await foldersAndConfig(path, configs);
      if (hasConfig) yield path;
      // What lies inside a repository is its own; a `config` of another program has no keys beside it.
      if (!hasConfig || !folders.includes('keys')) {
        next.push(...folders.map((name) => join(path, name)));
      }
    }
    level = next;
  }
}

async function foldersAndConfig(
  path: string,
  configs: readonly string[],
): Promise<{ readonly folders: string[]; readonly hasConfig: boolean }> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    const folders = entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
      .toSorted();
    return { folders, hasConfig: entries.some(({ name }) => configs.includes(name)) };
  } catch (error) {
    if (systemCode(error) === null) throw error;
    return { folders: [], hasConfig: false };
  }
}

/** A folder is named by climbing from its `config`: a sign-in of this scope cannot list what others have made. */
async function* onDrive(
  location: LocationOf<'gdrive'>,
  client: DriveClient,
  signal?: AbortSignal,
): AsyncGenerator<Location, void, void> {
  const seen = new Set<string>();
  for (const { parent } of await client.filesNamed('config', signal)) {
    if (parent === null || seen.has(parent)) continue;
    seen.add(parent);
    const path = await drivePath(client, parent, signal);
    if (path !== null) yield { ...location, path, folderId: parent };
  }
}

/** From My Drive's root; null for what lies in the trash. */
async function drivePath(
  client: DriveClient,
  folderId: string,
  signal?: AbortSignal,
): Promise<string | null> {
  const names: string[] = [];
  for (let id: string | null = folderId; id !== null;) {
    if (names.length > MAX_DRIVE_DEPTH) throw new HoldfastError('drive/not-our-file');
    const item = await client.get(id, signal);
    // The root itself cannot be read with this scope, or has no parent.
    if (item === null || item.parent === null) break;
    if (item.isTrashed) return null;
    names.unshift(item.name);
    id = item.parent;
  }
  return names.length === 0 ? null : names.join('/');
}
