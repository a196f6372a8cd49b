/** A later proof: main picks the groups, main compares, and the storage has the last word. */
import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../shared/errors.ts';
import type { Protection } from '../../../shared/model/protection.ts';
import { groupsOf } from '../../../shared/recovery-key.ts';
import type { HandlerContext } from './context.ts';
import { knownWords, protectionHandlers } from './protection.ts';

const KEY = '0123456789abcdef'.repeat(3) + 'fedcba9876543210';
const DESTINATION = { destinationId: 'd' };

interface SceneOptions {
  readonly opens?: string;
  readonly keptSlot?: string;
}

function scene({ opens = KEY, keptSlot = 'slot' }: SceneOptions = {}) {
  const protection: Protection = {
    kind: 'key',
    keyId: 'slot',
    proofs: [],
    changedAt: null,
    changingTo: null,
    retiringKeyId: null,
    remindAfter: null,
  };
  let destination = {
    protection,
    location: { kind: 'local', path: '/media/disk' },
    repositoryId: 'r',
  };
  const seen = { tried: [] as string[], refused: false };
  const context = {
    clipboard: { clear: () => Promise.resolve() },
    model: {
      destination: () => destination,
      isRefused: () => false,
      refuse: () => {
        seen.refused = true;
        return Promise.resolve();
      },
      updateDestination: (_: string, change: (known: typeof destination) => typeof destination) => {
        destination = change(destination);
        return Promise.resolve();
      },
      settings: { plans: [], destinations: [] },
    },
    engine: {
      call: (_: string, { secret }: { readonly secret: string }) => {
        seen.tried.push(secret);
        return secret === opens
          ? Promise.resolve({ repositoryId: 'r' })
          : Promise.reject(new HoldfastError('repo/wrong-secret'));
      },
    },
    places: { of: (location: unknown) => Promise.resolve({ location, credentials: null }) },
    secrets: {
      get: () => Promise.resolve({ keyId: keptSlot, recoveryKey: Buffer.from(KEY, 'hex') }),
    },
  } as unknown as HandlerContext;
  return {
    handlers: protectionHandlers(context),
    seen,
    proofs: () => destination.protection.proofs,
  };
}

const typed = (key: string, asked: readonly number[]) => ({
  how: 'three-groups' as const,
  groups: asked.map((group) => ({ group, text: groupsOf(key)[group - 1] ?? '' })),
});

describe('a later proof', () => {
  it('takes the three groups that were asked, and notes how it was given', async () => {
    const { handlers, proofs } = scene();
    const { askedGroups } = await handlers['protection:ask-groups'](DESTINATION);
    expect(new Set(askedGroups).size).toBe(3);
    const proof = typed(KEY.toUpperCase(), askedGroups);
    const judged = await handlers['protection:prove-saved']({ ...DESTINATION, proof });
    expect(judged).toEqual({ proved: true, wrongGroups: [] });
    expect(proofs()).toMatchObject([{ how: 'three-groups' }]);
  });

  it('names the groups that differ, and tries nothing on the storage then', async () => {
    const { handlers, seen, proofs } = scene();
    const { askedGroups } = await handlers['protection:ask-groups'](DESTINATION);
    const right = typed(KEY, askedGroups).groups;
    const [first, second] = right;
    const groups = right.with(1, { group: second?.group ?? 0, text: 'zzzz' });
    // Right groups in the place of those that were asked prove nothing.
    const proof = { how: 'three-groups' as const, groups };
    const judged = await handlers['protection:prove-saved']({ ...DESTINATION, proof });
    expect(judged).toEqual({ proved: false, wrongGroups: [second?.group] });
    const others = { how: 'three-groups' as const, groups: right.map(() => first ?? right[0]) };
    const again = await handlers['protection:prove-saved']({
      ...DESTINATION,
      proof: others as typeof proof,
    });
    expect(again.proved).toBe(false);
    expect(seen.tried).toEqual([]);
    expect(proofs()).toEqual([]);
  });

  it.each([
    ['none were asked', {}],
    ['the key kept here is of another slot', { keptSlot: 'another' }],
  ])('by groups is refused where %s', async (_, options) => {
    const { handlers, proofs } = scene(options);
    if ('keptSlot' in options) {
      expect(await handlers['protection:ask-groups'](DESTINATION)).toEqual({ askedGroups: [] });
    }
    const proof = typed(KEY, [1, 2, 3]);
    const proving = Promise.resolve(handlers['protection:prove-saved']({ ...DESTINATION, proof }));
    await expect(proving).rejects.toMatchObject({ code: 'secret/not-stored' });
    expect(proofs()).toEqual([]);
  });

  it('by groups of a key that does not open any more proves nothing, and this computer asks', async () => {
    const { handlers, seen, proofs } = scene({ opens: 'what another computer has set' });
    const { askedGroups } = await handlers['protection:ask-groups'](DESTINATION);
    const proof = typed(KEY, askedGroups);
    const proving = Promise.resolve(handlers['protection:prove-saved']({ ...DESTINATION, proof }));
    await expect(proving).rejects.toMatchObject({ code: 'secret/required' });
    expect(seen.refused).toBe(true);
    expect(proofs()).toEqual([]);
  });

  it('names the groups of a pasted key that differ from the one kept here', async () => {
    const { handlers } = scene();
    const text = `${KEY.slice(0, 24)}0000${KEY.slice(28)}`;
    const proof = { how: 'pasted' as const, text };
    const judged = await handlers['protection:prove-saved']({ ...DESTINATION, proof });
    expect(judged).toEqual({ proved: false, wrongGroups: [7] });
  });
});

it('judges a password with the names of person, computer and places', () => {
  const context = {
    computerName: 'annas-laptop',
    accountName: 'anna.schmid',
    model: { settings: { destinations: [{ label: 'Big disk' }], plans: [{ name: 'Backup' }] } },
  } as unknown as HandlerContext;
  const words = knownWords(context);
  for (const word of ['annas', 'laptop', 'anna.schmid', 'anna', 'schmid', 'Big disk', 'Backup']) {
    expect(words).toContain(word);
  }
  expect(knownWords({ ...context, accountName: '' })).not.toContain('');
});
