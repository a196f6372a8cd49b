import { afterEach, describe, expect, it } from 'vitest';
import { DriveServer } from '../../../e2e/servers/drive/drive-server.ts';
import { signOut, startSignIn, type PendingSignIn } from './google-sign-in.ts';
import { googleSettings } from './google-settings.ts';

const servers: DriveServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function begin(
  options: { patienceMs?: number; signal?: AbortSignal; secret?: string } = {},
): Promise<{ server: DriveServer; pending: PendingSignIn; redirectUri: URL; state: string }> {
  const server = await DriveServer.start();
  servers.push(server);
  const { servers: addresses } = googleSettings(server.environment, false);
  const pending = await startSignIn({
    client: { clientId: 'test-client', clientSecret: options.secret ?? 'test-secret' },
    servers: addresses,
    farewell: { done: 'Signed in.', failed: 'Not signed in.' },
    signal: options.signal ?? new AbortController().signal,
    ...(options.patienceMs === undefined ? {} : { patienceMs: options.patienceMs }),
  });
  const { searchParams } = new URL(pending.url);
  return {
    server,
    pending,
    redirectUri: new URL(searchParams.get('redirect_uri') ?? ''),
    state: searchParams.get('state') ?? '',
  };
}

describe('signing in to Google', () => {
  it('brings a refresh token and who it is, through the browser', async () => {
    const { pending, server } = await begin();
    const page = await fetch(pending.url);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('Signed in.');
    const signedIn = await pending.result;
    expect(signedIn).toMatchObject({ accountId: '0001', accountName: 'anna@example.com' });
    expect(signedIn.refreshToken).toMatch(/^1\/\//u);
    const { servers: addresses } = googleSettings(server.environment, false);
    server.faults.tokenTrouble = true;
    await expect(signOut(signedIn.refreshToken, addresses)).rejects.toMatchObject({
      code: 'sign-in/not-withdrawn',
    });
    server.faults.tokenTrouble = false;
    await signOut(signedIn.refreshToken, addresses);
    // Harmless when it is gone.
    await signOut(signedIn.refreshToken, addresses);
    expect(server.accounts.revoke(signedIn.refreshToken)).toBe(false);
  });

  it('asks for its own files only, offline, with PKCE and a long state', async () => {
    const { pending, state } = await begin();
    const query = new URL(pending.url).searchParams;
    expect(query.get('scope')).toBe('https://www.googleapis.com/auth/drive.file');
    expect(query.get('access_type')).toBe('offline');
    expect(query.get('code_challenge_method')).toBe('S256');
    expect(query.get('code_challenge')).toMatch(/^[\w-]{43}$/u);
    expect(Buffer.from(state, 'base64url').length).toBeGreaterThanOrEqual(16);
  });

  it('takes the address that a browser elsewhere ended at', async () => {
    const { pending } = await begin();
    const redirected = (await fetch(pending.url, { redirect: 'manual' })).headers.get('location');
    pending.paste(`  ${redirected ?? ''}\n`);
    expect(await pending.result).toMatchObject({ accountName: 'anna@example.com' });
  });

  it('refuses a pasted address of another sign-in', async () => {
    const { pending } = await begin();
    pending.paste('http://127.0.0.1:1/elsewhere?code=x&state=y');
    await expect(pending.result).rejects.toMatchObject({ code: 'sign-in/not-genuine' });
  });

  it('answers 404 elsewhere, and ends with the first answer, even a false one', async () => {
    const { pending, redirectUri } = await begin();
    expect((await fetch(new URL('/', redirectUri))).status).toBe(404);
    expect((await fetch(redirectUri, { method: 'POST' })).status).toBe(404);
    const forged = new URL(redirectUri);
    forged.search = '?code=stolen&state=guessed';
    const page = await fetch(forged);
    expect(page.status).toBe(400);
    expect(await page.text()).toContain('Not signed in.');
    await expect(pending.result).rejects.toMatchObject({ code: 'sign-in/not-genuine' });
    await expect(fetch(pending.url)).rejects.toThrow('fetch failed');
  });

  it('says so when the person refuses, or leaves the permission unticked', async () => {
    const refused = await begin();
    refused.server.accounts.consent = 'deny';
    await fetch(refused.pending.url);
    await expect(refused.pending.result).rejects.toMatchObject({ code: 'sign-in/refused' });
    const unticked = await begin();
    unticked.server.accounts.consent = 'untick';
    await fetch(unticked.pending.url);
    await expect(unticked.pending.result).rejects.toMatchObject({ code: 'sign-in/scope-missing' });
  });

  it('ends after its time, and when it is cancelled', async () => {
    const late = await begin({ patienceMs: 30 });
    await expect(late.pending.result).rejects.toMatchObject({ code: 'sign-in/timed-out' });
    await expect(fetch(late.redirectUri)).rejects.toThrow('fetch failed');
    const cancel = new AbortController();
    const cancelled = await begin({ signal: cancel.signal });
    cancel.abort(new Error('cancelled'));
    await expect(cancelled.pending.result).rejects.toThrow('cancelled');
    await expect(fetch(cancelled.redirectUri)).rejects.toThrow('fetch failed');
  });

  it('keeps codes and secrets out of the error of a refused exchange', async () => {
    const { pending } = await begin({ secret: 'wrong-secret-in-clear' });
    await fetch(pending.url);
    const error = await pending.result.catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'drive/client-refused' });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('in-clear');
    expect((error as Error).cause).toBeUndefined();
  });
});

describe('the settings of Google’s servers', () => {
  it('take https and this computer only, and nothing in packaged builds', () => {
    const url = 'HOLDFAST_GOOGLE_TOKEN_URL';
    expect(googleSettings({}, false).isRedirected).toBe(false);
    for (const good of ['https://example.com/token', 'http://127.0.0.1:1/t', 'http://[::1]:2/t']) {
      expect(googleSettings({ [url]: good }, false)).toMatchObject({
        isRedirected: true,
        servers: { tokenUrl: good },
      });
      expect(googleSettings({ [url]: good }, true)).toMatchObject({ isRedirected: false });
    }
    for (const bad of ['http://example.com/token', 'file:///x', 'nonsense', 'https://a:b@c.de/']) {
      expect(() => googleSettings({ [url]: bad }, false)).toThrow('sign-in/failed');
    }
  });
});
