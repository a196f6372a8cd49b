/** Keychains that refuse, changes that meet each other, secrets of another time: what opens a backup is never lost, and never left open unknown. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { HoldfastError } from '../../shared/errors.ts';
import type { PlaintextExport } from '../../shared/model/key-export.ts';
import { restic } from '../../electron/engine/testing/restic-binary.ts';
import { temporaryFolder } from '../../electron/engine/testing/temporary-folder.ts';
import type { HandlerContext } from '../../electron/main/handlers/context.ts';
import { destinationHandlers } from '../../electron/main/handlers/destinations.ts';
import { exportHandlers } from '../../electron/main/handlers/exports.ts';
import { finishChanges, keyChangeHandlers } from '../../electron/main/handlers/key-change.ts';
import { placeHandlers } from '../../electron/main/handlers/places.ts';
import { setupHandlers } from '../../electron/main/handlers/setup.ts';
import { computerIn, DESTINATION_ID, makeBackup } from './computer.ts';

let folder = '';
let path = '';
let firstKey = '';
beforeEach(async () => {
  folder = temporaryFolder();
  path = join(folder, 'repo');
  firstKey = await makeBackup(folder);
});

const opens = (password: string): boolean =>
  restic({ repository: path, password }, 'cat', 'config', '--no-lock').status === 0;
const slots = (): string[] => readdirSync(join(path, 'keys'));
const keychainText = (): string => readFileSync(join(folder, 'keychain.json'), 'utf8');

type Computer = Awaited<ReturnType<typeof computerIn>>;
type Calls = Computer['engine']['call'];

/** The context with an engine whose calls of this name go another way. */
function withCall(
  { context, engine }: Computer,
  name: string,
  instead: (go: () => Promise<unknown>) => Promise<unknown>,
): HandlerContext {
  const call = (called: string, params: unknown): Promise<unknown> => {
    const go = (): Promise<unknown> => engine.call(called as never, params as never);
    return called === name ? instead(go) : go();
  };
  return { ...context, engine: { call: call as Calls } } as unknown as HandlerContext;
}

const refusing = (): Promise<unknown> => Promise.reject(new HoldfastError('repo/locked'));

async function newKey(computer: Computer): Promise<{ draftId: string; key: string }> {
  const { draftId } = await computer.handlers['protection:make-draft']({
    kind: 'key',
    destinationId: DESTINATION_ID,
  });
  return { draftId, key: computer.context.drafts.keyOf(draftId) ?? '' };
}

async function change(context: HandlerContext, draftId: string): Promise<unknown> {
  const protection = { kind: 'key', draftId, proofPostponed: true } as const;
  return keyChangeHandlers(context)['keys:change']({ destinationId: DESTINATION_ID, protection });
}

/** A change whose old slot could not be removed. */
async function changedHalfway(computer: Computer): Promise<string> {
  const { draftId, key } = await newKey(computer);
  expect(await change(withCall(computer, 'keys:remove', refusing), draftId)).toEqual({
    oldStillOpens: true,
  });
  return key;
}

const attach = (context: HandlerContext, secret: string) => {
  const grants = { location: () => ({ kind: 'local', path }), consume: () => undefined };
  const handlers = destinationHandlers({ ...context, grants } as unknown as HandlerContext);
  return Promise.resolve(handlers['destinations:attach']({ grant: 'g', secret }));
};

const unlock = (context: HandlerContext, secret: string) =>
  destinationHandlers(context)['destinations:unlock']({ destinationId: DESTINATION_ID, secret });

function anExport(part: Partial<PlaintextExport>): PlaintextExport {
  return {
    id: '8a4f3a52-1c1f-4f0e-8e0b-5b8b8a5c7d03',
    path: join(folder, 'export.csv'),
    kind: 'manager-file',
    fingerprint: '',
    writtenAt: new Date().toISOString(),
    draftId: null,
    keyId: null,
    opensNothing: false,
    ...part,
  };
}

describe('set-up', () => {
  it('writes nothing where the keychain refuses by now and nothing was proved', async () => {
    const computer = await computerIn(folder);
    expect(await computer.context.secrets.problem()).toBeNull();
    mkdirSync(join(folder, 'source'));
    const place = join(folder, 'new');
    const context = {
      ...computer.context,
      grants: {
        location: () => ({ kind: 'local', path: place }),
        peek: () => join(folder, 'source'),
        consume: () => undefined,
      },
      jobs: { isBusy: () => false, start: () => 'job' },
      ownFolders: [],
    } as unknown as HandlerContext;
    const { draftId } = await computer.handlers['protection:make-draft']({
      kind: 'key',
      destinationId: null,
    });
    const key = context.drafts.keyOf(draftId) ?? '';
    const finish = async (): Promise<unknown> =>
      setupHandlers(context)['setup:finish']({
        sourceGrants: ['s'],
        destinationGrant: 'd',
        protection: { kind: 'key', draftId, proofPostponed: true },
        replacesDestinationId: null,
      });
    computer.keychain.isRefusing = true;
    await expect(finish()).rejects.toMatchObject({ code: 'secret/proof-needed' });
    expect(readdirSync(folder)).not.toContain('new');
    expect(computer.model.settings.destinations).toHaveLength(1);
    // The draft is kept: once the keychain is unlocked, or the key is proved, it goes on with the same key.
    computer.keychain.isRefusing = false;
    await finish();
    expect(keychainText()).toContain(key);
  });
});

describe('a keychain that refuses in the middle of a change', () => {
  it('keeps the old secret in force where it still has that', async () => {
    const computer = await computerIn(folder);
    const { draftId, key } = await newKey(computer);
    const context = withCall(computer, 'keys:add', async (go) => {
      const added = await go();
      computer.keychain.isRefusing = true;
      return added;
    });
    await expect(change(context, draftId)).rejects.toMatchObject({ code: 'secret/proof-needed' });
    expect([opens(firstKey), opens(key), slots().length]).toEqual([true, false, 1]);
  });

  it('removes no secret where nobody knows which one it has', async () => {
    await makeUnproved();
    const computer = await computerIn(folder);
    const { draftId, key } = await newKey(computer);
    const { keychain, context, model } = computer;
    const set = keychain.setPassword;
    // It takes the new one, then locks itself.
    keychain.setPassword = async (service, account, password) => {
      await set(service, account, password);
      if (password.includes(key)) [keychain.isMute, keychain.isRefusing] = [true, true];
    };
    const refused = { code: 'secret/change-unsettled' };
    await expect(change(context, draftId)).rejects.toMatchObject(refused);
    expect([opens(firstKey), opens(key)]).toEqual([true, true]);
    // Neither by trying again, nor by settling, while it says nothing.
    await finishChanges(context);
    expect([opens(firstKey), opens(key)]).toEqual([true, true]);
    expect(model.destination(DESTINATION_ID).protection.changingTo).not.toBeNull();

    // At the next start it says which one it has.
    const again = await computerIn(folder);
    await finishChanges(again.context);
    expect([opens(firstKey), opens(key)]).toEqual([false, true]);
    expect(again.model.destination(DESTINATION_ID).protection).toMatchObject({
      changingTo: null,
      retiringKeyId: null,
      keyId: slots()[0],
    });
  });

  async function makeUnproved(): Promise<void> {
    const { config } = await computerIn(folder);
    await config.update((settings) => ({
      ...settings,
      destinations: settings.destinations.map((known) => ({
        ...known,
        protection: { ...known.protection, proofs: [] },
      })),
    }));
  }
});

describe('settling', () => {
  it('never takes back what a change is just writing', async () => {
    const computer = await computerIn(folder);
    const { draftId, key } = await newKey(computer);
    let settled: Promise<void> = Promise.resolve();
    const context = withCall(computer, 'keys:add', async (go) => {
      const added = await go();
      // The settling of the start has come to this destination just now.
      settled = finishChanges(computer.context);
      await new Promise((resolve) => setImmediate(resolve));
      return added;
    });
    expect(await change(context, draftId)).toEqual({ oldStillOpens: false });
    await settled;
    expect([opens(firstKey), opens(key), slots().length]).toEqual([false, true, 1]);
    const { protection, repositoryId } = computer.model.destination(DESTINATION_ID);
    expect([protection.keyId, protection.changingTo]).toEqual([slots()[0], null]);
    expect((await computer.secrets.get(repositoryId))?.keyId).toBe(protection.keyId);
  });
});

describe('a secret that was replaced', () => {
  it('is not taken for the one in force, by attaching either', async () => {
    const computer = await computerIn(folder);
    const key = await changedHalfway(computer);
    const replaced = { code: 'secret/was-replaced' };
    await expect(attach(computer.context, firstKey)).rejects.toMatchObject(replaced);
    expect(keychainText()).toContain(key);
    await attach(computer.context, key);
    // What was left of the change is done by that.
    expect([opens(firstKey), opens(key), slots().length]).toEqual([false, true, 1]);
  });

  it('is said to open nothing when it does, and not before', async () => {
    const computer = await computerIn(folder);
    const { keyId } = computer.model.destination(DESTINATION_ID).protection;
    const { draftId } = await newKey(computer);
    await computer.config.update((settings) => ({
      ...settings,
      exports: [
        anExport({ keyId }),
        anExport({ id: '8a4f3a52-1c1f-4f0e-8e0b-5b8b8a5c7d04', draftId }),
      ],
    }));
    const marks = (from = computer): boolean[] =>
      from.model.settings.exports.map(({ opensNothing }) => opensNothing);
    await change(withCall(computer, 'keys:remove', refusing), draftId);
    expect([opens(firstKey), marks()]).toEqual([true, [false, false]]);
    // The draft is used up by now; its file has the secret in force.
    await computer.handlers['protection:discard-draft']({ draftId });
    const again = await computerIn(folder);
    await finishChanges(again.context);
    expect([opens(firstKey), marks(again)]).toEqual([false, [true, false]]);
  });

  it('does not open for ever since another computer was quicker', async () => {
    const computer = await computerIn(folder);
    const key = await changedHalfway(computer);
    const file = join(folder, 'password');
    writeFileSync(file, 'another computer’s password');
    const passwd = ['key', 'passwd', '--new-password-file', file];
    expect(restic({ repository: path, password: key }, ...passwd).status).toBe(0);
    expect(opens(firstKey)).toBe(true);
    await unlock(computer.context, 'another computer’s password');
    expect([opens(firstKey), slots().length]).toEqual([false, 1]);
    expect(computer.model.destination(DESTINATION_ID).protection.retiringKeyId).toBeNull();
  });

  it('nor does the new one of a change that was cut off', async () => {
    const computer = await computerIn(folder);
    const { draftId, key } = await newKey(computer);
    // The engine ends after it has written the slot, and nothing can be taken back.
    const cutOff = withCall(computer, 'keys:add', async (go) => {
      await go();
      throw new HoldfastError('engine/crashed');
    });
    const { engine } = withCall(computer, 'keys:remove', refusing);
    const call = ((name: string, params: unknown) =>
      (name === 'keys:remove' ? engine : cutOff.engine).call(
        name as never,
        params as never,
      )) as Calls;
    const context = { ...computer.context, engine: { call } } as unknown as HandlerContext;
    await expect(change(context, draftId)).rejects.toMatchObject({ code: 'engine/crashed' });
    expect(slots()).toHaveLength(2);
    const file = join(folder, 'password');
    writeFileSync(file, 'another computer’s password');
    const passwd = ['key', 'passwd', '--new-password-file', file];
    expect(restic({ repository: path, password: firstKey }, ...passwd).status).toBe(0);
    await unlock(computer.context, 'another computer’s password');
    expect([opens(key), slots().length]).toEqual([false, 1]);
  });

  it('by another computer is told to whoever wants to check the former', async () => {
    const computer = await computerIn(folder);
    const file = join(folder, 'password');
    writeFileSync(file, 'another computer’s password');
    const passwd = ['key', 'passwd', '--new-password-file', file];
    expect(restic({ repository: path, password: firstKey }, ...passwd).status).toBe(0);
    const prove = async (secret: string): Promise<unknown> =>
      computer.handlers['protection:prove-saved']({
        destinationId: DESTINATION_ID,
        proof: { how: 'pasted', text: secret },
      });
    await expect(prove(firstKey)).rejects.toMatchObject({ code: 'secret/changed-elsewhere' });
    expect(computer.model.isRefused(DESTINATION_ID)).toBe(true);
  });
});

describe('a file with a secret in clear', () => {
  it('of a draft that was discarded is known to open nothing', async () => {
    const computer = await computerIn(folder);
    const { draftId } = await newKey(computer);
    await computer.config.update((settings) => ({ ...settings, exports: [anExport({ draftId })] }));
    await computer.handlers['protection:discard-draft']({ draftId });
    expect(computer.model.settings.exports).toMatchObject([{ opensNothing: true }]);
  });

  it('is watched with the slot that it opens, and not where it could not be written', async () => {
    const computer = await computerIn(folder);
    const place = join(folder, 'exported');
    const desktop = { chooseFile: () => Promise.resolve(join(place, 'key.csv')) };
    const handlers = exportHandlers({ ...computer.context, desktop } as unknown as HandlerContext);
    const write = async (): Promise<unknown> =>
      handlers['keys:export']({
        source: { kind: 'destination', destinationId: DESTINATION_ID, password: null },
        form: 'chrome-csv',
        filePassword: null,
        language: 'en',
      });
    await expect(write()).rejects.toMatchObject({ code: 'export/not-written' });
    expect(computer.model.settings.exports).toEqual([]);
    mkdirSync(place);
    await write();
    await write();
    const { keyId } = computer.model.destination(DESTINATION_ID).protection;
    const watched = [{ path: join(place, 'key.csv'), keyId, opensNothing: false }];
    expect(computer.model.settings.exports).toMatchObject(watched);
    expect(readdirSync(place)).toEqual(['key.csv']);
  });

  it('is watched under its first name, too, until it has its own', async () => {
    const computer = await computerIn(folder);
    const seen: string[][] = [];
    const update = computer.model.update.bind(computer.model);
    computer.model.update = async (settings) => {
      await update(settings);
      seen.push(computer.model.settings.exports.map((written) => written.path));
    };
    const desktop = { chooseFile: () => Promise.resolve(join(folder, 'key.csv')) };
    const handlers = exportHandlers({ ...computer.context, desktop } as unknown as HandlerContext);
    await handlers['keys:export']({
      source: { kind: 'destination', destinationId: DESTINATION_ID, password: null },
      form: 'chrome-csv',
      filePassword: null,
      language: 'en',
    });
    expect(seen[0]).toEqual([
      join(folder, 'key.csv'),
      expect.stringMatching(/key\.csv\..*\.part$/u),
    ]);
    expect(seen.at(-1)).toEqual([join(folder, 'key.csv')]);
  });
});

it('a backup whose secret nobody has shown to be saved is let go only on purpose', async () => {
  const computer = await computerIn(folder);
  const key = await changedHalfway(computer);
  const request = { destinationId: DESTINATION_ID, revoke: false };
  const disconnect = async (lossIsAccepted?: boolean): Promise<unknown> =>
    placeHandlers(computer.context)['destinations:disconnect'](
      lossIsAccepted === undefined ? request : { ...request, lossIsAccepted },
    );
  await expect(disconnect()).rejects.toMatchObject({ code: 'secret/not-proved' });
  expect(computer.model.settings.destinations).toHaveLength(1);
  await disconnect(true);
  expect(computer.model.settings.destinations).toHaveLength(0);
  expect(keychainText()).toContain(key);
});
