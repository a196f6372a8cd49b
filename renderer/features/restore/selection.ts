/**
 * What is chosen in a tree that is only partly known. Stored are marks alone: the folders and files at which the choice differs from
 * that of the folder above, so that a million chosen files cost one mark. The nearest mark at or above an entry decides about it.
 */
import { depthOf, isInside, parentOf, ROOT_PATH } from './archive-path.ts';

export interface Mark {
  readonly checked: boolean;
  /** For the eye. */
  readonly name: string;
}

/** By path. A mark never says what would hold without it. */
export type Selection = ReadonlyMap<string, Mark>;

export type CheckState = 'checked' | 'unchecked' | 'mixed';

/** How many entries a folder has; null when it was never opened (then there are no marks inside it either). */
export type CountEntries = (folder: string) => number | null;

export const nothingSelected: Selection = new Map();

/** As many as one restore may name (see `restore:plan`). */
export const MAX_MARKS = 10_000;

export interface SelectionView {
  readonly stateOf: (path: string) => CheckState;
}

/** Cheap to ask for each row; made anew when the selection changes. */
export function viewSelection(selection: Selection, countEntries: CountEntries): SelectionView {
  const divided = stateOfDividedFolders(selection, countEntries);
  return {
    stateOf: (path) => divided.get(path) ?? (isChosen(selection, path) ? 'checked' : 'unchecked'),
  };
}

/**
 * Checks or unchecks an entry with all that is in it. A folder of which nothing is left is not chosen any more. The reverse
 * does not hold: whoever checks every file of a folder has chosen the files, and they are restored without that folder.
 */
export function setChecked(
  selection: Selection,
  target: { readonly path: string; readonly name: string },
  checked: boolean,
  countEntries: CountEntries,
  nameOf: (path: string) => string,
): Selection {
  let next = settle(selection, target.path, target.name, checked);
  for (let folder = parentOf(target.path); folder !== null; folder = parentOf(folder)) {
    const state = viewSelection(next, countEntries).stateOf(folder);
    if (state === 'mixed') break;
    const whole = state === 'checked';
    if (whole !== checked || (whole && !isChosenAbove(next, folder))) break;
    next = settle(next, folder, nameOf(folder), whole);
  }
  return next;
}

/** What one more click on the box does. */
export function nextChecked(state: CheckState): boolean {
  return state !== 'checked';
}

/** The nearest of both lists at or above an entry decides; neither holds a path that changes nothing. */
export function toRestoreLists(selection: Selection): { include: string[]; exclude: string[] } {
  const include: string[] = [];
  const exclude: string[] = [];
  for (const [path, { checked }] of selection) (checked ? include : exclude).push(path);
  return { include, exclude };
}

/** Whether the folder or file itself is chosen, whatever holds for what is in it. */
export function isChosen(selection: Selection, path: string): boolean {
  for (let at: string | null = path; at !== null; at = parentOf(at)) {
    const mark = selection.get(at);
    if (mark !== undefined) return mark.checked;
  }
  return false;
}

function isChosenAbove(selection: Selection, path: string): boolean {
  const parent = parentOf(path);
  return parent !== null && isChosen(selection, parent);
}

/** Removes every mark at and inside `path`, and leaves one there when it is needed. */
function settle(selection: Selection, path: string, name: string, checked: boolean): Selection {
  const next = new Map<string, Mark>();
  for (const [marked, mark] of selection) {
    if (marked !== path && !isInside(marked, path)) next.set(marked, mark);
  }
  if (isChosenAbove(next, path) !== checked) next.set(path, { checked, name });
  return next;
}

/** The states of all folders that have marks inside, from the deepest up. All others follow their nearest mark. */
function stateOfDividedFolders(
  selection: Selection,
  countEntries: CountEntries,
): ReadonlyMap<string, CheckState> {
  const known = new Map<string, Set<string>>();
  for (const marked of selection.keys()) {
    let child = marked;
    for (let folder = parentOf(child); folder !== null; folder = parentOf(child)) {
      const children = known.get(folder);
      if (children?.has(child) === true) break;
      if (children === undefined) known.set(folder, new Set([child]));
      else children.add(child);
      child = folder;
    }
  }
  const folders = [...known].toSorted(([a], [b]) => depthOf(b) - depthOf(a));
  const states = new Map<string, CheckState>();
  for (const [folder, children] of folders) {
    states.set(folder, stateFromChildren(folder, children));
  }
  return states;

  function stateFromChildren(folder: string, children: ReadonlySet<string>): CheckState {
    const rest: CheckState = isChosen(selection, folder) ? 'checked' : 'unchecked';
    let differing = 0;
    for (const child of children) {
      const state = states.get(child) ?? (isChosen(selection, child) ? 'checked' : 'unchecked');
      if (state === 'mixed') return 'mixed';
      if (state !== rest) differing += 1;
    }
    if (differing === 0) return rest;
    if (differing !== countEntries(folder)) return 'mixed';
    return rest === 'checked' ? 'unchecked' : 'checked';
  }
}

/** The chosen items in the order of choosing, for a sentence such as "Documents, letter.pdf and 3 more". */
export function chosenItems(selection: Selection): { chosen: Mark[]; leftOut: Mark[] } {
  const marks = [...selection.values()];
  return {
    chosen: marks.filter(({ checked }) => checked),
    leftOut: marks.filter(({ checked }) => !checked),
  };
}

export function isEverything(selection: Selection): boolean {
  return selection.size === 1 && selection.get(ROOT_PATH)?.checked === true;
}
