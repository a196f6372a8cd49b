/**
 * Signing in to Google in the system's browser, as RFC 8252 and Google ask of desktop apps: a listener on the loopback, PKCE, a state that
 * nobody can guess. One answer is taken, then everything is closed, whatever it was.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { auth } from 'googleapis/build/src/apis/drive/index.js';
import { z } from 'zod';
import { HoldfastError } from '../../../shared/errors.ts';
import type { GoogleServers } from '../../../shared/model/destination.ts';
import type { GoogleClient } from './google-settings.ts';

/** Sees only what this client has made. */
export const DRIVE_SCOPE = 'https://www.googleapis.com/auth/drive.file';
const PATIENCE_MS = 5 * 60_000;
const REVOKE_TIMEOUT_MS = 30_000;
const HOST = '127.0.0.1';

export interface GoogleAccount {
  /** Google's `permissionId`. */
  readonly accountId: string;
  /** The address, for display. */
  readonly accountName: string;
}

export interface SignedIn extends GoogleAccount {
  readonly refreshToken: string;
}

export interface SignInOptions {
  readonly client: GoogleClient;
  readonly servers: GoogleServers;
  /** Words of the small page that the browser shows at the end. */
  readonly farewell: { readonly done: string; readonly failed: string };
  /** Aborting it cancels. */
  readonly signal: AbortSignal;
  readonly patienceMs?: number;
}

export interface PendingSignIn {
  /** For the system's browser. Holds no secret. */
  readonly url: string;
  /** Rejects with `sign-in/*`, or the reason of the signal. */
  readonly result: Promise<SignedIn>;
  /** The address that a browser elsewhere was sent to, pasted by the person. Settles `result`. */
  paste(redirected: string): void;
}

export async function startSignIn(options: SignInOptions): Promise<PendingSignIn> {
  const { client, servers, signal, farewell, patienceMs = PATIENCE_MS } = options;
  signal.throwIfAborted();
  const path = `/${randomBytes(16).toString('hex')}`;
  const state = randomBytes(32).toString('base64url');
  const verifier = randomBytes(48).toString('base64url');
  const answer = Promise.withResolvers<URLSearchParams>();
  // Settled by whoever comes first; nobody may be waiting yet.
  answer.promise.catch(() => undefined);

  const listener = createServer((request, response) => {
    const query = answerOf(request, path);
    if (query === null) {
      respond(response, 404, '');
      return;
    }
    const isGood = isGenuine(query, state) && query.has('code');
    respond(response, isGood ? 200 : 400, isGood ? farewell.done : farewell.failed);
    answer.resolve(query);
  });
  await listening(listener);
  const redirectUri = `http://${HOST}:${(listener.address() as AddressInfo).port}${path}`;

  const oauth = new auth.OAuth2({
    clientId: client.clientId,
    clientSecret: client.clientSecret,
    redirectUri,
    endpoints: {
      oauth2AuthBaseUrl: servers.authUrl,
      oauth2TokenUrl: servers.tokenUrl,
      oauth2RevokeUrl: servers.revokeUrl,
    },
  });
  const query = new URLSearchParams({
    client_id: client.clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: DRIVE_SCOPE,
    state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    access_type: 'offline',
    // A repeated grant brings a refresh token only when it is asked for anew.
    prompt: 'consent',
  });

  const onAbort = (): void => answer.reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => answer.reject(new HoldfastError('sign-in/timed-out')), patienceMs);
  const finish = async (): Promise<SignedIn> => {
    try {
      const code = codeIn(await answer.promise, state);
      return await exchange(oauth, code, verifier, servers);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      listener.close();
      listener.closeAllConnections();
    }
  };
  const result = finish();
  result.catch(() => undefined);
  return {
    url: `${servers.authUrl}?${query.toString()}`,
    result,
    paste: (redirected) => {
      const url = URL.parse(redirected.trim());
      if (url === null || `${url.origin}${url.pathname}` !== redirectUri) {
        answer.reject(new HoldfastError('sign-in/not-genuine'));
      } else answer.resolve(url.searchParams);
    },
  };
}

/**
 * Takes the access back at Google. Harmless when it is gone.
 * @throws HoldfastError `sign-in/not-withdrawn`
 */
export async function signOut(refreshToken: string, servers: GoogleServers): Promise<void> {
  try {
    const answer = await fetch(servers.revokeUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ token: refreshToken }),
      signal: AbortSignal.timeout(REVOKE_TIMEOUT_MS),
    });
    const text = await answer.text();
    // The second one: it was revoked before.
    if (answer.ok || (answer.status === 400 && text.includes('invalid_token'))) return;
    throw new Error(`HTTP ${String(answer.status)}`);
  } catch (error) {
    throw new HoldfastError('sign-in/not-withdrawn', { retry: 'now', cause: error });
  }
}

function answerOf(request: IncomingMessage, path: string): URLSearchParams | null {
  const url = URL.parse(request.url ?? '', `http://${HOST}`);
  return request.method === 'GET' && url?.pathname === path ? url.searchParams : null;
}

function isGenuine(query: URLSearchParams, state: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(query.get('state') ?? ''), digest(state));
}

function codeIn(query: URLSearchParams, state: string): string {
  if (!isGenuine(query, state)) throw new HoldfastError('sign-in/not-genuine');
  const code = query.get('code');
  if (code !== null && code !== '') return code;
  const reason = query.get('error') ?? '';
  throw new HoldfastError(reason === 'access_denied' ? 'sign-in/refused' : 'sign-in/failed');
}

const accountSchema = z.object({
  user: z.object({ permissionId: z.string().min(1), emailAddress: z.string().default('') }),
});

async function exchange(
  oauth: InstanceType<typeof auth.OAuth2>,
  code: string,
  codeVerifier: string,
  servers: GoogleServers,
): Promise<SignedIn> {
  try {
    const { tokens } = await oauth.getToken({ code, codeVerifier });
    // People can untick a permission on Google's page.
    if (tokens.scope?.split(' ').includes(DRIVE_SCOPE) !== true) {
      throw new HoldfastError('sign-in/scope-missing');
    }
    if (typeof tokens.refresh_token !== 'string') throw new HoldfastError('sign-in/failed');
    oauth.setCredentials(tokens);
    const { data } = await oauth.request<unknown>({
      url: `${servers.apiUrl}drive/v3/about?fields=user(permissionId,emailAddress)`,
      responseType: 'json',
    });
    const { user } = accountSchema.parse(data);
    return {
      refreshToken: tokens.refresh_token,
      accountId: user.permissionId,
      accountName: user.emailAddress,
    };
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    const status = (error as { readonly status?: unknown }).status;
    const refused = (
      error as { readonly response?: { readonly data?: { readonly error?: unknown } } }
    ).response?.data?.error;
    // Not the error itself: it holds the request with its code and its tokens.
    throw new HoldfastError(
      refused === 'invalid_client' ? 'drive/client-refused' : 'sign-in/failed',
      {
        retry: 'later',
        ...(typeof status === 'number' ? { context: { status } } : {}),
      },
    );
  }
}

async function listening(server: Server): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, HOST, resolve);
  });
}

function respond(response: ServerResponse, status: number, words: string): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    'referrer-policy': 'no-referrer',
    connection: 'close',
  });
  const text = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  response.end(
    words === ''
      ? ''
      : `<!doctype html><meta charset="utf-8"><title>Holdfast</title><body style="font:16px/1.5 system-ui;margin:15vh auto;max-width:32em;padding:0 1em"><h1 style="font-size:1.4em">Holdfast</h1><p>${text}</p>`,
  );
}
