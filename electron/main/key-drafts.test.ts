import { describe, expect, it } from 'vitest';
import { groupsOf } from '../../shared/recovery-key.ts';
import { KeyDrafts } from './key-drafts.ts';

const prepared = { masterKey: new Uint8Array(8).fill(7), sealedConfig: new Uint8Array(8) };

function make(drafts: KeyDrafts): { draftId: string; key: string; askedGroups: number[] } {
  const draft = drafts.make('key', '1a2b3c4d', { kind: 'new-backup', prepared });
  return { ...draft, key: drafts.keyOf(draft.draftId) ?? '' };
}

describe('KeyDrafts', () => {
  it('makes 64 random digits and asks for three different groups', () => {
    const drafts = new KeyDrafts();
    const made = Array.from({ length: 50 }, () => make(drafts));
    expect(new Set(made.map(({ key }) => key)).size).toBe(50);
    for (const { key, askedGroups } of made) {
      expect(key).toMatch(/^[0-9a-f]{64}$/u);
      expect(new Set(askedGroups).size).toBe(3);
      expect(askedGroups.every((group) => group >= 1 && group <= 16)).toBe(true);
    }
  });

  it('takes the pasted key in any spelling', () => {
    const drafts = new KeyDrafts();
    const { draftId, key } = make(drafts);
    expect(drafts.provedBy(draftId)).toBeNull();
    const text = groupsOf(key.toUpperCase()).join('-');
    expect(drafts.prove(draftId, { how: 'pasted', text })).toEqual({
      proved: true,
      wrongGroups: [],
    });
    expect(drafts.provedBy(draftId)).toBe('pasted');
  });

  it('names the groups of a pasted key that differ', () => {
    const drafts = new KeyDrafts();
    const { draftId, key } = make(drafts);
    const groups = groupsOf(key);
    groups[4] = groups[4] === '0000' ? '1111' : '0000';
    expect(drafts.prove(draftId, { how: 'pasted', text: groups.join(' ') })).toEqual({
      proved: false,
      wrongGroups: [5],
    });
    expect(drafts.prove(draftId, { how: 'pasted', text: 'half a key' })).toEqual({
      proved: false,
      wrongGroups: [],
    });
    expect(drafts.provedBy(draftId)).toBeNull();
  });

  it('takes just the three groups that it asked for', () => {
    const drafts = new KeyDrafts();
    const { draftId, key, askedGroups } = make(drafts);
    const typed = askedGroups.map((group) => ({
      group,
      text: ` ${groupsOf(key)[group - 1] ?? ''} `,
    }));
    const others = [1, 2, 3, 4].filter((group) => !askedGroups.includes(group)).slice(0, 1);
    const wrong = [...typed.slice(1), { group: others[0] ?? 1, text: groupsOf(key)[0] ?? '' }];
    expect(drafts.prove(draftId, { how: 'three-groups', groups: wrong }).wrongGroups).toEqual([
      askedGroups[0],
    ]);
    expect(drafts.prove(draftId, { how: 'three-groups', groups: typed }).proved).toBe(true);
  });

  it('forgets a discarded key', () => {
    const drafts = new KeyDrafts();
    const { draftId } = make(drafts);
    drafts.discard(draftId);
    expect(() => drafts.keyOf(draftId)).toThrow('ipc/unknown-item');
  });

  it('makes room for a password: no key, nothing to prove here', () => {
    const drafts = new KeyDrafts();
    const purpose = { kind: 'replacement', destinationId: 'd' } as const;
    const { draftId, askedGroups } = drafts.make('password', '1a2b3c4d', purpose);
    expect([askedGroups, drafts.keyOf(draftId)]).toEqual([[], null]);
    expect(drafts.fingerprintOf(draftId)).toBe('1a2b3c4d');
    expect(drafts.purposeOf(draftId)).toEqual(purpose);
    expect(drafts.prove(draftId, { how: 'pasted', text: 'anything' }).proved).toBe(false);
  });

  it('leaves no master key in memory', () => {
    const drafts = new KeyDrafts();
    const own = { ...prepared, masterKey: new Uint8Array(8).fill(7) };
    drafts.make('key', '1a2b3c4d', { kind: 'new-backup', prepared: own });
    drafts.discardAll();
    expect([...own.masterKey]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('serves one request only, and is not overwritten while it does', () => {
    const drafts = new KeyDrafts();
    const own = { ...prepared, masterKey: new Uint8Array(8).fill(7) };
    const { draftId } = drafts.make('key', '1a2b3c4d', { kind: 'new-backup', prepared: own });
    drafts.claim(draftId);
    expect(() => drafts.claim(draftId)).toThrow('ipc/unknown-item');
    // The wizard is left while the request is under way.
    drafts.discard(draftId);
    expect(own.masterKey[0]).toBe(7);
    drafts.release(draftId);
    expect(own.masterKey[0]).toBe(0);
    expect(() => drafts.keyOf(draftId)).toThrow('ipc/unknown-item');
  });
});
