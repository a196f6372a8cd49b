/**
 * Authenticated calls to Google, each through the gate: a refused token is renewed once, failures are told apart, the library's own retries are
 * off. Nothing here knows what is asked.
 * Source: Google's reference of the Drive API v3; RFC 6749.
 */
import { auth, drive, type drive_v3 } from 'googleapis/build/src/apis/drive/index.js';
import { HoldfastError } from '../../../../shared/errors.ts';
import type { CredentialsOf } from '../../../../shared/model/destination.ts';
import type { Clock, Log } from '../../ports.ts';
import type { CallGate, CallKind } from '../remote/call-gate.ts';
import type { Bandwidth } from '../remote/transfer.ts';
import { classifyDriveError, failureOf } from './drive-errors.ts';
import { FILE_FIELDS, itemOf, type DriveItem } from './drive-item.ts';

const NS_A_MS = 1_000_000n;

export interface DriveMeans {
  readonly clock: Clock;
  readonly log: Log;
  readonly gate: CallGate;
  readonly bandwidth: Bandwidth;
  readonly stallMs: number;
}

export interface RequestOptions {
  readonly rootUrl: string;
  readonly retry: false;
  readonly signal: AbortSignal;
}

export class DriveTransport {
  readonly means: DriveMeans;
  /** Google's typed calls. */
  readonly drive: drive_v3.Drive;
  /** Ends with a slash. */
  readonly rootUrl: string;
  /** Requests with a token; only from within `once`. */
  readonly auth: InstanceType<typeof auth.OAuth2>;
  #refreshing: Promise<void> | null = null;

  constructor(credentials: CredentialsOf<'google'>, means: DriveMeans) {
    const { clientId, clientSecret, refreshToken, servers } = credentials;
    this.means = means;
    this.rootUrl = servers.apiUrl;
    this.auth = new auth.OAuth2({
      clientId,
      clientSecret,
      endpoints: {
        oauth2AuthBaseUrl: servers.authUrl,
        oauth2TokenUrl: servers.tokenUrl,
        oauth2RevokeUrl: servers.revokeUrl,
      },
    });
    this.signIn({ refreshToken });
    this.drive = drive({ version: 'v3', auth: this.auth, rootUrl: servers.apiUrl, retry: false });
  }

  /** The person has signed in to the same account again. */
  signIn({ refreshToken }: Pick<CredentialsOf<'google'>, 'refreshToken'>): void {
    this.auth.setCredentials({ refresh_token: refreshToken });
  }

  /** A typed call of Google's library. */
  async call<T>(
    kind: CallKind,
    what: string,
    signal: AbortSignal | undefined,
    send: (options: RequestOptions) => Promise<{ readonly data: T }>,
  ): Promise<T> {
    return this.once(kind, what, signal, async (options) => (await send(options)).data);
  }

  /** One call through the gate, repeated as the gate decides. A refused token is renewed once. */
  async once<T>(
    kind: CallKind,
    what: string,
    signal: AbortSignal | undefined,
    send: (options: RequestOptions) => Promise<T>,
  ): Promise<T> {
    let renewed = false;
    return this.means.gate.run(
      kind,
      async () => {
        try {
          await this.#haveToken();
          return await send(requestOptions(this.rootUrl, signal));
        } catch (error) {
          signal?.throwIfAborted();
          const unauthorized =
            failureOf(error, 0)?.status === 401 ||
            (error instanceof HoldfastError && error.context['status'] === 401);
          if (unauthorized && !renewed) {
            renewed = true;
            await this.#renew();
            // At once and without counting against the storage: it has refused nothing but the token.
            return await send(requestOptions(this.rootUrl, signal)).catch((again: unknown) => {
              throw this.classify(again, what);
            });
          }
          throw this.classify(error, what);
        }
      },
      signal,
    );
  }

  /** null for what is not there. Only from within `once`. */
  async lookUp(id: string, signal: AbortSignal): Promise<DriveItem | null> {
    try {
      const { data } = await this.drive.files.get(
        { fileId: id, fields: FILE_FIELDS },
        requestOptions(this.rootUrl, signal),
      );
      return itemOf(data);
    } catch (error) {
      const classified = this.classify(error, 'files.get');
      if (classified.code === 'backend/not-found') return null;
      throw classified;
    }
  }

  async #haveToken(): Promise<void> {
    const { access_token: token, expiry_date: expiry } = this.auth.credentials;
    const isFresh = typeof token === 'string' && (expiry ?? 0) > Date.now() + 60_000;
    if (!isFresh) await this.#renew();
  }

  /** One renewal for all calls that wait for it. `invalid_grant` is final. */
  async #renew(): Promise<void> {
    this.#refreshing ??= this.auth
      .refreshAccessToken()
      .then(() => undefined)
      .catch((error: unknown) => {
        throw refusedSignIn(error) ?? this.classify(error, 'token');
      })
      .finally(() => {
        this.#refreshing = null;
      });
    await this.#refreshing;
  }

  classify(error: unknown, what: string): HoldfastError {
    return classifyDriveError(error, what, Number(this.means.clock.nowNs() / NS_A_MS));
  }
}

/** `rootUrl` again with each call: the library moves uploads only so. */
function requestOptions(rootUrl: string, signal: AbortSignal | undefined): RequestOptions {
  return { rootUrl, retry: false, signal: signal ?? new AbortController().signal };
}

/** The two ends of a sign-in that cannot be repeated away (RFC 6749, section 5.2). */
function refusedSignIn(error: unknown): HoldfastError | null {
  const data = (error as { readonly response?: { readonly data?: { readonly error?: unknown } } })
    .response?.data;
  if (data?.error === 'invalid_grant') return new HoldfastError('drive/sign-in-ended');
  if (data?.error === 'invalid_client' || data?.error === 'unauthorized_client') {
    return new HoldfastError('drive/client-refused');
  }
  return null;
}
