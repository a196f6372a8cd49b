/**
 * Where a file with the secret must not lie: inside a backed-up folder (the backup would hold its own key), inside a destination, or in a
 * folder that is synced to a cloud (a provider would get it). Names are compared after links are resolved.
 */
import { realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, sep } from 'node:path';

export type UnsafePlace = 'inside-source' | 'inside-destination' | 'inside-cloud-folder';

export interface KnownPlaces {
  readonly sources: readonly string[];
  readonly destinations: readonly string[];
}

/** Folder names that sync programs choose, anywhere in the path. */
const CLOUD_FOLDER =
  /^(?:dropbox(?: \(.*\))?|onedrive(?: - .*)?|google ?drive|my ?drive|icloud ?drive|box(?: sync)?|pcloud ?drive|mega|megasync|nextcloud|owncloud|seafile|sync|tresorit|proton ?drive|syncthing|com~apple~clouddocs|cloudstorage|mobile documents)$/iu;

/** null when `file` may be written there. The file itself need not exist. */
export async function unsafePlace(
  file: string,
  { sources, destinations }: KnownPlaces,
): Promise<UnsafePlace | null> {
  const folder = await resolved(dirname(file));
  const place = join(folder, basename(file));
  if (await isInsideAny(place, sources)) return 'inside-source';
  if (await isInsideAny(place, destinations)) return 'inside-destination';
  const home = await resolved(homedir());
  // What lies above the home folder was not named by a sync program.
  const below = folder.startsWith(home + sep) ? folder.slice(home.length) : folder;
  return below.split(sep).some((name) => CLOUD_FOLDER.test(name)) ? 'inside-cloud-folder' : null;
}

async function isInsideAny(place: string, folders: readonly string[]): Promise<boolean> {
  for (const folder of folders) {
    const root = await resolved(folder);
    if (place === root || place.startsWith(root.endsWith(sep) ? root : root + sep)) return true;
  }
  return false;
}

async function resolved(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}
