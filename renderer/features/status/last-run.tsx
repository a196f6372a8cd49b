/** How the last run ended and what it means for the data. */
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { DestinationView } from '../../../shared/ipc/contract.ts';
import type { Job } from '../../../shared/model/job.ts';
import { request } from '../../api/client.ts';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { FailureNotice } from '../../ui/failure-notice.tsx';
import { OutcomeNotice } from '../../ui/outcome-notice.tsx';
import { useAttempt } from '../../ui/use-attempt.ts';
import { useFormat } from '../../ui/use-format.ts';
import type { View } from '../../view.ts';
import { BackupReport } from './backup-report.tsx';
import { LockedNotice } from './locked-notice.tsx';
import { SignedOutNotice } from './signed-out-notice.tsx';
import { wayOutOf } from './way-out-of-failure.ts';

export interface LastRunProps {
  readonly job: Job;
  readonly destination: DestinationView | null;
  /** "Back up again". */
  readonly onAgain: () => void;
  readonly go: (view: View) => void;
}

export function LastRun({ job, destination, onAgain, go }: LastRunProps) {
  const { t } = useTranslation('status');
  const format = useFormat();
  const { failure, run } = useAttempt();
  if (job.result?.kind === 'backup') return <BackupReport result={job.result} />;
  const when = job.finishedAt === null ? '' : format.dateTime(job.finishedAt);
  if (job.state === 'cancelled' || job.state === 'interrupted') {
    return (
      <OutcomeNotice tone="warning" title={t(`last.${job.state}.title`, { when })}>
        <Text size="sm">{t(`last.${job.state}.text`)}</Text>
      </OutcomeNotice>
    );
  }
  // The notice above the plan says what to do where the destination cannot be used.
  if (job.error === null || destination?.status !== 'ready') return null;
  if (job.error.code === 'repo/locked') {
    return <LockedNotice error={job.error} destinationId={destination.id} onUnlocked={onAgain} />;
  }
  const wayOut = wayOutOf(job.error.code);
  if (wayOut === 'reconnect') {
    return <SignedOutNotice destination={destination} because={job.error.code} onDone={onAgain} />;
  }
  const actions = {
    again: onAgain,
    check: () =>
      void run(async () => {
        await request('jobs:start-check', { destinationId: destination.id, readData: false });
      }),
    settings: () => {
      go({ page: 'settings' });
    },
    elsewhere: () => {
      go({ page: 'setup' });
    },
  } as const;
  return (
    <>
      <ErrorNotice error={job.error} actionLabel={t(`last.${wayOut}`)} onAction={actions[wayOut]} />
      <FailureNotice failure={failure} />
    </>
  );
}
