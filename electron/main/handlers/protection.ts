/** The secret: made, copied, proved to be saved. The key is shown by the one request that makes it. */
import type { Handlers } from '../ipc-router.ts';
import type { HandlerContext } from './context.ts';
import { HoldfastError } from '../../../shared/errors.ts';

type ProtectionRequests =
  | 'protection:make-key'
  | 'protection:copy-key'
  | 'protection:prove-key'
  | 'protection:discard-key'
  | 'protection:prove-saved';

export function protectionHandlers(context: HandlerContext): Pick<Handlers, ProtectionRequests> {
  const { drafts, clipboard, engine, model } = context;
  return {
    'protection:make-key': () => drafts.make(),
    'protection:copy-key': async ({ draftId }) => {
      await clipboard.copy(drafts.keyOf(draftId));
      return null;
    },
    'protection:prove-key': async ({ draftId, proof }) => {
      // Or pasting would prove nothing but our own copy.
      await clipboard.clear();
      return drafts.prove(draftId, proof);
    },
    'protection:discard-key': async ({ draftId }) => {
      await clipboard.clear();
      drafts.discard(draftId);
      return null;
    },
    'protection:prove-saved': async ({ destinationId, secret }) => {
      const { location, protection } = model.destination(destinationId);
      await clipboard.clear();
      try {
        const unlocked = await engine.call('repository:unlock', { location, secret });
        if (unlocked.keyId !== protection.keyId) return { proved: false };
      } catch (error) {
        if (error instanceof HoldfastError && error.code === 'repo/wrong-secret')
          return { proved: false };
        throw error;
      }
      const how = protection.kind === 'key' ? ('pasted' as const) : ('retyped' as const);
      await model.updateDestination(destinationId, (destination) => ({
        ...destination,
        protection: {
          ...destination.protection,
          proofs: [...destination.protection.proofs, { at: new Date().toISOString(), how }],
        },
      }));
      return { proved: true };
    },
  };
}
