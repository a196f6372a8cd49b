/** The little that the window may know of an archive path: `/` is the root, and a folder's path is the start of its items' paths. */

export const ROOT_PATH = '/';

/** null for the root. */
export function parentOf(path: string): string | null {
  if (path === ROOT_PATH) return null;
  const cut = path.lastIndexOf('/');
  return cut <= 0 ? ROOT_PATH : path.slice(0, cut);
}

/** Strictly: no path is inside itself. */
export function isInside(path: string, folder: string): boolean {
  if (folder === ROOT_PATH) return path !== ROOT_PATH;
  return path.length > folder.length && path[folder.length] === '/' && path.startsWith(folder);
}

/** 0 for the root. */
export function depthOf(path: string): number {
  if (path === ROOT_PATH) return 0;
  let depth = 0;
  for (const character of path) if (character === '/') depth += 1;
  return depth;
}
