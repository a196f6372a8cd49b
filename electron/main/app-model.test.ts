import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HoldfastError } from '../../shared/errors.ts';
import type { DestinationView } from '../../shared/ipc/contract.ts';
import type { Location } from '../../shared/model/destination.ts';
import { ConfigStore } from '../platform/config-store.ts';
import { googleSettings } from '../platform/google/google-settings.ts';
import { SecretStore } from '../platform/secret-store.ts';
import { AppModel } from './app-model.ts';
import { Places } from './places.ts';

const ID = '8a4f3a52-1c1f-4f0e-8e0b-5b8b8a5c7d02';

async function scene(locate: (folder: string) => Location) {
  const folder = mkdtempSync(join(tmpdir(), 'app-model-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const secrets = new SecretStore(async () => {
    throw new Error('no keychain');
  });
  await secrets.set('r', { keyId: 'k', slotKey: new Uint8Array(64), recoveryKey: null });
  const config = await ConfigStore.open(join(folder, 'settings.json'));
  await config.update((settings) => ({
    ...settings,
    destinations: [
      {
        id: ID,
        location: locate(folder),
        label: 'laptop',
        repositoryId: 'r',
        fingerprint: '1a2b3c4d',
        protection: {
          kind: 'key',
          keyId: 'k',
          proofs: [],
          changedAt: null,
          changingTo: null,
          retiringKeyId: null,
          remindAfter: null,
        },
        createdAt: '2026-01-01T00:00:00.000Z',
      },
    ],
  }));
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
  const view = async (): Promise<DestinationView | undefined> =>
    (await model.state()).destinations[0];
  return { folder, model, places, view };
}

describe('a destination in iCloud Drive', () => {
  it('is there also when its config is only in iCloud; that iCloud Drive is off is another state', async () => {
    const { folder, view } = await scene((root) => ({
      kind: 'icloud',
      path: join(root, 'drive', 'Holdfast', 'laptop'),
    }));
    expect(await view()).toMatchObject({ status: 'icloud-off' });
    const repository = join(folder, 'drive', 'Holdfast', 'laptop');
    mkdirSync(repository, { recursive: true });
    expect(await view()).toMatchObject({ status: 'unreachable' });
    writeFileSync(join(repository, '.config.icloud'), '');
    expect(await view()).toMatchObject({ status: 'ready' });
    renameSync(join(repository, '.config.icloud'), join(repository, 'config'));
    expect(await view()).toMatchObject({ status: 'ready' });
  });
});

describe('a destination that asks for a new sign-in', () => {
  const bucket: Location = {
    kind: 's3',
    endpoint: 'https://s3.example.com',
    region: 'r',
    bucket: 'b',
    path: 'p',
    pathStyle: true,
  };

  it('says which error asked for it, whatever met it', async () => {
    const { model, places, view } = await scene(() => bucket);
    expect(await view()).toMatchObject({ status: 'signed-out', signedOutBecause: null });
    places.offer(bucket, { kind: 's3', accessKeyId: 'a', secretAccessKey: 's' });
    expect(await view()).toMatchObject({ status: 'ready' });
    const refused = model.use(ID, () => Promise.reject(new HoldfastError('s3/wrong-region')));
    await expect(refused).rejects.toMatchObject({ code: 's3/wrong-region' });
    expect(await view()).toMatchObject({
      status: 'signed-out',
      signedOutBecause: 's3/wrong-region',
    });
    await model.setSignedOut(ID, null);
    expect(await view()).toMatchObject({ status: 'ready', signedOutBecause: null });
  });
});
