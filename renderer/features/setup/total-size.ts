/** How much the chosen folders hold together. */
import type { ChosenFolder } from './setup-choices.ts';
import type { Measure } from './use-measures.ts';

export interface TotalSize {
  readonly bytes: number;
  /** False while something is still being counted. */
  readonly isFinal: boolean;
}

/** The chosen folder that a folder lies in, or null: its files count once. */
export function holderOf(
  folder: ChosenFolder,
  folders: readonly ChosenFolder[],
): ChosenFolder | null {
  const isInside = ({ path, checked }: ChosenFolder): boolean =>
    checked && path !== folder.path && isWithin(folder.path, path);
  return folders.find(isInside) ?? null;
}

export function totalSize(
  folders: readonly ChosenFolder[],
  measures: ReadonlyMap<string, Measure>,
): TotalSize {
  const counted = folders.filter((folder) => folder.checked && holderOf(folder, folders) === null);
  return {
    bytes: counted.reduce((sum, { grant }) => sum + (measures.get(grant)?.bytes ?? 0), 0),
    isFinal: counted.every(({ grant }) => measures.get(grant)?.done === true),
  };
}

/** For the eye only: main decides on real paths. Either separator. */
function isWithin(path: string, folder: string): boolean {
  if (!path.startsWith(folder)) return false;
  const rest = path.slice(folder.length);
  return /[/\\]$/u.test(folder) || /^[/\\]/u.test(rest);
}
