import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SecretStore, type Keychain } from './secret-store.ts';

const testing = join(import.meta.dirname, 'testing');

function probe(environment: Record<string, string>, wrapper: readonly string[]): unknown {
  const words: readonly string[] = [
    ...wrapper,
    process.execPath,
    join(testing, 'keyring-probe.ts'),
  ];
  const [command = '', ...args] = words;
  const env = { ...process.env, DBUS_SESSION_BUS_ADDRESS: '', DISPLAY: '', ...environment };
  const result = spawnSync(command, args, { encoding: 'utf8', env });
  if (result.status !== 0) throw new Error(result.stderr);
  return JSON.parse(result.stdout);
}

describe('SecretStore on the real Secret Service', () => {
  const keyring = [join(testing, 'with-keyring.sh')];
  const memoryOnly = {
    isPersistent: false,
    stored: false,
    inMemory: true,
    readBack: false,
    after: true,
  };

  it('keeps a secret beyond its own life, and removes it', () => {
    expect(probe({}, keyring)).toEqual({
      isPersistent: true,
      stored: true,
      inMemory: true,
      readBack: true,
      after: true,
    });
  });

  it('keeps it in memory only where the collection is locked', () => {
    expect(probe({ KEYRING: 'locked' }, keyring)).toEqual(memoryOnly);
  });

  it('keeps it in memory only where no service answers', () => {
    expect(probe({ KEYRING: 'none' }, keyring)).toEqual(memoryOnly);
  });

  it('keeps it in memory only where there is no bus', () => {
    expect(probe({ DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' }, [])).toEqual(memoryOnly);
  });
});

describe('SecretStore', () => {
  const secret = { keyId: 'id', slotKey: new Uint8Array(64), recoveryKey: null };
  const fake = (entries = new Map<string, string>()): Keychain => ({
    getPassword: async (_, account) => entries.get(account) ?? null,
    setPassword: async (_, account, password) => void entries.set(account, password),
    deletePassword: async (_, account) => entries.delete(account),
  });

  it('takes a keychain that forgets for none', async () => {
    const forgetful: Keychain = { ...fake(), getPassword: async () => null };
    const store = await SecretStore.open(async () => forgetful);
    expect(store.isPersistent).toBe(false);
  });

  it('does without keytar', async () => {
    const store = await SecretStore.open(async () => {
      throw new Error('no native module');
    });
    expect(await store.set('a', secret)).toBe(false);
    expect(await store.get('a')).toBe(secret);
  });

  it('asks the person rather than fail on an entry that it did not write', async () => {
    const entries = new Map([
      ['a', 'nonsense'],
      ['b', '{"keyId":1}'],
    ]);
    const store = await SecretStore.open(async () => fake(entries));
    expect(await store.get('a')).toBeNull();
    expect(await store.get('b')).toBeNull();
  });
});
