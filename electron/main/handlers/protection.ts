/** A secret is made, rated, and proved to be saved. A key that is being made is shown by one request, for one screen. */
import { HoldfastError } from '../../../shared/errors.ts';
import type { PlaintextExport } from '../../../shared/model/key-export.ts';
import { withProof } from '../../../shared/proof-reminder.ts';
import type { Handlers } from '../ipc-router.ts';
import { unlockOrExplain } from '../other-backups.ts';
import { judgeProof, pickGroups } from '../key-proof.ts';
import { withoutDrafts } from '../watched-exports.ts';
import type { HandlerContext } from './context.ts';

type ProtectionRequests =
  | 'protection:make-draft'
  | 'protection:show-draft'
  | 'protection:discard-draft'
  | 'protection:prove-key'
  | 'protection:ask-groups'
  | 'protection:prove-saved'
  | 'protection:rate-password'
  | 'protection:suggest-password';

export function protectionHandlers(context: HandlerContext): Pick<Handlers, ProtectionRequests> {
  const { drafts, clipboard, engine, model, person } = context;
  /** By destination: what the page cannot choose for itself. */
  const asked = new Map<string, readonly number[]>();
  return {
    'protection:make-draft': async ({ kind, destinationId }) => {
      if (destinationId !== null) {
        const { fingerprint } = model.destination(destinationId);
        // Who replaces the secret takes the backup out of the owner's hands.
        await person.require();
        return drafts.make(kind, fingerprint, { kind: 'replacement', destinationId });
      }
      const { fingerprint, prepared } = await engine.call('repository:prepare', {});
      return drafts.make(kind, fingerprint, { kind: 'new-backup', prepared });
    },
    'protection:show-draft': ({ draftId }) => {
      const key = drafts.keyOf(draftId);
      if (key === null) throw new HoldfastError('secret/not-stored');
      return { key };
    },
    'protection:discard-draft': async ({ draftId }) => {
      await clipboard.clear();
      drafts.discard(draftId);
      await forgetDeadDrafts(context);
      return null;
    },
    'protection:prove-key': async ({ draftId, proof }) => {
      // Or pasting would prove nothing but our own copy.
      await clipboard.clear();
      return drafts.prove(draftId, proof);
    },
    'protection:ask-groups': async ({ destinationId }) => {
      const key = await keyInUse(context, destinationId);
      const askedGroups = key === null ? [] : pickGroups();
      asked.set(destinationId, askedGroups);
      return { askedGroups };
    },
    'protection:prove-saved': async ({ destinationId, proof }) => {
      const { location, protection, repositoryId } = model.destination(destinationId);
      await clipboard.clear();
      const key = await keyInUse(context, destinationId);
      const groups = asked.get(destinationId) ?? [];
      const judged = key === null ? null : judgeProof(key, proof, groups);
      if (proof.how === 'three-groups') {
        // With none asked nothing would differ.
        if (judged === null || groups.length === 0) throw new HoldfastError('secret/not-stored');
        if (!judged.proved) return judged;
      }
      try {
        // Just the slot in use: two may have the same secret, and a former one proves nothing.
        const wanted = { location, repositoryId, keyId: protection.keyId };
        // Groups are of the key that is kept here; whether that still opens the backup only the storage knows.
        await unlockOrExplain(context, wanted, proof.how === 'pasted' ? proof.text : (key ?? ''));
      } catch (error) {
        if (!(error instanceof HoldfastError)) throw error;
        if (error.code === 'secret/changed-elsewhere') await model.refuse(destinationId);
        if (error.code !== 'repo/wrong-secret') throw error;
        if (proof.how === 'pasted') {
          return { proved: false, wrongGroups: judged?.wrongGroups ?? [] };
        }
        await model.refuse(destinationId);
        throw new HoldfastError('secret/required', { cause: error });
      }
      asked.delete(destinationId);
      const how = protection.kind === 'key' ? proof.how : ('retyped' as const);
      await model.updateDestination(destinationId, (destination) => {
        // Of a secret that was replaced meanwhile it says nothing.
        if (destination.protection.keyId !== protection.keyId) return destination;
        const proofs = withProof(destination.protection.proofs, {
          at: new Date().toISOString(),
          how,
        });
        return {
          ...destination,
          protection: { ...destination.protection, proofs, remindAfter: null },
        };
      });
      return { proved: true, wrongGroups: [] };
    },
    'protection:rate-password': async ({ password }) => {
      const { ratePassword } = await import('../../keys/password-strength.ts');
      return ratePassword(password, knownWords(context));
    },
    'protection:suggest-password': async () => {
      const { suggestPassword } = await import('../../keys/word-suggestion.ts');
      return { password: suggestPassword() };
    },
  };
}

/** The 64 digits of the slot in use, if this computer keeps them. */
async function keyInUse(
  { model, secrets }: HandlerContext,
  destinationId: string,
): Promise<string | null> {
  const { protection, repositoryId } = model.destination(destinationId);
  if (protection.kind !== 'key' || model.isRefused(destinationId)) return null;
  const kept = await secrets.get(repositoryId);
  // What another change has left here is not the key that is asked about.
  if (kept === null || kept.keyId !== protection.keyId || kept.recoveryKey === null) return null;
  return Buffer.from(kept.recoveryKey).toString('hex');
}

/** Files with the secret of a draft that came to nothing never opened anything. Also at the start, and when the page has forgotten its drafts. */
export async function forgetDeadDrafts({
  drafts,
  model,
}: Pick<HandlerContext, 'drafts' | 'model'>): Promise<void> {
  const left = (exports: readonly PlaintextExport[]): PlaintextExport[] =>
    withoutDrafts(exports, (draftId) => drafts.isAlive(draftId));
  const { exports } = model.settings;
  if (left(exports).every((written, at) => written === exports[at])) return;
  await model.update((settings) => ({ ...settings, exports: left(settings.exports) }));
}

/** What a guesser would try first: it stands in the archives' neighbourhood. */
export function knownWords({ model, computerName, accountName }: HandlerContext): string[] {
  const labels = model.settings.destinations.map(({ label }) => label);
  const plans = model.settings.plans.map(({ name }) => name);
  const names = [computerName, accountName];
  const parts = names.flatMap((name) => name.split(/[^\p{L}\p{N}]+/u));
  return [...new Set([...names, ...parts, ...labels, ...plans, 'holdfast'])].filter(
    (word) => word !== '',
  );
}
