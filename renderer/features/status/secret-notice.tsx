/** What is to be done about the secret of a backup that is open: at most one thing at a time. */
import type { DestinationView } from '../../../shared/ipc/contract.ts';
import { ReminderNotice } from '../keys/reminder-notice.tsx';
import { RetiringNotice } from '../keys/retiring-notice.tsx';
import { UnprovedNotice } from './prove-dialog.tsx';

export function SecretNotice({ destination }: { readonly destination: DestinationView }) {
  const { id, protection, isReminderDue } = destination;
  if (protection.proofs.length === 0) return <UnprovedNotice destination={destination} />;
  if (protection.retiringKeyId !== null) return <RetiringNotice destinationId={id} />;
  return isReminderDue ? <ReminderNotice destination={destination} /> : null;
}
