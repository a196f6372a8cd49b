/**
 * Authenticated calls to Google, each through the gate: a refused token is renewed once, failures are told apart, the library's own retries are
 * off, and a request on which nothing moves is broken off. Nothing here knows what is asked.
 * Source: Google's reference of the Drive API v3; RFC 6749.
 */
import { auth, drive, type drive_v3 } from 'googleapis/build/src/apis/drive/index.js';
import { HoldfastError } from '../../../../shared/errors.ts';
import type { CredentialsOf } from '../../../../shared/model/destination.ts';
import type { Clock, Log } from '../../ports.ts';
import { unlessAborted } from '../../unless-aborted.ts';
import type { CallGate, CallKind } from '../remote/call-gate.ts';
import { watchingForStalls, type Bandwidth, type StallWatch } from '../remote/transfer.ts';
import { classifyDriveError, failureOf } from './drive-errors.ts';
import { FILE_FIELDS, itemOf, type DriveItem } from './drive-item.ts';

const NS_A_MS = 1_000_000n;
const MS_A_SECOND = 1000;
/** A token that ends so soon is not used any more. More than the five minutes from which on the library would renew it itself. */
const TOKEN_RESERVE_MS = 6 * 60_000;
const HTTP_CONFLICT = 409;
/** Their answers are long, and arrive in one piece as far as can be seen from here: a slow line is no dead one. */
const LONG_ANSWERS: ReadonlySet<string> = new Set(['files.list', 'changes.list']);

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
  /** Of the attempt: to be touched by whoever moves bytes, and between two requests. */
  readonly watch: StallWatch;
}

export class DriveTransport {
  readonly means: DriveMeans;
  /** Google's typed calls. */
  readonly drive: drive_v3.Drive;
  /** Ends with a slash. */
  readonly rootUrl: string;
  /** Requests with a token; only from within `once`. */
  readonly auth: InstanceType<typeof auth.OAuth2>;
  readonly #client: Pick<CredentialsOf<'google'>, 'clientId' | 'clientSecret' | 'servers'>;
  #renewing: Promise<void> | null = null;

  constructor(credentials: CredentialsOf<'google'>, means: DriveMeans) {
    const { clientId, clientSecret, refreshToken, servers } = credentials;
    this.means = means;
    this.rootUrl = servers.apiUrl;
    this.#client = { clientId, clientSecret, servers };
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
    send: (options: Omit<RequestOptions, 'watch'>) => Promise<{ readonly data: T }>,
  ): Promise<T> {
    return this.once(
      kind,
      what,
      signal,
      async ({ rootUrl, retry, signal: both }) =>
        (await send({ rootUrl, retry, signal: both })).data,
    );
  }

  /** One call through the gate, repeated as the gate decides. A refused token is renewed once. */
  async once<T>(
    kind: CallKind,
    what: string,
    signal: AbortSignal | undefined,
    send: (options: RequestOptions) => Promise<T>,
  ): Promise<T> {
    const { stallMs } = this.means;
    let renewed = false;
    /** Each with its own watch: a connection that died silently says nothing, for ever. */
    const watched = (): Promise<T> =>
      watchingForStalls(LONG_ANSWERS.has(what) ? 5 * stallMs : stallMs, signal, (watch) =>
        send({ rootUrl: this.rootUrl, retry: false, signal: watch.signal, watch }),
      );
    return this.means.gate.run(
      kind,
      async () => {
        try {
          await this.#haveToken(signal);
          return await watched();
        } catch (error) {
          signal?.throwIfAborted();
          const unauthorized =
            failureOf(error, 0)?.status === 401 ||
            (error instanceof HoldfastError && error.context['status'] === 401);
          if (unauthorized && !renewed) {
            // Where that fails for a moment, the next attempt is refused, and renews, again.
            await this.#renew(signal);
            renewed = true;
            // At once and without counting against the storage: it has refused nothing but the token.
            return await watched().catch((again: unknown) => {
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
  async lookUp(
    id: string,
    { rootUrl, retry, signal, watch }: RequestOptions,
  ): Promise<DriveItem | null> {
    try {
      const { data } = await this.drive.files.get(
        { fileId: id, fields: FILE_FIELDS },
        { rootUrl, retry, signal },
      );
      watch.touch();
      return itemOf(data);
    } catch (error) {
      const classified = this.classify(error, 'files.get');
      if (classified.code === 'backend/not-found') return null;
      throw classified;
    }
  }

  /**
   * What was created, or what is there already where Google says that the id is in use: mostly our own earlier attempt, whose answer was lost.
   * null when it is something that cannot be seen. Only from within `once`.
   */
  async orExisting(
    id: string,
    options: RequestOptions,
    creating: Promise<DriveItem>,
  ): Promise<DriveItem | null> {
    try {
      return await creating;
    } catch (error) {
      if (failureOf(error, 0)?.status !== HTTP_CONFLICT) throw error;
      options.watch.touch();
      return this.lookUp(id, options);
    }
  }

  async #haveToken(signal: AbortSignal | undefined): Promise<void> {
    const { access_token: token, expiry_date: expiry } = this.auth.credentials;
    const isFresh = typeof token === 'string' && (expiry ?? 0) > Date.now() + TOKEN_RESERVE_MS;
    if (!isFresh) await this.#renew(signal);
  }

  /** One renewal for all calls that wait for it, each as long as it likes. `invalid_grant` is final. */
  async #renew(signal: AbortSignal | undefined): Promise<void> {
    this.#renewing ??= this.#fetchToken().finally(() => {
      this.#renewing = null;
    });
    await unlessAborted(this.#renewing, signal);
  }

  /** By hand: the library would share a renewal that hangs with everybody, for ever. */
  async #fetchToken(): Promise<void> {
    const { clientId, clientSecret, servers } = this.#client;
    const { refresh_token: refreshToken } = this.auth.credentials;
    try {
      const { data } = await watchingForStalls(this.means.stallMs, undefined, ({ signal }) =>
        this.auth.transporter.request<TokenAnswer>({
          method: 'POST',
          url: servers.tokenUrl,
          data: new URLSearchParams({
            grant_type: 'refresh_token',
            refresh_token: refreshToken ?? '',
            client_id: clientId,
            client_secret: clientSecret,
          }),
          responseType: 'json',
          retry: false,
          signal,
        }),
      );
      // Somebody may have signed in anew meanwhile.
      if (this.auth.credentials.refresh_token !== refreshToken) return;
      this.auth.setCredentials({
        refresh_token: refreshToken ?? null,
        access_token: data.access_token ?? null,
        expiry_date: Date.now() + (data.expires_in ?? 0) * MS_A_SECOND,
      });
    } catch (error) {
      throw refusedSignIn(error) ?? this.classify(error, 'token');
    }
  }

  classify(error: unknown, what: string): HoldfastError {
    return classifyDriveError(error, what, Number(this.means.clock.nowNs() / NS_A_MS));
  }
}

interface TokenAnswer {
  readonly access_token?: string;
  readonly expires_in?: number;
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
