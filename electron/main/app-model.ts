/**
 * What the page is shown besides jobs: settings, and for each destination whether it can be used now. Sent whole after every change. Also
 * the one place that knows how to get into a destination.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { asksForSignIn } from '../../shared/error-catalog.ts';
import { HoldfastError, type ErrorCode } from '../../shared/errors.ts';
import type { AppState, DestinationView } from '../../shared/ipc/contract.ts';
import type { Access } from '../../shared/ipc/engine-contract.ts';
import { folderOf, placeText, stubOf } from '../../shared/location-names.ts';
import type { Destination, Location } from '../../shared/model/destination.ts';
import type { Plan } from '../../shared/model/plan.ts';
import type { Settings } from '../../shared/model/settings.ts';
import { reminderDueMs } from '../../shared/proof-reminder.ts';
import { whereabouts } from '../keys/exports/secret-file.ts';
import { findMoved } from '../platform/moved-disk.ts';
import type { ConfigStore } from '../platform/config-store.ts';
import type { SecretStore } from '../platform/secret-store.ts';
import type { Places } from './places.ts';

/** What does not change while the app runs. */
export type Surroundings = Pick<
  AppState,
  'version' | 'platform' | 'runtime' | 'computerName' | 'systemLanguage' | 'storages'
>;

export class AppModel {
  readonly #config: ConfigStore;
  readonly #secrets: SecretStore;
  readonly #places: Places;
  readonly #surroundings: Surroundings;
  readonly #findMoved: typeof findMoved;
  readonly #send: (state: AppState) => void;
  readonly #notices: readonly ErrorCode[];
  /** Destinations whose stored slot was refused: the secret was changed elsewhere. */
  readonly #refused = new Set<string>();
  /** Destinations whose storage does not let Holdfast in until the person signs in anew, and why. */
  readonly #signedOut = new Map<string, ErrorCode>();

  /** `notices`: what was found at the start. */
  constructor(
    config: ConfigStore,
    secrets: SecretStore,
    places: Places,
    surroundings: Surroundings,
    send: (state: AppState) => void,
    notices: readonly ErrorCode[] = [],
    findMovedDisk: typeof findMoved = findMoved,
  ) {
    this.#findMoved = findMovedDisk;
    this.#notices = notices;
    this.#config = config;
    this.#secrets = secrets;
    this.#places = places;
    this.#surroundings = surroundings;
    this.#send = send;
  }

  get settings(): Settings {
    return this.#config.settings;
  }

  async state(): Promise<AppState> {
    const { theme, language, plans, exports, bandwidth } = this.settings;
    const notices = [...this.#notices];
    for (const destination of this.settings.destinations) await this.#followDisk(destination);
    const { destinations } = this.settings;
    const views = await Promise.all(destinations.map((destination) => this.#view(destination)));
    const problem = await this.#secrets.problem();
    if (problem !== null) notices.push(`keychain/${problem}`);
    return {
      ...this.#surroundings,
      theme,
      language,
      keychain: problem ?? 'available',
      bandwidth,
      plans,
      destinations: views,
      exports: exports.filter(({ path }) => whereabouts(path) === 'there'),
      notices,
    };
  }

  /** Tells the page the state anew, for example since a disk may have come or gone. */
  async refresh(): Promise<void> {
    this.#send(await this.state());
  }

  async update(change: (settings: Settings) => Settings): Promise<void> {
    await this.#config.update(change);
    await this.refresh();
  }

  async updateDestination(
    destinationId: string,
    change: (destination: Destination) => Destination,
  ): Promise<void> {
    await this.update((settings) => ({
      ...settings,
      destinations: settings.destinations.map((destination) =>
        destination.id === destinationId ? change(destination) : destination,
      ),
    }));
  }

  /** Throws `ipc/unknown-item`. */
  plan(planId: string): Plan {
    return found(
      this.settings.plans.find(({ id }) => id === planId),
      'plan',
    );
  }

  /** Throws `ipc/unknown-item`. */
  destination(destinationId: string): Destination {
    return found(
      this.settings.destinations.find(({ id }) => id === destinationId),
      'destination',
    );
  }

  /** Throws `secret/required` when the person must enter the secret first, `sign-in/required` when they must sign in. */
  async access(destinationId: string): Promise<Access> {
    await this.#followDisk(this.destination(destinationId));
    const { location, repositoryId, id } = this.destination(destinationId);
    const secret = this.#refused.has(id) ? null : await this.#secrets.get(repositoryId);
    if (secret === null) throw new HoldfastError('secret/required');
    return { ...(await this.#places.of(location)), keyId: secret.keyId, slotKey: secret.slotKey };
  }

  /**
   * Does something with a destination. Where what is stored does not open it any more, because the secret was changed elsewhere, this computer
   * pauses and asks: `secret/required`, and not "check for typing errors" where nothing was typed.
   */
  async use<T>(destinationId: string, work: (access: Access) => Promise<T>): Promise<T> {
    try {
      return await work(await this.access(destinationId));
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      if (asksForSignIn(error.code)) await this.setSignedOut(destinationId, error.code);
      if (error.code !== 'repo/wrong-secret') throw error;
      await this.refuse(destinationId);
      throw new HoldfastError('secret/required', { cause: error });
    }
  }

  /** The stored slot was refused, and nobody has entered another secret since. */
  isRefused(destinationId: string): boolean {
    return this.#refused.has(destinationId);
  }

  /** The stored slot does not open the repository any more: ask again, and never forget what is stored because of it. */
  async refuse(destinationId: string): Promise<void> {
    this.#refused.add(destinationId);
    await this.refresh();
  }

  /** The person entered a secret that opens. */
  async accept(destinationId: string): Promise<void> {
    this.#refused.delete(destinationId);
    await this.refresh();
  }

  /** Why the storage does not take the sign-in any more; null when it takes it again. */
  async setSignedOut(destinationId: string, because: ErrorCode | null): Promise<void> {
    if (because === null) this.#signedOut.delete(destinationId);
    else this.#signedOut.set(destinationId, because);
    await this.refresh();
  }

  /** A disk that was plugged in again under another name is the same destination. */
  async #followDisk({ id, location, fingerprint, protection: { keyId } }: Destination) {
    if (location.kind !== 'local' || existsSync(`${location.path}/config`)) return;
    const path = await this.#findMoved(location.path, { fingerprint, keyId });
    if (path === null) return;
    await this.#config.update((settings) => ({
      ...settings,
      destinations: settings.destinations.map((destination) =>
        destination.id === id ? { ...destination, location: { ...location, path } } : destination,
      ),
    }));
  }

  async #view(destination: Destination): Promise<DestinationView> {
    const dueMs = reminderDueMs(destination.protection);
    return {
      ...destination,
      ...(await this.#status(destination)),
      isKeyKept: await this.#isKeyKept(destination),
      place: placeText(destination.location),
      signedOutBecause: this.#signedOut.get(destination.id) ?? null,
      isReminderDue: dueMs !== null && dueMs <= Date.now(),
    };
  }

  async #isKeyKept({ id, protection, repositoryId }: Destination): Promise<boolean> {
    if (protection.kind !== 'key' || this.#refused.has(id)) return false;
    return ((await this.#secrets.get(repositoryId))?.recoveryKey ?? null) !== null;
  }

  async #status({
    id,
    location,
    repositoryId,
  }: Destination): Promise<Pick<DestinationView, 'status' | 'lockedBecause'>> {
    if (location.kind === 'icloud' && !existsSync(dirname(dirname(location.path)))) {
      return { status: 'icloud-off', lockedBecause: null };
    }
    if (!isThere(location)) return { status: 'unreachable', lockedBecause: null };
    if (this.#signedOut.has(id) || !(await this.#places.isSignedIn(location))) {
      return { status: 'signed-out', lockedBecause: null };
    }
    if (this.#refused.has(id)) return { status: 'locked', lockedBecause: 'changed-elsewhere' };
    if ((await this.#secrets.get(repositoryId)) !== null) {
      return { status: 'ready', lockedBecause: null };
    }
    const problem = await this.#secrets.problem();
    return {
      status: 'locked',
      lockedBecause: problem === null ? 'not-in-keychain' : 'no-keychain',
    };
  }
}

/** A `config` that is only in iCloud is there: it is fetched when it is needed. */
function isThere(location: Location): boolean {
  const folder = folderOf(location);
  if (folder === null) return true;
  const names = location.kind === 'icloud' ? ['config', stubOf('config')] : ['config'];
  return names.some((name) => existsSync(join(folder, name)));
}

function found<Item>(item: Item | undefined, what: string): Item {
  if (item === undefined) throw new HoldfastError('ipc/unknown-item', { context: { what } });
  return item;
}
