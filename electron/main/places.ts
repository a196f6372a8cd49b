/**
 * What each place needs to be let in. Sign-ins of this run are known at once and kept by the keychain as soon as a destination uses them;
 * they are never in the settings, the page or a log.
 */
import { HoldfastError } from '../../shared/errors.ts';
import type { Credentials, Location, Place } from '../../shared/model/destination.ts';
import type { GoogleSettings } from '../platform/google/google-settings.ts';
import type { SecretStore } from '../platform/secret-store.ts';

export class Places {
  readonly #secrets: Pick<SecretStore, 'credentials' | 'keepCredentials' | 'dropCredentials'>;
  readonly #google: () => GoogleSettings;
  readonly #offered = new Map<string, Credentials>();

  /** `google` throws for settings that must not be followed. */
  constructor(
    secrets: Pick<SecretStore, 'credentials' | 'keepCredentials' | 'dropCredentials'>,
    google: () => GoogleSettings,
  ) {
    this.#secrets = secrets;
    this.#google = google;
  }

  /** @throws HoldfastError `sign-in/required` */
  async of(location: Location): Promise<Place> {
    const account = accountOf(location);
    if (account === null) return { location, credentials: null };
    const credentials = this.#offered.get(account) ?? (await this.#secrets.credentials(account));
    if (credentials === null) throw new HoldfastError('sign-in/required');
    // Where Google is belongs to this run, and not to a sign-in of an earlier one.
    return {
      location,
      credentials:
        credentials.kind === 'google'
          ? { ...credentials, servers: this.#google().servers }
          : credentials,
    };
  }

  async isSignedIn(location: Location): Promise<boolean> {
    const account = accountOf(location);
    return (
      account === null ||
      this.#offered.has(account) ||
      (await this.#secrets.credentials(account)) !== null
    );
  }

  /** For this run. */
  offer(location: Location, credentials: Credentials): void {
    const account = accountOf(location);
    if (account !== null) this.#offered.set(account, credentials);
  }

  /** What was offered does not work: what is in the keychain counts again. */
  withdraw(location: Location): void {
    const account = accountOf(location);
    if (account !== null) this.#offered.delete(account);
  }

  /** Into the keychain: a destination uses it. */
  async keep(location: Location): Promise<void> {
    const account = accountOf(location);
    const offered = account === null ? undefined : this.#offered.get(account);
    if (account === null || offered === undefined) return;
    await this.#secrets.keepCredentials(account, offered);
    this.#offered.delete(account);
  }

  async forget(location: Location): Promise<void> {
    const account = accountOf(location);
    if (account === null) return;
    this.#offered.delete(account);
    await this.#secrets.dropCredentials(account);
  }
}

/** Whose sign-in opens it; null where none is needed. */
export function accountOf(location: Location): string | null {
  // With another client Google would show nothing of what this one has made.
  if (location.kind === 'gdrive') return `google:${location.accountId}:${location.clientId}`;
  // A key may be bound to a prefix: another one of the same bucket has keys of its own.
  if (location.kind === 's3') return `s3:${location.endpoint}/${location.bucket}/${location.path}`;
  return null;
}
