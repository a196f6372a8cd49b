/** Which paths can be of a repository: nothing else is followed, however it came there. */
import { CONFIG_PATH, folderOf, isFileName, isPackFolder } from '../layout.ts';

export const BASE_KINDS = ['pack', 'index', 'key', 'lock', 'snapshot'] as const;

const BASE_FOLDERS: ReadonlySet<string> = new Set(BASE_KINDS.map(folderOf));

function belongs(path: string): boolean {
  const [first = '', second, third] = path.split('/');
  if (second === undefined) return first === CONFIG_PATH || BASE_FOLDERS.has(first);
  if (!BASE_FOLDERS.has(first)) return false;
  if (first !== folderOf('pack')) return third === undefined && isFileName(second);
  return isPackFolder(second) && (third === undefined || isFileName(third));
}

/** The path of an item by the one of the folder that it lies in; null for what is not of a repository. */
export function pathWithin(folder: string | null, name: string): string | null {
  if (folder === null) return null;
  const path = folder === '' ? name : `${folder}/${name}`;
  return belongs(path) ? path : null;
}
