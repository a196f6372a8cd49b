/** Places for backups: found, signed in to, measured, let go. */
import { join } from 'node:path';
import { HoldfastError } from '../../../shared/errors.ts';
import type { GrantedFolder, PlacePurpose } from '../../../shared/ipc/contract.ts';
import { folderForComputer, labelFor, placeText } from '../../../shared/location-names.ts';
import type { Location, LocationOf } from '../../../shared/model/destination.ts';
import type { Settings } from '../../../shared/model/settings.ts';
import type { GoogleClient } from '../../platform/google/google-settings.ts';
import type { SignedIn } from '../../platform/google/google-sign-in.ts';
import type { Handlers } from '../ipc-router.ts';
import { accountOf } from '../places.ts';
import type { HandlerContext } from './context.ts';
import { isUnused } from './setup.ts';

type PlaceRequests =
  | 'places:google'
  | 'places:google-cancel'
  | 'places:icloud'
  | 'places:s3'
  | 'destinations:size'
  | 'destinations:reconnect'
  | 'destinations:disconnect';

const OWN_FOLDER = 'Holdfast';
const MAX_NAME_TRIES = 100;

export function placeHandlers(context: HandlerContext): Pick<Handlers, PlaceRequests> {
  const { engine, grants, model, places } = context;
  let signingIn: AbortController | null = null;

  /** One at a time: a second one ends the first, whose page in the browser may have been closed. */
  async function signIn(client: GoogleClient): Promise<SignedIn> {
    signingIn?.abort(new HoldfastError('sign-in/cancelled'));
    const cancel = new AbortController();
    signingIn = cancel;
    // Google's library is large and rarely needed.
    const { startSignIn } = await import('../../platform/google/google-sign-in.ts');
    const pending = await startSignIn({
      client,
      servers: context.google().servers,
      farewell: context.desktop.signInFarewell(),
      signal: cancel.signal,
    });
    await context.desktop.openAddress(pending.url);
    return pending.result.finally(() => {
      if (signingIn === cancel) signingIn = null;
    });
  }

  /** Wrong keys or a missing bucket are best said while they are being typed; and they must not take the place of good ones. */
  async function tryKeys(
    location: LocationOf<'s3'>,
    keys: { readonly accessKeyId: string; readonly secretAccessKey: string },
    /** Of the backup that must be there; null for a place that is only being looked at. */
    fingerprint: string | null,
  ): Promise<void> {
    places.offer(location, { kind: 's3', ...keys });
    try {
      const found = await engine.call('repository:inspect', await places.of(location));
      if (fingerprint !== null && found.fingerprint !== fingerprint) {
        throw new HoldfastError('repo/not-found', { context: { path: placeText(location) } });
      }
    } catch (error) {
      places.withdraw(location);
      throw error;
    }
  }

  function granted(location: Location, purpose: PlacePurpose): GrantedFolder {
    return {
      grant: grants.issue(location, purpose),
      path: placeText(location),
      name: labelFor(location),
    };
  }

  /** A folder named after this computer, of which there is none yet. Each computer has its own: locks may reach others late. */
  async function newFolder<L extends Location>(at: (path: string) => L): Promise<L> {
    const name = folderForComputer(context.computerName);
    for (let number = 1; number <= MAX_NAME_TRIES; number += 1) {
      const location = at(number === 1 ? name : `${name} ${String(number)}`);
      if (await isUnused(context, location)) return location;
    }
    throw new HoldfastError('repo/already-exists');
  }

  /** Takes Google's permission back. Throws `sign-in/not-withdrawn`. */
  async function withdraw(location: Location): Promise<void> {
    const place = await places.of(location).catch(() => null);
    if (place?.credentials?.kind !== 'google') throw new HoldfastError('sign-in/not-withdrawn');
    const { signOut } = await import('../../platform/google/google-sign-in.ts');
    await signOut(place.credentials.refreshToken, place.credentials.servers);
  }

  return {
    'places:google': async ({ purpose, client }) => {
      const used = client ?? context.google().client;
      if (used === null) throw new HoldfastError('sign-in/no-client');
      const { refreshToken, accountId, accountName } = await signIn(used);
      const root: LocationOf<'gdrive'> = {
        kind: 'gdrive',
        path: OWN_FOLDER,
        folderId: null,
        accountId,
        clientId: used.clientId,
        accountName,
      };
      const { servers } = context.google();
      places.offer(root, { kind: 'google', ...used, refreshToken, servers });
      if (purpose === 'existing-repository') return granted(root, purpose);
      const location = await newFolder((name) => ({ ...root, path: `${OWN_FOLDER}/${name}` }));
      return granted(location, purpose);
    },

    'places:google-cancel': () => {
      signingIn?.abort(new HoldfastError('sign-in/cancelled'));
      return null;
    },

    'places:icloud': async ({ purpose }) => {
      const drive = context.iCloudFolder();
      if (drive === null) throw new HoldfastError('icloud/off');
      const root: LocationOf<'icloud'> = { kind: 'icloud', path: join(drive, OWN_FOLDER) };
      if (purpose === 'existing-repository') return granted(root, purpose);
      const location = await newFolder((name) => ({ ...root, path: join(root.path, name) }));
      return granted(location, purpose);
    },

    'places:s3': async ({ purpose, accessKeyId, secretAccessKey, ...where }) => {
      const location: LocationOf<'s3'> = {
        kind: 's3',
        ...where,
        path: where.path.replaceAll(/^\/+|\/+$/gu, ''),
      };
      await tryKeys(location, { accessKeyId, secretAccessKey }, null);
      return granted(location, purpose);
    },

    'destinations:size': ({ destinationId, withBackup }) =>
      model.use(destinationId, (access) => engine.call('repository:size', { access, withBackup })),

    'destinations:reconnect': async ({ destinationId, s3Keys, s3Region, clientSecret: typed }) => {
      const { location, fingerprint } = model.destination(destinationId);
      if (location.kind === 's3') {
        const region = s3Region ?? location.region;
        const keys = s3Keys ?? (await places.of(location)).credentials;
        if (keys === null || !('secretAccessKey' in keys)) {
          throw new HoldfastError('sign-in/required');
        }
        const { accessKeyId, secretAccessKey } = keys;
        await tryKeys({ ...location, region }, { accessKeyId, secretAccessKey }, fingerprint);
        // A bucket has one region, whoever uses it.
        if (region !== location.region) await model.update(inRegion(location, region));
      } else if (location.kind === 'gdrive') {
        // With the client of before: to another one Google shows nothing of what is there.
        const known = await places.of(location).catch(() => null);
        const stored =
          known?.credentials?.kind === 'google' ? known.credentials : context.google().client;
        const { clientId } = location;
        const clientSecret =
          typed ?? (stored?.clientId === clientId ? stored.clientSecret : undefined);
        if (clientSecret === undefined) throw new HoldfastError('sign-in/no-client');
        const { refreshToken, accountId, accountName } = await signIn({ clientId, clientSecret });
        if (accountId !== location.accountId) {
          throw new HoldfastError('drive/other-account', {
            context: { expected: location.accountName, actual: accountName },
          });
        }
        const { servers } = context.google();
        places.offer(location, { kind: 'google', clientId, clientSecret, refreshToken, servers });
      }
      await places.keep(location);
      for (const other of model.settings.destinations) {
        if (!samePlaceAccount(other.location, location)) continue;
        await model.setSignedOut(other.id, null);
        context.jobs.wake(other.id);
      }
      return null;
    },

    'destinations:disconnect': async ({ destinationId, revoke, lossIsAccepted = false }) => {
      const { location, protection, repositoryId } = model.destination(destinationId);
      if (context.jobs.isBusy(destinationId)) throw new HoldfastError('engine/busy');
      // A key that was never proved to be saved may be the only one there is.
      if (protection.proofs.length === 0 && !lossIsAccepted) {
        throw new HoldfastError('secret/not-proved');
      }
      const isShared = model.settings.destinations.some(
        ({ id, location: other }) => id !== destinationId && samePlaceAccount(other, location),
      );
      // First: without its token it could never be taken back again.
      if (revoke && !isShared) await withdraw(location);
      await model.update((settings) => ({
        ...settings,
        plans: settings.plans.filter((plan) => plan.destinationId !== destinationId),
        destinations: settings.destinations.filter(({ id }) => id !== destinationId),
      }));
      // Also where its loss is accepted: the keychain's own program still shows it.
      if (protection.proofs.length > 0) await context.secrets.forget(repositoryId);
      if (!isShared) await places.forget(location);
      return null;
    },
  };
}

function inRegion(bucket: Location, region: string): (settings: Settings) => Settings {
  return (settings) => ({
    ...settings,
    destinations: settings.destinations.map((destination) =>
      samePlaceAccount(destination.location, bucket) && destination.location.kind === 's3'
        ? { ...destination, location: { ...destination.location, region } }
        : destination,
    ),
  });
}

function samePlaceAccount(a: Location, b: Location): boolean {
  const account = accountOf(a);
  return account !== null && account === accountOf(b);
}
