import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { HoldfastError } from '../../../shared/errors.ts';
import type { Destination } from '../../../shared/model/destination.ts';
import type { Protection } from '../../../shared/model/protection.ts';
import { ConfigStore } from '../../platform/config-store.ts';
import { SecretStore } from '../../platform/secret-store.ts';
import { googleSettings } from '../../platform/google/google-settings.ts';
import { Places } from '../places.ts';
import { AppModel } from '../app-model.ts';
import { DestinationTurns } from '../destination-turns.ts';
import type { EngineClient } from '../engine-client.ts';
import { finishChanges } from './key-change.ts';

const ID = '8a4f3a52-1c1f-4f0e-8e0b-5b8b8a5c7d02';

/** A computer whose keychain has the slot `stored`, and whose settings say `protection`. */
async function computer(
  stored: string,
  change: Partial<Protection>,
  remove = async (): Promise<unknown> => null,
) {
  const root = mkdtempSync(join(tmpdir(), 'key-change-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const path = join(root, 'repo');
  mkdirSync(path);
  writeFileSync(join(path, 'config'), '');
  const secrets = new SecretStore(async () => {
    throw new Error('no keychain');
  });
  await secrets.set('r', { keyId: stored, slotKey: new Uint8Array(64), recoveryKey: null });
  const config = await ConfigStore.open(join(root, 'settings.json'));
  const protection: Protection = {
    kind: 'key',
    keyId: 'old',
    proofs: [{ at: '2026-01-01T00:00:00.000Z', how: 'pasted' }],
    changedAt: null,
    changingTo: null,
    retiringKeyId: null,
    remindAfter: null,
    ...change,
  };
  const destination: Destination = {
    id: ID,
    location: { kind: 'local', path },
    label: 'repo',
    repositoryId: 'r',
    fingerprint: '1a2b3c4d',
    protection,
    createdAt: '2026-01-01T00:00:00.000Z',
  };
  await config.update((settings) => ({ ...settings, destinations: [destination] }));
  const surroundings = {
    version: '0',
    platform: 'linux',
    runtime: 'electron',
    computerName: 'c',
    systemLanguage: 'en',
    storages: { hasGoogleClient: false, googleRedirectedTo: null, hasICloud: false },
  } as const;
  const places = new Places(secrets, () => googleSettings({}, false));
  const model = new AppModel(config, secrets, places, surroundings, () => undefined);
  const call = vi.fn(remove);
  const engine = { call } as unknown as EngineClient;
  await finishChanges({ engine, model, secrets, turns: new DestinationTurns() });
  return { protection: model.destination(ID).protection, call };
}

it('has nothing to do where nothing was cut off', async () => {
  const { call, protection } = await computer('old', {});
  expect(call).not.toHaveBeenCalled();
  expect(protection.proofs).toHaveLength(1);
});

it('removes the old slot of a change that was cut off before its last step', async () => {
  const { call, protection } = await computer('new', { keyId: 'new', retiringKeyId: 'old' });
  expect(call).toHaveBeenCalledWith('keys:remove', expect.objectContaining({ keyId: 'old' }));
  expect(protection.retiringKeyId).toBeNull();
});

it('goes on where the keychain is ahead of the settings', async () => {
  const { call, protection } = await computer('new', { changingTo: 'new' });
  expect(call).toHaveBeenCalledWith('keys:remove', expect.objectContaining({ keyId: 'old' }));
  expect(protection).toMatchObject({ keyId: 'new', retiringKeyId: null, changingTo: null });
});

it('never removes a slot that it was not changing', async () => {
  const { call, protection } = await computer('another', {});
  expect(call).not.toHaveBeenCalled();
  // What is stored is not known to open anything: the settings stay, and the person is asked.
  expect(protection).toMatchObject({ keyId: 'old', retiringKeyId: null });
  expect(protection.proofs).toHaveLength(1);
});

it('keeps it in mind when the slot cannot be removed now, and not when it is gone', async () => {
  const change = { keyId: 'new', retiringKeyId: 'old' };
  const failing = (code: 'repo/locked' | 'repo/key-not-found') => async (): Promise<unknown> => {
    throw new HoldfastError(code);
  };
  const locked = await computer('new', change, failing('repo/locked'));
  expect(locked.protection.retiringKeyId).toBe('old');
  const gone = await computer('new', change, failing('repo/key-not-found'));
  expect(gone.protection.retiringKeyId).toBeNull();
});

it('takes back a slot that was written, and that nobody was told of', async () => {
  const { call, protection } = await computer('old', { changingTo: 'half done' });
  expect(call).toHaveBeenCalledWith('keys:remove', expect.objectContaining({ keyId: 'half done' }));
  expect(protection).toMatchObject({ keyId: 'old', changingTo: null });
  expect(protection.proofs).toHaveLength(1);
});
