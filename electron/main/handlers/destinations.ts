/** Destinations: looked at, opened with a secret, unlocked. */
import { randomUUID } from 'node:crypto';
import type { Unlocked } from '../../../shared/ipc/engine-contract.ts';
import { labelFor, placeText } from '../../../shared/location-names.ts';
import type { Destination, Location } from '../../../shared/model/destination.ts';
import type { Protection } from '../../../shared/model/protection.ts';
import { parseRecoveryKey } from '../../../shared/recovery-key.ts';
import type { StoredSecret } from '../../platform/secret-store.ts';
import type { Handlers } from '../ipc-router.ts';
import { unlockOrExplain } from '../other-backups.ts';
import type { HandlerContext } from './context.ts';

type DestinationRequests =
  | 'destinations:inspect'
  | 'destinations:find'
  | 'destinations:attach'
  | 'destinations:unlock'
  | 'destinations:remove-locks';

export function destinationHandlers(context: HandlerContext): Pick<Handlers, DestinationRequests> {
  const { engine, grants, model, places, secrets } = context;
  return {
    'destinations:inspect': async ({ grant }) => {
      const location = grants.location(grant, 'destination', 'existing-repository');
      const inspection = await engine.call('repository:inspect', await places.of(location));
      return { ...inspection, path: placeText(location) };
    },
    'destinations:find': async ({ grant }) => {
      const around = grants.location(grant, 'destination', 'existing-repository');
      const found = await engine.call('repository:find', await places.of(around));
      return found.map(({ location, ...facts }) => ({
        ...facts,
        path: placeText(location),
        grant: grants.issue(location, 'existing-repository'),
      }));
    },
    'destinations:attach': async ({ grant, secret }) => {
      const location = grants.location(grant, 'destination', 'existing-repository');
      const unlocked = await unlockOrExplain(context, { location, repositoryId: null }, secret);
      const destinationId = await rememberDestination(context, location, unlocked, secret);
      grants.consume([grant]);
      return { destinationId };
    },
    'destinations:unlock': async ({ destinationId, secret }) => {
      const destination = model.destination(destinationId);
      const unlocked = await unlockOrExplain(context, destination, secret);
      await secrets.set(unlocked.repositoryId, storedSecret(unlocked, secret));
      await model.updateDestination(destinationId, (known) => ({
        ...known,
        protection: opened(known.protection, unlocked),
      }));
      await model.accept(destinationId);
      return null;
    },
    'destinations:remove-locks': async ({ destinationId }) => {
      const access = await model.access(destinationId);
      return engine.call('locks:remove', { access, scope: 'all' });
    },
  };
}

/** What the keychain keeps: in key mode the digits, too, so that they can be shown later; a password never. */
export function storedSecret(unlocked: Unlocked, secret: string): StoredSecret {
  const parsed = parseRecoveryKey(secret);
  return {
    keyId: unlocked.keyId,
    slotKey: unlocked.slotKey,
    recoveryKey:
      unlocked.secretKind === 'key' && parsed.ok
        ? new Uint8Array(Buffer.from(parsed.key, 'hex'))
        : null,
  };
}

/** Adds the destination to the settings, or takes the known one for the same repository up again. */
async function rememberDestination(
  { model, places, secrets }: HandlerContext,
  location: Location,
  unlocked: Unlocked,
  secret: string,
): Promise<string> {
  await secrets.set(unlocked.repositoryId, storedSecret(unlocked, secret));
  await places.keep(location);
  const known = model.settings.destinations.find(
    ({ repositoryId }) => repositoryId === unlocked.repositoryId,
  );
  const protection = opened(known?.protection ?? null, unlocked);
  if (known !== undefined) {
    await model.updateDestination(known.id, (destination) => ({
      ...destination,
      location,
      protection,
    }));
    await model.accept(known.id);
    return known.id;
  }
  const destination = newDestination(location, unlocked, protection);
  await model.update((settings) => ({
    ...settings,
    destinations: [...settings.destinations, destination],
  }));
  return destination.id;
}

/** Whoever can enter the secret has it. Proofs of another secret count no more. */
function opened(known: Protection | null, { keyId, secretKind }: Unlocked): Protection {
  const isSame = known?.keyId === keyId;
  return {
    kind: secretKind,
    keyId,
    proofs: [
      ...(isSame ? known.proofs : []),
      { at: new Date().toISOString(), how: 'unlocked' as const },
    ],
    changedAt: known?.changedAt ?? null,
    changingFrom: null,
    // Another computer's change is finished there.
    retiringKeyId: isSame ? known.retiringKeyId : null,
    remindAfter: null,
  };
}

export function newDestination(
  location: Location,
  unlocked: Unlocked,
  protection: Destination['protection'],
): Destination {
  return {
    id: randomUUID(),
    location,
    label: labelFor(location),
    repositoryId: unlocked.repositoryId,
    fingerprint: unlocked.fingerprint,
    protection,
    createdAt: new Date().toISOString(),
  };
}
