import { describe, expect, it } from 'vitest';
import { requests } from '../../../shared/ipc/contract.ts';
import type { Archive } from '../../../shared/model/archive.ts';
import {
  beginRestore,
  canEnter,
  chooseForRestore,
  neighbourStep,
  toPlanRequest,
  type RestoreChoice,
  type RestoreChoices,
} from './restore-choices.ts';
import { setChecked, nothingSelected, type Selection } from './selection.ts';

function archive(id: string): Archive {
  return {
    id,
    shortId: id,
    time: '2026-11-16T10:00:00Z',
    hostname: null,
    username: null,
    paths: [],
    tags: [],
    programVersion: null,
    totalFiles: null,
    totalBytes: null,
    bytesAdded: null,
  };
}
const folder = { grant: '0123456789abcdef', path: '/media/x', name: 'x' };
const docs: Selection = setChecked(
  nothingSelected,
  { path: '/docs', name: 'docs' },
  true,
  () => null,
  (path) => path,
);

function after(...choices: RestoreChoice[]): RestoreChoices {
  return choices.reduce(chooseForRestore, beginRestore(archive('a')));
}

describe('the choices of a restore', () => {
  it('never preselect what destroys', () => {
    expect(beginRestore(null).conflictPolicy).toBe('keep-both');
    expect(beginRestore(null).step).toBe('archive');
    expect(beginRestore(archive('a')).step).toBe('what');
  });

  it('do not go on without what a step stands on', () => {
    expect(after({ type: 'go', step: 'where' }).step).toBe('what');
    const chosen = after({ type: 'set', values: { selection: docs } });
    expect(canEnter(chosen, 'where')).toBe(true);
    expect(canEnter(chosen, 'preview')).toBe(false);
    expect(canEnter(chooseForRestore(chosen, { type: 'folder', folder }), 'preview')).toBe(true);
    expect(
      canEnter(
        chooseForRestore(chosen, { type: 'set', values: { targetKind: 'original' } }),
        'preview',
      ),
    ).toBe(true);
    expect(canEnter(beginRestore(null), 'what')).toBe(false);
  });

  it('refuse more single items than a request may hold', () => {
    const many: Selection = new Map(
      Array.from({ length: 10_001 }, (_, index) => [`/${index}`, { checked: true, name: '' }]),
    );
    expect(canEnter(after({ type: 'set', values: { selection: many } }), 'where')).toBe(false);
  });

  it('forget the items when another archive is taken, and only then', () => {
    const chosen = after({ type: 'set', values: { selection: docs } });
    expect(chooseForRestore(chosen, { type: 'archive', archive: archive('a') }).selection).toBe(
      docs,
    );
    expect(
      chooseForRestore(chosen, { type: 'archive', archive: archive('b') }).selection.size,
    ).toBe(0);
  });

  it('become a request that the main process accepts', () => {
    const destinationId = 'd';
    const chosen = after(
      { type: 'set', values: { selection: docs } },
      { type: 'folder', folder },
      { type: 'set', values: { keepParents: true } },
    );
    const request = toPlanRequest(chosen, destinationId);
    expect(requests['restore:plan'].params.parse(request)).toEqual({
      destinationId,
      archiveId: 'a',
      include: ['/docs'],
      exclude: [],
      conflictPolicy: 'keep-both',
      target: { kind: 'folder', grant: folder.grant, keepParents: true },
    });
    const original = chooseForRestore(chosen, { type: 'set', values: { targetKind: 'original' } });
    expect(toPlanRequest(original, destinationId)?.target).toEqual({ kind: 'original' });
    expect(toPlanRequest(beginRestore(null), destinationId)).toBeNull();
  });

  it('go step by step', () => {
    expect(neighbourStep('what', 1)).toBe('where');
    expect(neighbourStep('archive', -1)).toBeNull();
    expect(neighbourStep('preview', 1)).toBeNull();
  });
});
