/**
 * The secret is replaced, without the old one and without uploading anything again. In this order, so that at any moment at least one known
 * secret opens the backup: the new slot's name is noted, the slot is written and opened, this computer keeps what opens it, the settings
 * follow, the old slot is removed. A change that was cut off is finished, or taken back, at the next start.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import type { Access, Unlocked } from '../../../shared/ipc/engine-contract.ts';
import type { Protection } from '../../../shared/model/protection.ts';
import { chosenSecret, type ChosenSecret } from '../chosen-secret.ts';
import type { Handlers } from '../ipc-router.ts';
import { storedSecret } from '../stored-secret.ts';
import { boundToSlot, withoutSlot } from '../watched-exports.ts';
import type { HandlerContext } from './context.ts';

type KeyChangeRequests = 'keys:change' | 'keys:finish-change';
type Means = Pick<HandlerContext, 'engine' | 'model' | 'secrets'>;
type MeansWithTurns = Pick<HandlerContext, 'engine' | 'model' | 'secrets' | 'turns'>;

export function keyChangeHandlers(context: HandlerContext): Pick<Handlers, KeyChangeRequests> {
  const { clipboard, drafts, jobs, person, secrets, turns } = context;
  const changing = new Set<string>();

  /** One at a time a destination, and not while a run works there: removing a slot needs the repository for itself. */
  async function alone<T>(destinationId: string, work: () => Promise<T>): Promise<T> {
    if (changing.has(destinationId) || jobs.isBusy(destinationId)) {
      throw new HoldfastError('engine/busy', { retry: 'later' });
    }
    changing.add(destinationId);
    try {
      return await turns.take(destinationId, work);
    } finally {
      changing.delete(destinationId);
    }
  }

  return {
    'keys:change': ({ destinationId, protection: choice }) =>
      alone(destinationId, async () => {
        const purpose = drafts.purposeOf(choice.draftId);
        if (purpose.kind !== 'replacement' || purpose.destinationId !== destinationId) {
          throw new HoldfastError('ipc/unknown-item', { context: { what: 'key' } });
        }
        const chosen = await chosenSecret(context, choice);
        await person.require();
        // What is kept in memory only and saved nowhere would be lost when Holdfast ends. Asked before anything is written.
        if (chosen.proofs.length === 0 && !(await secrets.takesSecrets())) {
          throw new HoldfastError('secret/proof-needed');
        }
        // Never three secrets at once.
        await settleChange(context, destinationId);
        await replace(context, destinationId, chosen, choice.draftId);
        drafts.discard(choice.draftId);
        await clipboard.clear();
        const isFinished = await finishChange(context, destinationId).then(
          () => true,
          () => false,
        );
        return { oldStillOpens: !isFinished };
      }),
    'keys:finish-change': ({ destinationId }) =>
      alone(destinationId, async () => {
        await finishChange(context, destinationId);
        return null;
      }),
  };
}

async function replace(
  means: Means,
  destinationId: string,
  { kind, secret, proofs }: ChosenSecret,
  draftId: string,
): Promise<void> {
  const { engine, model, secrets } = means;
  const { repositoryId } = model.destination(destinationId);
  // A copy: what the store holds is overwritten when it takes another one.
  const old = structuredClone(await secrets.get(repositoryId));
  const { added, access } = await model.use(destinationId, async (opened) => {
    const params = { access: opened, secret, secretKind: kind };
    const prepared = await engine.call('keys:prepare', params);
    await model.update((settings) => ({
      ...settings,
      destinations: settings.destinations.map((known) =>
        known.id === destinationId
          ? { ...known, protection: { ...known.protection, changingTo: prepared.keyId } }
          : known,
      ),
      // What was written while this change was made has its secret.
      exports: boundToSlot(settings.exports, draftId, prepared.keyId),
    }));
    try {
      return { access: opened, added: await engine.call('keys:add', { ...params, prepared }) };
    } catch (error) {
      await takeBack(means, destinationId).catch(() => undefined);
      throw error;
    }
  });
  const isKept = await secrets.set(repositoryId, storedSecret(added, secret));
  if (!isKept && proofs.length === 0) {
    // Nobody but this process would have it. The old one still opens, and stays.
    const hasOld = old !== null && (await secrets.set(repositoryId, old));
    // The keychain may hold either: until it says which, neither of the two may stop opening.
    if (!hasOld) throw new HoldfastError('secret/change-unsettled');
    await takeBack(means, destinationId);
    throw new HoldfastError('secret/proof-needed');
  }
  // Or the next start would take what is in there for the secret of this backup.
  if (!isKept) await secrets.dropStored(repositoryId);
  await adopt(model, destinationId, added, { kind, proofs }, access);
}

/** From here on the new slot is the one in use. */
async function adopt(
  model: HandlerContext['model'],
  destinationId: string,
  { keyId }: Pick<Unlocked, 'keyId'>,
  { kind, proofs }: Pick<Protection, 'kind' | 'proofs'>,
  old: Pick<Access, 'keyId'>,
): Promise<void> {
  await setProtection(model, destinationId, {
    kind,
    keyId,
    proofs,
    changingTo: null,
    changedAt: new Date().toISOString(),
    retiringKeyId: old.keyId,
    remindAfter: null,
  });
}

/** Removes the slot of a change that did not come about. The one in use stays. */
async function takeBack({ engine, model }: Means, destinationId: string): Promise<void> {
  const { changingTo } = model.destination(destinationId).protection;
  if (changingTo === null) return;
  await removeSlot({ engine, model }, destinationId, changingTo);
  await forgetSlot(model, destinationId, changingTo);
}

/**
 * Removes the slot that a change has replaced. Nothing to do is fine.
 * @throws HoldfastError `secret/old-still-opens`
 */
async function finishChange(
  means: Pick<HandlerContext, 'engine' | 'model'>,
  destinationId: string,
): Promise<void> {
  const { retiringKeyId } = means.model.destination(destinationId).protection;
  if (retiringKeyId === null) return;
  try {
    await removeSlot(means, destinationId, retiringKeyId);
  } catch (error) {
    throw new HoldfastError('secret/old-still-opens', { cause: error });
  }
  await forgetSlot(means.model, destinationId, retiringKeyId);
}

/** It is removed: nothing is left to be done with it, and files with its secret open nothing any more. */
async function forgetSlot(
  model: HandlerContext['model'],
  destinationId: string,
  keyId: string,
): Promise<void> {
  await model.update((settings) => ({
    ...settings,
    destinations: settings.destinations.map((known) => {
      if (known.id !== destinationId) return known;
      const { changingTo, retiringKeyId } = known.protection;
      return {
        ...known,
        protection: {
          ...known.protection,
          changingTo: changingTo === keyId ? null : changingTo,
          retiringKeyId: retiringKeyId === keyId ? null : retiringKeyId,
        },
      };
    }),
    exports: withoutSlot(settings.exports, keyId),
  }));
}

/** Gone already is as good as removed. */
async function removeSlot(
  { engine, model }: Pick<HandlerContext, 'engine' | 'model'>,
  destinationId: string,
  keyId: string,
): Promise<void> {
  try {
    await model.use(destinationId, (access) => engine.call('keys:remove', { access, keyId }));
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'repo/key-not-found') throw error;
  }
}

/**
 * What a crash has left half done. What this computer keeps decides: the new slot's key, and the change is finished; the old one's, and it
 * is taken back, since nobody was told that it had come about. Where it keeps neither, somebody has to enter a secret first. Only in a turn
 * at the destination (`DestinationTurns`).
 * @throws HoldfastError what keeps it from being settled
 */
export async function settleChange(means: Means, destinationId: string): Promise<void> {
  const { model, secrets } = means;
  const { repositoryId } = model.destination(destinationId);
  const stored = await secrets.get(repositoryId);
  const { protection } = model.destination(destinationId);
  if (stored === null) return;
  if (stored.keyId === protection.changingTo) {
    const kind = stored.recoveryKey === null ? 'password' : 'key';
    await adopt(model, destinationId, stored, { kind, proofs: [] }, protection);
  } else if (stored.keyId !== protection.keyId) {
    // Of another time, or another computer's: it is not known to open anything.
    await model.refuse(destinationId);
    return;
  } else if (protection.changingTo !== null) {
    // Kept here may mean in memory only, while the keychain has the new one and does not answer.
    const isSafe = (await secrets.set(repositoryId, stored)) || protection.proofs.length > 0;
    if (!isSafe) throw new HoldfastError('secret/change-unsettled');
    await takeBack(means, destinationId);
  }
  await finishChange(means, destinationId);
}

/** At the start. What cannot be settled now is tried again at the next one; meanwhile the page says so. */
export async function finishChanges(means: MeansWithTurns): Promise<void> {
  const ids = means.model.settings.destinations.map(({ id }) => id);
  for (const id of ids) {
    await means.turns.take(id, () => settleChange(means, id)).catch(() => undefined);
  }
}

async function setProtection(
  model: HandlerContext['model'],
  destinationId: string,
  change: Partial<Protection>,
): Promise<void> {
  await model.updateDestination(destinationId, (known) => ({
    ...known,
    protection: { ...known.protection, ...change },
  }));
}
