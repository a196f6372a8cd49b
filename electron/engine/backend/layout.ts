/**
 * Where the files of a repository lie below its root: restic's default layout (restic format notes, section 1).
 * Paths use `/`; a file-system backend joins them to its root.
 */
import type { FileHandle, FileKind } from './backend.ts';

export const CONFIG_PATH = 'config';

const FOLDERS: Readonly<Record<Exclude<FileKind, 'config'>, string>> = {
  key: 'keys',
  pack: 'data',
  index: 'index',
  snapshot: 'snapshots',
  lock: 'locks',
};

const NAME = /^[0-9a-f]{64}$/u;
const PACK_FOLDER = /^[0-9a-f]{2}$/u;

export function folderOf(kind: Exclude<FileKind, 'config'>): string {
  return FOLDERS[kind];
}

/** All folders of a repository, parents before children: what `init` makes. */
export function allFolders(): string[] {
  const packFolders = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));
  return [...Object.values(FOLDERS), ...packFolders.map((name) => `${FOLDERS.pack}/${name}`)];
}

export function isFileName(name: string): boolean {
  return NAME.test(name);
}

/** The folders below `data/` that hold packs: the first two digits of their names. */
export function isPackFolder(name: string): boolean {
  return PACK_FOLDER.test(name);
}

/**
 * The folder (empty for the root) and the path of a file, relative to the root.
 * @throws RangeError for a name that is not 64 lower-case hexadecimal digits: it could lead out of the repository
 */
export function pathOf(file: FileHandle): { readonly folder: string; readonly path: string } {
  if (file.kind === 'config') return { folder: '', path: CONFIG_PATH };
  if (!NAME.test(file.name)) throw new RangeError('a repository file needs a 64-digit name');
  const folder =
    file.kind === 'pack' ? `${FOLDERS.pack}/${file.name.slice(0, 2)}` : FOLDERS[file.kind];
  return { folder, path: `${folder}/${file.name}` };
}
