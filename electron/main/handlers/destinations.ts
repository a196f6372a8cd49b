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
  const { engine, grants, model, places } = context;
  return {
    'destinations:inspect': async ({ grant }) => {
      const location = grants.location(grant, 'destination', 'existing-repository');
      const inspection = await engine.call('repository:inspect', await places.of(location));
      return { ...inspection, path: placeText(location), kind: location.kind };
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
      const unlocked = await unlockOrExplain(context, model.destination(destinationId), secret);
      await context.turns.take(destinationId, () =>
        takeUp(context, destinationId, unlocked, secret),
      );
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
  context: HandlerContext,
  location: Location,
  unlocked: Unlocked,
  secret: string,
): Promise<string> {
  const { model, places, secrets, turns } = context;
  const known = model.settings.destinations.find(
    ({ repositoryId }) => repositoryId === unlocked.repositoryId,
  );
  if (known !== undefined) {
    await turns.take(known.id, () => takeUp(context, known.id, unlocked, secret, location));
    return known.id;
  }
  await secrets.set(unlocked.repositoryId, storedSecret(unlocked, secret));
  await places.keep(location);
  const destination = newDestination(location, unlocked, opened(null, unlocked));
  await model.update((settings) => ({
    ...settings,
    destinations: [...settings.destinations, destination],
  }));
  return destination.id;
}

/** A known destination was opened with a secret that a person entered. Only in a turn at the destination. */
async function takeUp(
  context: HandlerContext,
  destinationId: string,
  unlocked: Unlocked,
  secret: string,
  location: Location | null = null,
): Promise<void> {
  const { model, places, secrets } = context;
  // Before anything that is kept is replaced.
  refuseReplaced(model.destination(destinationId), unlocked);
  await secrets.set(unlocked.repositoryId, storedSecret(unlocked, secret));
  if (location !== null) await places.keep(location);
  await model.updateDestination(destinationId, (known) => ({
    ...known,
    location: placed(location ?? known.location, unlocked),
    protection: opened(known.protection, unlocked),
  }));
  await model.accept(destinationId);
  // A change that was cut off can be settled now that it is known what opens.
  await settleChange(context, destinationId).catch(() => undefined);
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
    ...leftToRemove(known, keyId),
    remindAfter: null,
  };
}

/** With the storage's own name of the folder: it is found when it was moved or renamed, and told when it is gone. */
function placed(location: Location, { folderId }: Unlocked): Location {
  return location.kind === 'gdrive' && folderId !== undefined
    ? { ...location, folderId }
    : location;
}

/**
 * A change of our own that was cut off is finished with its new slot. Another computer's is finished there; but what a change of our own has
 * left behind nobody else knows of: it would open the backup for ever.
 */
function leftToRemove(
  known: Protection | null,
  keyId: string,
): Pick<Protection, 'changingTo' | 'retiringKeyId'> {
  if (known === null) return { changingTo: null, retiringKeyId: null };
  if (known.changingTo === keyId) return { changingTo: null, retiringKeyId: known.keyId };
  return { changingTo: known.changingTo, retiringKeyId: known.retiringKeyId };
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
