/** What the person has chosen so far in set-up, and which steps can be entered. Nothing of it is written before the end. */
import type {
  GrantedFolder,
  KeyDraft,
  RequestParams,
  SuggestedFolder,
} from '../../../shared/ipc/contract.ts';
import type { SecretKind } from '../../../shared/model/protection.ts';
import { normalizePassword } from '../../../shared/password-rules.ts';
import type { Place } from '../../view.ts';

export const setupSteps = ['folders', 'place', 'protection', 'save', 'prove', 'finish'] as const;
export type SetupStep = (typeof setupSteps)[number];

/** What nearly everybody wants back. Music, videos and downloads are offered, but are often large or to be had again. */
const usualKinds: ReadonlySet<SuggestedFolder['kind']> = new Set([
  'archived',
  'documents',
  'pictures',
  'desktop',
]);

export interface ChosenFolder extends GrantedFolder {
  readonly checked: boolean;
}

export interface SetupChoices {
  readonly step: SetupStep;
  readonly folders: readonly ChosenFolder[];
  readonly place: Place | null;
  readonly kind: SecretKind;
  readonly draft: KeyDraft | null;
  readonly password: string;
  /** The password was found strong enough. */
  readonly isStrong: boolean;
  readonly retyped: string;
  readonly proof: 'missing' | 'proved' | 'postponed';
}

export const noChoices: SetupChoices = {
  step: 'folders',
  folders: [],
  place: null,
  kind: 'key',
  draft: null,
  password: '',
  isStrong: false,
  retyped: '',
  proof: 'missing',
};

export type SetupAction =
  | { readonly type: 'go'; readonly step: SetupStep }
  /** Those that the app suggests. The usual ones are chosen from the start. */
  | { readonly type: 'suggest-folders'; readonly folders: readonly SuggestedFolder[] }
  /** Their grants are used up or too old. */
  | { readonly type: 'forget-folders' }
  | { readonly type: 'forget-place' }
  /** Those that the person picked. */
  | { readonly type: 'add-folders'; readonly folders: readonly GrantedFolder[] }
  | { readonly type: 'check-folder'; readonly grant: string; readonly checked: boolean }
  | { readonly type: 'place'; readonly place: Place }
  | { readonly type: 'kind'; readonly kind: SecretKind }
  | { readonly type: 'draft'; readonly draft: KeyDraft }
  | { readonly type: 'password'; readonly password: string }
  | { readonly type: 'rated'; readonly isStrong: boolean }
  | { readonly type: 'retyped'; readonly retyped: string }
  | { readonly type: 'proof'; readonly proof: SetupChoices['proof'] };

export function chooseInSetup(choices: SetupChoices, action: SetupAction): SetupChoices {
  switch (action.type) {
    case 'go':
      return { ...choices, step: action.step };
    case 'suggest-folders': {
      const known = new Set(choices.folders.map(({ path }) => path));
      const suggested = action.folders
        .filter(({ path }) => !known.has(path))
        .map((folder) => chosen(folder, usualKinds.has(folder.kind)));
      return { ...choices, folders: [...suggested, ...choices.folders] };
    }
    case 'forget-folders':
      return { ...choices, folders: [] };
    case 'forget-place':
      return { ...choices, place: null };
    case 'add-folders': {
      const added = new Set(action.folders.map(({ path }) => path));
      const known = new Set(choices.folders.map(({ path }) => path));
      return {
        ...choices,
        folders: [
          ...choices.folders.map((folder) =>
            added.has(folder.path) ? chosen(folder, true) : folder,
          ),
          ...action.folders
            .filter(({ path }) => !known.has(path))
            .map((folder) => chosen(folder, true)),
        ],
      };
    }
    case 'check-folder':
      return {
        ...choices,
        folders: choices.folders.map((folder) =>
          folder.grant === action.grant ? chosen(folder, action.checked) : folder,
        ),
      };
    case 'place':
      return { ...choices, place: action.place };
    case 'kind':
      return {
        ...choices,
        kind: action.kind,
        proof: 'missing',
        password: '',
        isStrong: false,
        retyped: '',
      };
    case 'draft':
      return { ...choices, draft: action.draft, proof: 'missing' };
    case 'password':
      return { ...choices, password: action.password, retyped: '', proof: 'missing' };
    case 'rated':
      return { ...choices, isStrong: action.isStrong };
    case 'retyped':
      return { ...choices, retyped: action.retyped, proof: 'missing' };
    case 'proof':
      return { ...choices, proof: action.proof };
    default:
      return action satisfies never;
  }
}

function chosen({ grant, path, name }: GrantedFolder, checked: boolean): ChosenFolder {
  return { grant, path, name, checked };
}

export function neighbour(step: SetupStep, by: 1 | -1): SetupStep | null {
  return setupSteps[setupSteps.indexOf(step) + by] ?? null;
}

export function canUsePlace(place: Place | null): boolean {
  if (place === null) return false;
  const { state, writable } = place.inspection;
  return writable && (state === 'empty' || state === 'absent');
}

/** Whether the current step is complete. */
export function canGoOn(choices: SetupChoices): boolean {
  switch (choices.step) {
    case 'folders':
      return choices.folders.some(({ checked }) => checked);
    case 'place':
      return canUsePlace(choices.place);
    case 'protection':
      return choices.kind === 'key' || choices.isStrong;
    case 'save':
      return choices.draft !== null;
    case 'prove':
      return choices.kind === 'key' || samePassword(choices);
    case 'finish':
      return true;
    default:
      return choices.step satisfies never;
  }
}

export function samePassword({ password, retyped }: SetupChoices): boolean {
  return retyped !== '' && normalizePassword(password) === normalizePassword(retyped);
}

/** The step at which the person can do something about what went wrong at the end. */
export function stepToMend(
  code: string,
  context: Readonly<Record<string, unknown>>,
): SetupStep | null {
  if (['secret/required', 'secret/mismatch', 'secret/proof-needed'].includes(code)) return 'prove';
  if (code.startsWith('secret/')) return 'protection';
  if (code === 'backup/source-is-destination') return 'folders';
  if (code === 'ipc/grant-expired') return context['purpose'] === 'source' ? 'folders' : 'place';
  if (code.startsWith('repo/') || code.startsWith('backend/')) return 'place';
  return context['what'] === 'key' ? 'protection' : null;
}

/** null while something is missing. */
export function toFinishRequest(
  choices: SetupChoices,
  replacesDestinationId: string | null,
): RequestParams<'setup:finish'> | null {
  const protection = protectionOf(choices);
  const sourceGrants = checkedGrants(choices);
  if (choices.place === null || protection === null || sourceGrants.length === 0) return null;
  return {
    sourceGrants,
    destinationGrant: choices.place.grant,
    protection,
    replacesDestinationId,
  };
}

export function checkedGrants({ folders }: SetupChoices): string[] {
  return folders.filter(({ checked }) => checked).map(({ grant }) => grant);
}

/** The secret as it is sent at the end; null while there is no draft for it. */
export function protectionOf(
  choices: SetupChoices,
): RequestParams<'setup:finish'>['protection'] | null {
  const { draft, kind, proof, password } = choices;
  if (draft === null || draft.kind !== kind) return null;
  const { draftId } = draft;
  if (kind === 'key') return { kind, draftId, proofPostponed: proof === 'postponed' };
  return { kind, draftId, password, retyped: proof === 'postponed' ? null : choices.retyped };
}
