/** The main process's part of a change of the secret, with the real engine, settings and handlers, and a keychain that is a file. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createEngine } from '../../electron/engine/engine.ts';
import { testPorts } from '../../electron/engine/testing/engine-means.ts';
import { AppModel } from '../../electron/main/app-model.ts';
import { ClipboardGuard } from '../../electron/main/clipboard-guard.ts';
import { DestinationTurns } from '../../electron/main/destination-turns.ts';
import type { HandlerContext } from '../../electron/main/handlers/context.ts';
import { keyChangeHandlers } from '../../electron/main/handlers/key-change.ts';
import { protectionHandlers } from '../../electron/main/handlers/protection.ts';
import { KeyDrafts } from '../../electron/main/key-drafts.ts';
import { Places } from '../../electron/main/places.ts';
import { storedSecret } from '../../electron/main/stored-secret.ts';
import { ConfigStore } from '../../electron/platform/config-store.ts';
import { googleSettings } from '../../electron/platform/google/google-settings.ts';
import { SecretStore, type Keychain } from '../../electron/platform/secret-store.ts';
import type { Protection } from '../../shared/model/protection.ts';

export const DESTINATION_ID = '8a4f3a52-1c1f-4f0e-8e0b-5b8b8a5c7d02';

/** Written whole or not at all, as the systems' keychains do. */
function keychainIn(file: string): Keychain & { isRefusing: boolean; isMute: boolean } {
  const read = (): Record<string, string> =>
    existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>) : {};
  const write = (entries: Record<string, string>): void => {
    writeFileSync(`${file}.new`, JSON.stringify(entries));
    renameSync(`${file}.new`, file);
  };
  const keychain = {
    isRefusing: false,
    /** As a locked one: what it holds cannot be told. */
    isMute: false,
    getPassword: (_: string, account: string) =>
      Promise.resolve(keychain.isMute ? null : (read()[account] ?? null)),
    setPassword: (_: string, account: string, password: string) => {
      if (keychain.isRefusing) return Promise.reject(new Error('denied'));
      write({ ...read(), [account]: password });
      return Promise.resolve();
    },
    deletePassword: (_: string, account: string) => {
      const { [account]: _removed, ...others } = read();
      write(others);
      return Promise.resolve(true);
    },
  };
  return keychain;
}

/** `folder` holds the repository, the settings and the keychain. */
export async function computerIn(folder: string) {
  const engine = createEngine(testPorts());
  const config = await ConfigStore.open(join(folder, 'settings.json'));
  const keychain = keychainIn(join(folder, 'keychain.json'));
  const secrets = new SecretStore(() => Promise.resolve(keychain));
  const places = new Places(secrets, () => googleSettings({}, false));
  const model = new AppModel(
    config,
    secrets,
    places,
    {
      version: '0',
      platform: 'linux',
      runtime: 'electron',
      computerName: 'test',
      systemLanguage: 'en',
      storages: { hasGoogleClient: false, googleRedirectedTo: null, hasICloud: false },
    },
    () => undefined,
  );
  let clipboard = '';
  const context = {
    model,
    engine,
    secrets,
    places,
    drafts: new KeyDrafts(),
    turns: new DestinationTurns(),
    jobs: { isBusy: () => false },
    person: { require: () => Promise.resolve() },
    computerName: 'test',
    accountName: 'anna.schmid',
    clipboard: new ClipboardGuard({
      readText: () => Promise.resolve(clipboard),
      writeText: (text) => {
        clipboard = text;
        return Promise.resolve();
      },
      clear: () => {
        clipboard = '';
      },
    }),
  } as unknown as HandlerContext;
  return {
    config,
    context,
    engine,
    keychain,
    model,
    secrets,
    handlers: { ...keyChangeHandlers(context), ...protectionHandlers(context) },
  };
}

/** A backup that this computer has set up, and its key. Where it is, is `repo` in `folder`. */
export async function makeBackup(
  folder: string,
  proofs: Protection['proofs'] = [{ at: new Date().toISOString(), how: 'pasted' }],
): Promise<string> {
  const key = randomBytes(32).toString('hex');
  const { config, engine, secrets } = await computerIn(folder);
  const location = { kind: 'local', path: join(folder, 'repo') } as const;
  const made = await engine.call('repository:create', {
    location,
    credentials: null,
    secret: key,
    secretKind: 'key',
  });
  await secrets.set(made.repositoryId, storedSecret(made, key));
  const destination = {
    id: DESTINATION_ID,
    location,
    label: 'repo',
    repositoryId: made.repositoryId,
    fingerprint: made.fingerprint,
    protection: {
      kind: 'key' as const,
      keyId: made.keyId,
      proofs,
      changedAt: null,
      changingTo: null,
      retiringKeyId: null,
      remindAfter: null,
    },
    createdAt: new Date().toISOString(),
  };
  await config.update((settings) => ({ ...settings, destinations: [destination] }));
  return key;
}
