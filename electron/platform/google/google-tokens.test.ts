import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Keychain } from '../secret-store.ts';
import { tokensInFile, tokensInKeychain } from './google-tokens.ts';

const tokens = {
  clientId: 'c',
  clientSecret: 's',
  refreshToken: 't',
  accountId: '1',
  accountName: 'anna@example.com',
};

describe('a sign-in in the keychain', () => {
  function keychain(change: Partial<Keychain> = {}) {
    const kept = new Map<string, string>();
    const fake: Keychain = {
      getPassword: async (_, account) => kept.get(account) ?? null,
      setPassword: async (_, account, text) => void kept.set(account, text),
      deletePassword: async (_, account) => kept.delete(account),
      ...change,
    };
    return { kept, place: tokensInKeychain(async () => fake) };
  }

  it('is probed without a trace, written and read', async () => {
    const { kept, place } = keychain();
    await place.probe();
    expect(kept.size).toBe(0);
    expect(await place.read()).toBeNull();
    await place.write(tokens);
    expect(await place.read()).toEqual(tokens);
  });

  it('names the way without one where there is none, or it is locked', async () => {
    const refusing = async (): Promise<never> => {
      throw new Error('Cannot autolaunch D-Bus without X11 $DISPLAY');
    };
    const absent = tokensInKeychain(refusing);
    const broken = keychain({ setPassword: refusing, getPassword: refusing }).place;
    const locked = keychain({ getPassword: async () => null }).place;
    const wanted = { code: 'sign-in/no-keychain' };
    await expect(absent.probe()).rejects.toMatchObject(wanted);
    await expect(absent.read()).rejects.toMatchObject(wanted);
    await expect(broken.probe()).rejects.toMatchObject(wanted);
    await expect(broken.read()).rejects.toMatchObject(wanted);
    await expect(locked.probe()).rejects.toMatchObject(wanted);
  });
});

describe('a sign-in in a file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-tokens-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
  });

  it('is for its owner only', async () => {
    const path = join(folder, 'tokens.json');
    const place = tokensInFile(path);
    await place.probe();
    expect(readdirSync(folder)).toEqual([]);
    await place.write(tokens);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await place.read()).toEqual(tokens);
    chmodSync(path, 0o644);
    await expect(place.read()).rejects.toMatchObject({
      code: 'sign-in/token-file-open',
      context: { path },
    });
  });

  it('is refused before the sign-in where it cannot be written', async () => {
    const nowhere = tokensInFile(join(folder, 'not there', 'tokens.json'));
    await expect(nowhere.probe()).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
