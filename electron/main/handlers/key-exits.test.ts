/** Every way on which a stored key leaves goes past the system's question who is there. */
import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../shared/errors.ts';
import { PersonCheck } from '../person-check.ts';
import type { HandlerContext } from './context.ts';
import { exportHandlers } from './exports.ts';
import { keyHandlers } from './keys.ts';

const KEY = 'ab'.repeat(32);
const STORED = { kind: 'destination', destinationId: 'd', password: null } as const;

function scene(answer: boolean, kind: 'key' | 'password' = 'key', opens = '') {
  let nowMs = 0;
  const seen = { asked: 0, chosen: 0, copied: 0 };
  const copies: string[] = [];
  const desktop = {
    authenticate: () => {
      seen.asked += 1;
      return Promise.resolve(answer);
    },
    chooseFile: () => {
      seen.chosen += 1;
      return Promise.resolve(null);
    },
  };
  const destination = {
    protection: { kind },
    fingerprint: '01234567',
    label: 'Disk',
    location: { kind: 'local', path: '/media/disk' },
    repositoryId: 'r',
  };
  const context = {
    desktop,
    person: new PersonCheck(desktop, () => nowMs),
    computerName: 'laptop',
    model: {
      destination: () => destination,
      isRefused: () => false,
      settings: { plans: [], destinations: [] },
    },
    engine: {
      // As the engine does: as typed, then in the form in which new passwords are stored.
      call: (_: string, { secret }: { readonly secret: string }) =>
        [secret, secret.normalize('NFC')].includes(opens)
          ? Promise.resolve({ repositoryId: 'r' })
          : Promise.reject(new HoldfastError('repo/wrong-secret')),
    },
    places: { of: (location: unknown) => Promise.resolve({ location, credentials: null }) },
    secrets: { get: () => Promise.resolve({ recoveryKey: Buffer.from(KEY, 'hex') }) },
    clipboard: {
      copy: (text: string) => {
        copies.push(text);
        seen.copied += 1;
        return Promise.resolve();
      },
    },
  } as unknown as HandlerContext;
  const handlers = { ...keyHandlers(context), ...exportHandlers(context) };
  return { handlers, seen, copies, later: (ms: number) => (nowMs += ms) };
}

type Exits = ReturnType<typeof scene>['handlers'];
const exits: readonly (readonly [string, (handlers: Exits) => unknown])[] = [
  ['reveal', (handlers) => handlers['keys:reveal']({ destinationId: 'd' })],
  ['copy', (handlers) => handlers['keys:copy']({ source: STORED })],
  ['print', (handlers) => handlers['keys:kit']({ source: STORED })],
  ['save the kit', (handlers) => handlers['keys:save-kit']({ source: STORED, language: 'en' })],
  [
    'export',
    (handlers) =>
      handlers['keys:export']({
        source: STORED,
        form: 'bitwarden-csv',
        filePassword: null,
        language: 'en',
      }),
  ],
  [
    'hand over',
    (handlers) => handlers['keys:hand-over']({ source: STORED, program: 'op', language: 'en' }),
  ],
];

describe('a stored key', () => {
  it.each(exits)('does not leave by %s when the person is not known', async (_, leave) => {
    const { handlers, seen } = scene(false);
    await expect(Promise.resolve().then(() => leave(handlers))).rejects.toMatchObject({
      code: 'secret/not-authenticated',
    });
    expect(seen).toEqual({ asked: 1, chosen: 0, copied: 0 });
  });

  it('asks once for what is done one after the other, and again after a while', async () => {
    const { handlers, seen, later } = scene(true);
    await handlers['keys:reveal']({ destinationId: 'd' });
    later(30_000);
    await handlers['keys:copy']({ source: STORED });
    expect(seen).toMatchObject({ asked: 1, copied: 1 });
    later(120_000);
    await handlers['keys:kit']({ source: STORED });
    expect(seen.asked).toBe(2);
  });
});

describe('a password that leaves', () => {
  const composed = 'Zwölf Boxkämpfer jagen'.normalize('NFC');
  const decomposed = composed.normalize('NFD');
  const typed = (password: string) => ({ ...STORED, password });

  it.each([
    ['typed in another form of the same letters', decomposed, composed],
    ['of a backup that another program made with that form', decomposed, decomposed],
    ['as it is', composed, composed],
  ])('%s, opens with any program', async (_, password, opens) => {
    const { handlers, copies } = scene(true, 'password', opens);
    await handlers['keys:copy']({ source: typed(password) });
    expect(copies).toEqual([opens]);
  });

  it('never leaves when it opens nothing', async () => {
    const { handlers, copies } = scene(true, 'password', 'another');
    const copying = Promise.resolve(handlers['keys:copy']({ source: typed(composed) }));
    await expect(copying).rejects.toMatchObject({ code: 'repo/wrong-secret' });
    expect(copies).toEqual([]);
  });
});
