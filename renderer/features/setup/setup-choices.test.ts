import type { KeyDraft } from '../../../shared/ipc/contract.ts';
import { describe, expect, it } from 'vitest';
import type { Inspection } from '../../../shared/model/destination.ts';
import {
  canGoOn,
  canUsePlace,
  chooseInSetup,
  neighbour,
  noChoices,
  stepToMend,
  toFinishRequest,
  type SetupAction,
  type SetupChoices,
} from './setup-choices.ts';

const folder = (path: string) => ({ grant: `grant-of-${path}`, path, name: path });
const inspection: Inspection = {
  state: 'empty',
  writable: true,
  freeBytes: 1,
  fingerprint: null,
  keyCreatedAt: null,
  newestFileAt: null,
};
const place = { ...folder('/disk'), kind: 'local', inspection } as const;
const after = (...actions: readonly SetupAction[]): SetupChoices =>
  actions.reduce(chooseInSetup, noChoices);
const chosen: readonly SetupAction[] = [
  { type: 'add-folders', folders: [folder('/a'), folder('/b')] },
  { type: 'check-folder', grant: 'grant-of-/b', checked: false },
  { type: 'place', place },
];

const draft: KeyDraft = {
  draftId: 'd',
  kind: 'key',
  fingerprint: '1a2b3c4d',
  askedGroups: [1, 2, 3],
};

describe('choices in set-up', () => {
  it('need a folder and a usable place', () => {
    expect(canGoOn(after())).toBe(false);
    expect(canGoOn(after(...chosen))).toBe(true);
    expect(canUsePlace(place)).toBe(true);
    for (const state of ['repository', 'other-files', 'unreachable'] as const) {
      expect(canUsePlace({ ...place, inspection: { ...inspection, state } })).toBe(false);
    }
    expect(canUsePlace({ ...place, inspection: { ...inspection, writable: false } })).toBe(false);
  });

  it('add a folder once', () => {
    const twice = after(chosen[0] as SetupAction, chosen[0] as SetupAction);
    expect(twice.folders).toHaveLength(2);
  });

  it('begin with the usual folders, and take one that the person picks', () => {
    const suggested: SetupAction = {
      type: 'suggest-folders',
      folders: [
        { ...folder('/home/documents'), kind: 'documents' },
        { ...folder('/home/music'), kind: 'music' },
      ],
    };
    const isChecked = (choices: SetupChoices) => choices.folders.map(({ checked }) => checked);
    expect(isChecked(after(suggested))).toEqual([true, false]);
    const picked: SetupAction = { type: 'add-folders', folders: [folder('/home/music')] };
    expect(isChecked(after(suggested, picked))).toEqual([true, true]);
  });

  it('lead back to where something can be done about a failure', () => {
    expect(stepToMend('repo/already-exists', {})).toBe('place');
    expect(stepToMend('backend/no-space', {})).toBe('place');
    expect(stepToMend('backup/source-is-destination', {})).toBe('folders');
    expect(stepToMend('secret/mismatch', {})).toBe('prove');
    expect(stepToMend('secret/too-short', {})).toBe('protection');
    expect(stepToMend('ipc/unknown-item', { what: 'key' })).toBe('protection');
    expect(stepToMend('engine/crashed', {})).toBeNull();
  });

  it('go one step on and back', () => {
    expect(neighbour('protection', 1)).toBe('save');
    expect(neighbour('folders', -1)).toBeNull();
    expect(neighbour('finish', 1)).toBeNull();
  });

  it('demand a good password, and the same once more', () => {
    const password: readonly SetupAction[] = [
      ...chosen,
      { type: 'kind', kind: 'password' },
      { type: 'draft', draft: { ...draft, kind: 'password', askedGroups: [] } },
      { type: 'go', step: 'protection' },
    ];
    const typed: SetupAction = { type: 'password', password: 'long enough for us' };
    expect(canGoOn(after(...password, typed))).toBe(false);
    const good = after(...password, typed, { type: 'rated', isStrong: true });
    expect(canGoOn(good)).toBe(true);
    const proving = chooseInSetup(good, { type: 'go', step: 'prove' });
    expect(canGoOn(proving)).toBe(false);
    const retyped = chooseInSetup(proving, { type: 'retyped', retyped: ' long enough for us ' });
    expect(canGoOn(retyped)).toBe(true);
    expect(toFinishRequest(retyped, null)?.protection).toEqual({
      kind: 'password',
      draftId: 'd',
      password: 'long enough for us',
      retyped: ' long enough for us ',
    });
    const later = chooseInSetup(proving, { type: 'proof', proof: 'postponed' });
    expect(toFinishRequest(later, 'old')?.protection).toMatchObject({ retyped: null });
  });

  it('ask main for just the checked folders', () => {
    const request = toFinishRequest(after(...chosen, { type: 'draft', draft }), null);
    expect(request?.sourceGrants).toEqual(['grant-of-/a']);
    expect(request?.protection).toEqual({ kind: 'key', draftId: 'd', proofPostponed: false });
    expect(toFinishRequest(after(...chosen), null)).toBeNull();
    // A draft of the other kind does not count.
    const password: SetupAction = { type: 'kind', kind: 'password' };
    expect(toFinishRequest(after(...chosen, { type: 'draft', draft }, password), null)).toBeNull();
  });

  it('forget a proof when the secret changes', () => {
    const proved = after({ type: 'proof', proof: 'proved' });
    expect(chooseInSetup(proved, { type: 'kind', kind: 'password' }).proof).toBe('missing');
    expect(chooseInSetup(proved, { type: 'password', password: 'x' }).proof).toBe('missing');
  });
});
