/**
 * The one place that knows which backend serves which place. What belongs to an account is shared by all that is stored there: one gate
 * for its requests and one sign-in; limits of speed hold for everything together. Decorators are put on here, so that every caller gets
 * the same storage for the same place. What speaks to a cloud is loaded when it is first needed: Google's and Amazon's libraries would be the
 * larger part of all that the others load.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { HoldfastError } from '../../../shared/errors.ts';
import type {
  BandwidthLimits,
  CredentialsOf,
  Location,
  LocationOf,
  Place,
} from '../../../shared/model/destination.ts';
import type { Clock, Log } from '../ports.ts';
import type { Backend } from './backend.ts';
import { CachedBackend } from './cached-backend.ts';
import { DriveBackend } from './drive/drive-backend.ts';
import type { DriveClient } from './drive/drive-client.ts';
import { openCloudFiles } from '../native/cloud-files.ts';
import { ICLOUD_PATIENCE_MS, ICloudBackend } from './icloud-backend.ts';
import { LocalBackend } from './local-backend.ts';
import { CallGate, DEFAULT_LIMITS, type GateLimits } from './remote/call-gate.ts';
import { Bandwidth, STALL_MS } from './remote/transfer.ts';

export interface StorageMeans {
  readonly clock: Clock;
  readonly log: Log;
  /** For copies and indexes that may be deleted at any time; null keeps none. */
  readonly cacheFolder: string | null;
}

/** What all requests to one account share. */
interface RemoteMeans extends Omit<StorageMeans, 'cacheFolder'> {
  readonly gate: CallGate;
  readonly bandwidth: Bandwidth;
  readonly stallMs: number;
}

interface GoogleAccount {
  readonly client: DriveClient;
  readonly means: RemoteMeans;
  refreshToken: string;
}

export class Storages {
  readonly #means: StorageMeans;
  readonly #bandwidth: Bandwidth;
  readonly #googleAccounts = new Map<string, GoogleAccount>();
  /** One for each place: whoever reads and whoever writes must know of each other's creates. */
  readonly #driveBackends = new Map<string, Backend>();
  readonly #s3Accounts = new Map<string, RemoteMeans>();

  constructor(means: StorageMeans) {
    this.#means = means;
    this.#bandwidth = new Bandwidth(means.clock);
  }

  /** From now on, also for transfers under way. */
  limit(limits: BandwidthLimits): void {
    this.#bandwidth.setLimits(limits);
  }

  /**
   * Does not touch the storage yet: the first request tells whether it is there.
   * @throws HoldfastError `sign-in/required` without the credentials that the place needs
   */
  async open({ location, credentials }: Place): Promise<Backend> {
    switch (location.kind) {
      case 'local':
        return new LocalBackend(location.path);
      case 'icloud':
        return new ICloudBackend(location.path, {
          clock: this.#means.clock,
          cloud: openCloudFiles(),
          patienceMs: ICLOUD_PATIENCE_MS,
        });
      case 'gdrive':
        return await this.#openDrive(location, needed(credentials, 'google'));
      case 's3':
        return await this.#openS3(location, needed(credentials, 's3'));
      default:
        return location satisfies never;
    }
  }

  /** For requests that concern the account and no repository. */
  async drive(
    location: LocationOf<'gdrive'>,
    credentials: Place['credentials'],
  ): Promise<DriveClient> {
    return (await this.#googleAccount(location, needed(credentials, 'google'))).client;
  }

  async #openDrive(
    location: LocationOf<'gdrive'>,
    credentials: CredentialsOf<'google'>,
  ): Promise<Backend> {
    const { client, means } = await this.#googleAccount(location, credentials);
    // Google shows each client its own files only.
    const account = JSON.stringify([location.accountId, location.clientId]);
    const key = JSON.stringify([account, credentials.servers, location.path, location.folderId]);
    const known = this.#driveBackends.get(key);
    if (known !== undefined) return known;
    const own = this.#cacheFor(location, account);
    const drive = new DriveBackend(client, means, {
      location,
      indexPath: own === null ? null : join(own, 'drive-index.jsonl'),
    });
    const backend = own === null ? drive : new CachedBackend(drive, join(own, 'files'));
    this.#driveBackends.set(key, backend);
    return backend;
  }

  async #openS3(location: LocationOf<'s3'>, credentials: CredentialsOf<'s3'>): Promise<Backend> {
    const { S3_LIMITS, S3Backend } = await import('./s3/s3-backend.ts');
    const account = JSON.stringify([location.endpoint, location.bucket]);
    const means = this.#s3Accounts.get(account) ?? this.#remoteMeans(S3_LIMITS);
    this.#s3Accounts.set(account, means);
    const own = this.#cacheFor(location, account);
    const backend = new S3Backend(location, credentials, means);
    return own === null ? backend : new CachedBackend(backend, join(own, 'files'));
  }

  async #googleAccount(
    { accountId }: LocationOf<'gdrive'>,
    credentials: CredentialsOf<'google'>,
  ): Promise<GoogleAccount> {
    const { DriveClient } = await import('./drive/drive-client.ts');
    // Nothing is waited for from here on, so that nobody else makes the same meanwhile.
    const key = JSON.stringify([accountId, credentials.clientId, credentials.servers]);
    const known = this.#googleAccounts.get(key);
    if (known !== undefined) {
      // Signed in anew: what is open goes on with it.
      if (known.refreshToken !== credentials.refreshToken) known.client.signIn(credentials);
      known.refreshToken = credentials.refreshToken;
      return known;
    }
    const means = this.#remoteMeans();
    const { refreshToken } = credentials;
    const account = { client: new DriveClient(credentials, means), means, refreshToken };
    this.#googleAccounts.set(key, account);
    return account;
  }

  #remoteMeans(limits: Partial<GateLimits> = {}): RemoteMeans {
    const { clock, log } = this.#means;
    const gate = new CallGate({ clock, log }, { ...DEFAULT_LIMITS, ...limits });
    return { clock, log, gate, bandwidth: this.#bandwidth, stallMs: STALL_MS };
  }

  #cacheFor({ path }: Location, account: string): string | null {
    const { cacheFolder } = this.#means;
    if (cacheFolder === null) return null;
    const name = createHash('sha256')
      .update(JSON.stringify([account, path]))
      .digest('hex');
    return join(cacheFolder, name.slice(0, 16));
  }
}

function needed<Kind extends 'google' | 's3'>(
  credentials: Place['credentials'],
  kind: Kind,
): CredentialsOf<Kind> {
  if (credentials?.kind !== kind) throw new HoldfastError('sign-in/required');
  return credentials as CredentialsOf<Kind>;
}
