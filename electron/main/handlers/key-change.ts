/**
 * The secret is replaced, without the old one and without uploading anything again. In this order, so that at any moment at least one known
 * secret opens the backup: the new slot is written and opened, this computer keeps it, the old slot is removed. Each step is remembered, so
 * that a change that was cut off is finished at the next start.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import type { Destination } from '../../../shared/model/destination.ts';
import type { Protection } from '../../../shared/model/protection.ts';
import { chosenSecret } from '../chosen-secret.ts';
import type { Handlers } from '../ipc-router.ts';
import { unfinishedStates } from '../../platform/job-history.ts';
import type { HandlerContext } from './context.ts';
import { storedSecret } from './destinations.ts';

type KeyChangeRequests = 'keys:change' | 'keys:finish-change';

export function keyChangeHandlers(context: HandlerContext): Pick<Handlers, KeyChangeRequests> {
  const { clipboard, drafts, engine, model, secrets } = context;

  function setProtection(destinationId: string, change: Partial<Protection>): Promise<void> {
    return model.updateDestination(destinationId, (known) => ({
      ...known,
      protection: { ...known.protection, ...change },
    }));
  }

  return {
    'keys:change': async ({ destinationId, protection: choice }) => {
      const destination = model.destination(destinationId);
      refuseDuringRun(context, destinationId);
      // Never three secrets at once.
      if (destination.protection.retiringKeyId !== null) await finishChange(context, destination);
      const { kind, secret, proofs } = await chosenSecret(context, choice);
      const purpose = drafts.purposeOf(choice.draftId);
      if (purpose.kind !== 'replacement' || purpose.destinationId !== destinationId) {
        throw new HoldfastError('ipc/unknown-item', { context: { what: 'key' } });
      }
      const access = await model.access(destinationId);
      await setProtection(destinationId, { changingFrom: access.keyId });
      const added = await engine
        .call('keys:add', { access, secret, secretKind: kind })
        .catch(async (error: unknown) => {
          await setProtection(destinationId, { changingFrom: null });
          throw error;
        });
      await secrets.set(added.repositoryId, storedSecret(added, secret));
      await retireExports(context, model.destination(destinationId).fingerprint, choice.draftId);
      await model.updateDestination(destinationId, (known) => ({
        ...known,
        protection: {
          kind,
          changingFrom: null,
          keyId: added.keyId,
          proofs,
          changedAt: new Date().toISOString(),
          retiringKeyId: access.keyId,
          remindAfter: null,
        },
      }));
      drafts.discard(choice.draftId);
      await clipboard.clear();
      const isFinished = await finishChange(context, model.destination(destinationId)).then(
        () => true,
        () => false,
      );
      return { oldStillOpens: !isFinished };
    },
    'keys:finish-change': async ({ destinationId }) => {
      refuseDuringRun(context, destinationId);
      await finishChange(context, model.destination(destinationId));
      return null;
    },
  };
}

/** Files with the replaced secret open nothing any more; those that were written while this change was made have the new one. */
async function retireExports(
  { model }: HandlerContext,
  fingerprint: string,
  draftId: string,
): Promise<void> {
  await model.update((settings) => ({
    ...settings,
    exports: settings.exports.map((written) =>
      written.fingerprint === fingerprint && written.draftId !== draftId
        ? { ...written, opensNothing: true }
        : written,
    ),
  }));
}

/**
 * Removes the slot that a change has replaced. Nothing to do is fine.
 * @throws HoldfastError `secret/old-still-opens`
 */
export async function finishChange(
  { engine, model }: Pick<HandlerContext, 'engine' | 'model'>,
  { id, protection }: Destination,
): Promise<void> {
  const { retiringKeyId } = protection;
  if (retiringKeyId === null) return;
  try {
    const access = await model.access(id);
    await engine.call('keys:remove', { access, keyId: retiringKeyId });
  } catch (error) {
    // Somebody has removed it already.
    const isGone = error instanceof HoldfastError && error.code === 'repo/key-not-found';
    if (!isGone) {
      throw new HoldfastError('secret/old-still-opens', { cause: error });
    }
  }
  await model.updateDestination(id, (known) => ({
    ...known,
    protection: { ...known.protection, retiringKeyId: null },
  }));
}

/** At the start: what a crash or another computer's run has left half done. */
export async function finishChanges(
  context: Pick<HandlerContext, 'engine' | 'model' | 'secrets'>,
): Promise<void> {
  const { model, secrets } = context;
  for (const { id, repositoryId, protection } of model.settings.destinations) {
    const stored = await secrets.get(repositoryId);
    if (stored === null) continue;
    if (stored.keyId !== protection.keyId) {
      // Cut off after the keychain and before the settings: the keychain is ahead. A slot is removed only where a change of it had begun here:
      // another one may belong to somebody.
      const isOurChange = protection.changingFrom === protection.keyId;
      await model.updateDestination(id, (known) => ({
        ...known,
        protection: {
          kind: stored.recoveryKey === null ? 'password' : 'key',
          keyId: stored.keyId,
          proofs: [],
          changedAt: new Date().toISOString(),
          changingFrom: null,
          retiringKeyId: isOurChange ? protection.keyId : null,
          remindAfter: null,
        },
      }));
    }
    // Tried again at the next start; meanwhile the page says so.
    await finishChange(context, model.destination(id)).catch(() => undefined);
  }
}

/** Removing a slot needs the repository for itself. */
function refuseDuringRun({ jobs }: HandlerContext, destinationId: string): void {
  const isBusy = jobs
    .list()
    .some((job) => job.destinationId === destinationId && unfinishedStates.has(job.state));
  if (isBusy) throw new HoldfastError('engine/busy', { retry: 'later' });
}
