/** What a restore wizard has gathered so far, and what may come next. Nothing of it touches the disk. */
import type { GrantedFolder, RequestParams } from '../../../shared/ipc/contract.ts';
import type { Archive } from '../../../shared/model/archive.ts';
import type { ConflictPolicy } from '../../../shared/model/restore.ts';
import { MAX_MARKS, nothingSelected, toRestoreLists, type Selection } from './selection.ts';

export const restoreSteps = ['archive', 'what', 'where', 'preview'] as const;
export type RestoreStep = (typeof restoreSteps)[number];

export interface RestoreChoices {
  readonly step: RestoreStep;
  readonly archive: Archive | null;
  readonly selection: Selection;
  readonly targetKind: 'folder' | 'original';
  readonly folder: GrantedFolder | null;
  readonly keepParents: boolean;
  readonly conflictPolicy: ConflictPolicy;
}

export type RestoreChoice =
  | { readonly type: 'go'; readonly step: RestoreStep }
  | { readonly type: 'archive'; readonly archive: Archive }
  | { readonly type: 'folder'; readonly folder: GrantedFolder }
  | {
      readonly type: 'set';
      readonly values: Partial<
        Pick<RestoreChoices, 'selection' | 'targetKind' | 'keepParents' | 'conflictPolicy'>
      >;
    };

/** `archive` is given when the person came from one: then the wizard begins with what is in it. */
export function beginRestore(archive: Archive | null): RestoreChoices {
  return {
    step: archive === null ? 'archive' : 'what',
    archive,
    selection: nothingSelected,
    targetKind: 'folder',
    folder: null,
    keepParents: false,
    conflictPolicy: 'keep-both',
  };
}

export function chooseForRestore(choices: RestoreChoices, choice: RestoreChoice): RestoreChoices {
  switch (choice.type) {
    case 'go':
      return canEnter(choices, choice.step) ? { ...choices, step: choice.step } : choices;
    case 'archive':
      // What was chosen in another archive need not be in this one.
      return choice.archive.id === choices.archive?.id
        ? choices
        : { ...choices, archive: choice.archive, selection: nothingSelected };
    case 'folder':
      return { ...choices, targetKind: 'folder', folder: choice.folder };
    case 'set':
      return { ...choices, ...choice.values };
    default:
      return choice satisfies never;
  }
}

/** Whether all that a step stands on is chosen. */
export function canEnter(choices: RestoreChoices, step: RestoreStep): boolean {
  const { archive, selection, targetKind, folder } = choices;
  if (step === 'archive') return true;
  if (archive === null) return false;
  if (step === 'what') return true;
  if (selection.size === 0 || selection.size > MAX_MARKS) return false;
  return step === 'where' || targetKind === 'original' || folder !== null;
}

/** null at the ends. */
export function neighbourStep(step: RestoreStep, by: 1 | -1): RestoreStep | null {
  return restoreSteps[restoreSteps.indexOf(step) + by] ?? null;
}

/** null until everything is chosen. */
export function toPlanRequest(
  choices: RestoreChoices,
  destinationId: string,
): RequestParams<'restore:plan'> | null {
  const { archive, folder, targetKind, keepParents, conflictPolicy } = choices;
  if (archive === null || !canEnter(choices, 'preview')) return null;
  const { include, exclude } = toRestoreLists(choices.selection);
  const base = { destinationId, archiveId: archive.id, include, exclude, conflictPolicy };
  if (targetKind === 'original') return { ...base, target: { kind: 'original' } };
  if (folder === null) return null;
  return { ...base, target: { kind: 'folder', grant: folder.grant, keepParents } };
}
