import { describe, expect, it } from 'vitest';
import type { Credentials, Location } from '../../shared/model/destination.ts';
import { googleSettings } from '../platform/google/google-settings.ts';
import { Places } from './places.ts';

function scene(stored: Readonly<Record<string, Credentials>> = {}) {
  const kept = new Map(Object.entries(stored));
  const secrets = {
    credentials: async (account: string) => kept.get(account) ?? null,
    keepCredentials: async (account: string, credentials: Credentials) => {
      kept.set(account, credentials);
      return true;
    },
    dropCredentials: async (account: string) => void kept.delete(account),
  };
  return { kept, places: new Places(secrets, () => googleSettings({}, false)) };
}

const bucket: Location = {
  kind: 's3',
  endpoint: 'https://s3.example.com',
  region: 'r',
  bucket: 'b',
  path: 'p',
  pathStyle: true,
};
const keys = (secretAccessKey: string): Credentials => ({
  kind: 's3',
  accessKeyId: 'id',
  secretAccessKey,
});
const drive = (clientId: string): Location => ({
  kind: 'gdrive',
  path: 'Holdfast/laptop',
  folderId: null,
  accountId: '1',
  clientId,
  accountName: 'anna@example.com',
});

describe('Places', () => {
  it('needs nothing for a folder, and a sign-in elsewhere', async () => {
    const { places } = scene();
    const folder: Location = { kind: 'local', path: '/a' };
    expect(await places.of(folder)).toEqual({ location: folder, credentials: null });
    await expect(places.of(bucket)).rejects.toMatchObject({ code: 'sign-in/required' });
    expect([await places.isSignedIn(folder), await places.isSignedIn(bucket)]).toEqual([
      true,
      false,
    ]);
  });

  it('keeps keys only when a destination uses them, and goes back to good ones', async () => {
    const { kept, places } = scene({ 's3:https://s3.example.com/b/p': keys('good') });
    places.offer(bucket, keys('mistyped'));
    expect((await places.of(bucket)).credentials).toEqual(keys('mistyped'));
    places.withdraw(bucket);
    expect((await places.of(bucket)).credentials).toEqual(keys('good'));
    places.offer(bucket, keys('new'));
    expect([...kept.values()]).toEqual([keys('good')]);
    await places.keep(bucket);
    expect([...kept.values()]).toEqual([keys('new')]);
    await places.forget(bucket);
    expect(await places.isSignedIn(bucket)).toBe(false);
  });

  it('keeps the keys of two folders of one bucket apart: a key may be bound to its folder', async () => {
    const { places } = scene();
    const other = { ...bucket, path: 'q' };
    for (const [at, secret] of [
      [bucket, 'one'],
      [other, 'two'],
    ] as const) {
      places.offer(at, keys(secret));
      await places.keep(at);
    }
    expect((await places.of(bucket)).credentials).toEqual(keys('one'));
    expect((await places.of(other)).credentials).toEqual(keys('two'));
    await places.forget(other);
    expect(await places.isSignedIn(bucket)).toBe(true);
  });

  it('never opens one Google client’s files with another’s sign-in', async () => {
    const { places } = scene();
    const { servers } = googleSettings({}, false);
    const signIn = (clientId: string): Credentials => ({
      kind: 'google',
      clientId,
      clientSecret: 's',
      refreshToken: `token of ${clientId}`,
      servers,
    });
    places.offer(drive('built in'), signIn('built in'));
    await places.keep(drive('built in'));
    places.offer(drive('own'), signIn('own'));
    await places.keep(drive('own'));
    expect((await places.of(drive('built in'))).credentials).toEqual(signIn('built in'));
    expect((await places.of(drive('own'))).credentials).toEqual(signIn('own'));
  });
});
