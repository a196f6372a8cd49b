/** Destinations: looked at, opened with a secret, unlocked. */
import { randomUUID } from 'node:crypto';
import { HoldfastError } from '../../../shared/errors.ts';
import type { Unlocked } from '../../../shared/ipc/engine-contract.ts';
import { labelFor, placeText } from '../../../shared/location-names.ts';
import type { Destination, Location } from '../../../shared/model/destination.ts';
import type { Protection } from '../../../shared/model/protection.ts';
import { withProof } from '../../../shared/proof-reminder.ts';
import type { Handlers } from '../ipc-router.ts';
import { storedSecret } from '../stored-secret.ts';
import { unlockOrExplain } from '../other-backups.ts';
import type { HandlerContext } from './context.ts';
import { settleChange } from './key-change.ts';

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
      refuseReplaced(destination, unlocked);
      await secrets.set(unlocked.repositoryId, storedSecret(unlocked, secret));
      await model.updateDestination(destinationId, (known) => ({
        ...known,
        location: placed(known.location, unlocked),
        protection: opened(known.protection, unlocked),
      }));
      await model.accept(destinationId);
      // A change that was cut off can be settled now that it is known what opens.
      await settleChange(context, destinationId).catch(() => undefined);
      return null;
    },
    'destinations:remove-locks': ({ destinationId }) => {
      return model.use(destinationId, (access) =>
        engine.call('locks:remove', { access, scope: 'all' }),
      );
    },
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
      location: placed(location, unlocked),
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

/** While the former slot is still to be removed its secret opens, too; going back to it would undo the change behind the person's back. */
function refuseReplaced({ protection }: Destination, { keyId }: Unlocked): void {
  if (keyId === protection.retiringKeyId) throw new HoldfastError('secret/was-replaced');
}

/** Whoever can enter the secret has it. Proofs of another secret count no more. */
function opened(known: Protection | null, { keyId, secretKind }: Unlocked): Protection {
  const proof = { at: new Date().toISOString(), how: 'unlocked' as const };
  if (known?.keyId === keyId) {
    return { ...known, proofs: withProof(known.proofs, proof), remindAfter: null };
  }
  return {
    kind: secretKind,
    keyId,
    proofs: [proof],
    changedAt: known?.changedAt ?? null,
    changingTo: null,
    // A change of our own that was cut off is finished with its new slot. Another computer's is finished there.
    retiringKeyId: known !== null && known.changingTo === keyId ? known.keyId : null,
    remindAfter: null,
  };
}

/** With the storage's own name of the folder: it is found when it was moved or renamed, and told when it is gone. */
function placed(location: Location, { folderId }: Unlocked): Location {
  return location.kind === 'gdrive' && folderId !== undefined
    ? { ...location, folderId }
    : location;
}

export function newDestination(
  location: Location,
  unlocked: Unlocked,
  protection: Destination['protection'],
): Destination {
  return {
    id: randomUUID(),
    location: placed(location, unlocked),
    label: labelFor(location),
    repositoryId: unlocked.repositoryId,
    fingerprint: unlocked.fingerprint,
    protection,
    createdAt: new Date().toISOString(),
  };
}
