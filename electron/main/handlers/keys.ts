/** The key of a destination: copied, shown, printed. Everything that shows it goes through here. */
import { HoldfastError } from '../../../shared/errors.ts';
import { snoozedUntil } from '../../../shared/proof-reminder.ts';
import type { Handlers } from '../ipc-router.ts';
import { factsToTakeOut } from '../secret-source.ts';
import type { HandlerContext } from './context.ts';

type KeyRequests =
  | 'window:protect-content'
  | 'keys:copy'
  | 'keys:clear-copy'
  | 'keys:reveal'
  | 'keys:kit'
  | 'keys:snooze';

export function keyHandlers(context: HandlerContext): Pick<Handlers, KeyRequests> {
  const { clipboard, computerName, desktop, model } = context;
  return {
    'window:protect-content': ({ isProtected }) => {
      desktop.protectContent(isProtected);
      return null;
    },
    'keys:copy': async ({ source }) => {
      const { secret } = await factsToTakeOut(context, source);
      if (secret === null) throw new HoldfastError('secret/not-stored');
      await clipboard.copy(secret);
      return null;
    },
    'keys:clear-copy': async () => {
      await clipboard.clear();
      return null;
    },
    'keys:reveal': async ({ destinationId }) => {
      const source = { kind: 'destination', destinationId, password: null } as const;
      const { kind, secret } = await factsToTakeOut(context, source);
      if (kind !== 'key' || secret === null) throw new HoldfastError('secret/not-stored');
      return { key: secret };
    },
    'keys:kit': async ({ source }) => {
      const { kind, fingerprint, destinationLabel, place, resticPlace, secret } =
        await factsToTakeOut(context, source);
      const key = kind === 'key' ? secret : null;
      return { computerName, destinationLabel, place, resticPlace, fingerprint, kind, key };
    },
    'keys:snooze': async ({ destinationId }) => {
      await model.updateDestination(destinationId, (destination) => ({
        ...destination,
        protection: { ...destination.protection, remindAfter: snoozedUntil(Date.now()) },
      }));
      return null;
    },
  };
}
