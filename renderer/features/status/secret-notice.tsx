/** What is to be done about the secret of a backup that is open: at most one thing at a time. The proof outlives the notice that led to it. */
import { useState } from 'react';
import type { DestinationView } from '../../../shared/ipc/contract.ts';
import { ProveDialog } from '../keys/prove-dialog.tsx';
import { ReminderNotice } from '../keys/reminder-notice.tsx';
import { RetiringNotice } from '../keys/retiring-notice.tsx';
import { UnprovedNotice } from './unproved-notice.tsx';

export function SecretNotice({ destination }: { readonly destination: DestinationView }) {
  const [isProving, setIsProving] = useState(false);
  const prove = (): void => {
    setIsProving(true);
  };
  return (
    <>
      <Notice destination={destination} onProve={prove} />
      <ProveDialog
        destination={destination}
        opened={isProving}
        onClose={() => {
          setIsProving(false);
        }}
      />
    </>
  );
}

interface NoticeProps {
  readonly destination: DestinationView;
  readonly onProve: () => void;
}

function Notice({ destination, onProve }: NoticeProps) {
  const { id, protection, isReminderDue } = destination;
  if (protection.proofs.length === 0) {
    return <UnprovedNotice kind={protection.kind} onProve={onProve} />;
  }
  if (protection.retiringKeyId !== null) return <RetiringNotice destinationId={id} />;
  return isReminderDue ? <ReminderNotice destination={destination} onCheck={onProve} /> : null;
}
