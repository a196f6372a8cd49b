import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
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
  const memoryOnly = { stored: false, inMemory: true, readBack: false };

  it('keeps a secret beyond its own life', () => {
    expect(probe({}, keyring)).toEqual({
      problem: null,
      stored: true,
      inMemory: true,
      readBack: true,
    });
  });

  it('keeps it in memory only where the collection is locked', () => {
    expect(probe({ KEYRING: 'locked' }, keyring)).toEqual({ ...memoryOnly, problem: 'locked' });
  });

  it('keeps it in memory only where no service answers', () => {
    expect(probe({ KEYRING: 'none' }, keyring)).toEqual({ ...memoryOnly, problem: 'absent' });
  });

  it('keeps it in memory only where there is no bus', () => {
    expect(probe({ DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' }, [])).toEqual({
      ...memoryOnly,
      problem: 'absent',
    });
  });
});

describe('SecretStore', () => {
  const newSecret = () => ({
    keyId: 'id',
    slotKey: new Uint8Array(64).fill(1),
    recoveryKey: new Uint8Array(32).fill(2),
  });
  const fake = (entries = new Map<string, string>()): Keychain => ({
    getPassword: async (_, account) => entries.get(account) ?? null,
    setPassword: async (_, account, password) => void entries.set(account, password),
    deletePassword: async (_, account) => entries.delete(account),
  });

  it('takes a keychain that forgets for none', async () => {
    const forgetful: Keychain = { ...fake(), getPassword: async () => null };
    const store = new SecretStore(async () => forgetful);
    expect(await store.problem()).toBe('locked');
  });

  it('does without keytar', async () => {
    const store = new SecretStore(async () => {
      throw new Error('no native module');
    });
    const secret = newSecret();
    expect(await store.problem()).toBe('absent');
    expect(await store.set('a', secret)).toBe(false);
    expect(await store.get('a')).toBe(secret);
  });

  it('asks the person rather than fail on an entry that it did not write', async () => {
    const entries = new Map([
      ['a', 'nonsense'],
      ['b', '{"keyId":1}'],
    ]);
    const store = new SecretStore(async () => fake(entries));
    expect(await store.get('a')).toBeNull();
    expect(await store.get('b')).toBeNull();
  });

  it('says when the person or the system refuses', async () => {
    const refusing: Keychain = {
      ...fake(),
      setPassword: async () => {
        throw new Error('User canceled the operation.');
      },
    };
    expect(await new SecretStore(async () => refusing).problem()).toBe('denied');
  });

  it('notices a keychain that refuses later, and keeps the secret for this run', async () => {
    let refuses = false;
    const good = fake();
    const moody: Keychain = {
      ...good,
      setPassword: async (...args) => {
        if (refuses) throw new Error('Cannot create an item in a locked collection');
        await good.setPassword(...args);
      },
    };
    const store = new SecretStore(async () => moody);
    expect(await store.problem()).toBeNull();
    refuses = true;
    expect(await store.set('a', newSecret())).toBe(false);
    expect(await store.problem()).toBe('locked');
    expect((await store.get('a'))?.keyId).toBe('id');
    refuses = false;
    expect(await store.set('a', newSecret())).toBe(true);
    expect(await store.problem()).toBeNull();
  });

  it('asks anew whether the keychain takes a secret, and tells when it does again', async () => {
    let refuses = true;
    const entries = new Map<string, string>();
    const good = fake(entries);
    const moody: Keychain = {
      ...good,
      setPassword: async (...args) => {
        if (refuses) throw new Error('Cannot create an item in a locked collection');
        await good.setPassword(...args);
      },
    };
    const store = new SecretStore(async () => moody);
    const recovered = vi.fn();
    store.onRecovered(recovered);
    expect(await store.takesSecrets()).toBe(false);
    await store.set('a', newSecret());
    refuses = false;
    expect(await store.takesSecrets()).toBe(true);
    expect([...entries.keys()]).toEqual(['a']);
    expect(await store.takesSecrets()).toBe(true);
    expect(recovered).toHaveBeenCalledOnce();
    refuses = true;
    expect(await store.takesSecrets()).toBe(false);
    expect(await store.problem()).toBe('locked');
  });

  it('tells whether going back to what was kept before has come about', async () => {
    const entries = new Map<string, string>();
    const good = fake(entries);
    let state: 'good' | 'refuses' | 'answers nothing' = 'good';
    const store = new SecretStore(async () => ({
      ...good,
      setPassword: async (...args) => {
        if (state !== 'good') throw new Error('denied');
        await good.setPassword(...args);
      },
      getPassword: async (...args) =>
        state === 'answers nothing' ? null : good.getPassword(...args),
    }));
    const old = newSecret();
    expect(await store.set('r', old)).toBe(true);
    state = 'refuses';
    expect(await store.set('r', { ...newSecret(), keyId: 'new' })).toBe(false);
    // It still has the old one, whatever it says.
    expect(await store.set('r', newSecret())).toBe(true);
    expect(await store.problem()).toBe('denied');
    state = 'answers nothing';
    expect(await store.set('r', newSecret())).toBe(false);
  });

  it('overwrites what it forgets', async () => {
    const store = new SecretStore(async () => fake());
    const [first, second] = [newSecret(), newSecret()];
    await store.set('a', first);
    await store.set('a', second);
    expect([...first.slotKey, ...first.recoveryKey].every((byte) => byte === 0)).toBe(true);
    expect(second.slotKey.every((byte) => byte === 1)).toBe(true);
    store.forgetAll();
    expect([...second.slotKey, ...second.recoveryKey].every((byte) => byte === 0)).toBe(true);
    // The keychain still has it.
    expect((await store.get('a'))?.recoveryKey?.every((byte) => byte === 2)).toBe(true);
  });

  it('takes up a keychain that answered late, with what came meanwhile', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const entries = new Map<string, string>();
    const typed = Promise.withResolvers<void>();
    const keychain: Keychain = {
      // The system asks the person for the keychain's own password first.
      setPassword: async (_, account, password) => {
        await typed.promise;
        entries.set(account, password);
      },
      getPassword: async (_, account) => entries.get(account) ?? null,
      deletePassword: async (_, account) => entries.delete(account),
    };
    const store = new SecretStore(async () => keychain);
    await vi.advanceTimersByTimeAsync(11_000);
    expect(await store.problem()).toBe('locked');
    const recovered = vi.fn(() => expect(entries.has('repository')).toBe(true));
    store.onRecovered(recovered);
    const secret = { keyId: 'k', slotKey: new Uint8Array(64), recoveryKey: null };
    expect(await store.set('repository', secret)).toBe(false);
    expect(recovered).not.toHaveBeenCalled();
    typed.resolve();
    await vi.advanceTimersByTimeAsync(100);
    expect(await store.problem()).toBeNull();
    expect(entries.has('repository')).toBe(true);
    expect(recovered).toHaveBeenCalledOnce();
  });

  it('keeps sign-ins, and forgets them when told', async () => {
    const entries = new Map<string, string>();
    const keychain: Keychain = {
      setPassword: async (_, account, password) => void entries.set(account, password),
      getPassword: async (_, account) => entries.get(account) ?? null,
      deletePassword: async (_, account) => entries.delete(account),
    };
    const credentials = { kind: 's3', accessKeyId: 'id', secretAccessKey: 'secret' } as const;
    expect(await new SecretStore(async () => keychain).keepCredentials('s3:a', credentials)).toBe(
      true,
    );
    const later = new SecretStore(async () => keychain);
    expect(await later.credentials('s3:a')).toEqual(credentials);
    await later.dropCredentials('s3:a');
    expect(await later.credentials('s3:a')).toBeNull();
    expect([...entries.keys()]).toEqual([]);
  });
});
