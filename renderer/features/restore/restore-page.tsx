/** Restoring from one destination: the wizard, or the run that it started, which also goes on without this page. */
import { Alert } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { AppState } from '../../../shared/ipc/contract.ts';
import type { Job } from '../../../shared/model/job.ts';
import { FailureNotice } from '../../ui/failure-notice.tsx';
import { Waiting } from '../../ui/waiting.tsx';
import { useArchives } from '../archives/use-archives.ts';
import { DestinationNotice } from '../status/destination-notice.tsx';
import { RestoreRun } from './restore-run.tsx';
import { RestoreWizard } from './restore-wizard.tsx';

export interface RestorePageProps {
  readonly state: AppState;
  readonly jobs: readonly Job[];
  readonly destinationId: string;
  /** null: the wizard begins with the choice of an archive. */
  readonly archiveId: string | null;
  /** The restore that was started; null for the wizard. */
  readonly jobId: string | null;
  readonly onStarted: (jobId: string) => void;
  readonly onAgain: () => void;
  readonly onLeave: () => void;
}

export function RestorePage(props: RestorePageProps) {
  const { state, jobs, destinationId, archiveId, jobId, onStarted, onAgain, onLeave } = props;
  const { t } = useTranslation(['restore', 'archives']);
  const destination = state.destinations.find(({ id }) => id === destinationId) ?? null;
  const { archives, error, readAgain } = useArchives(destination, jobs);
  if (jobId !== null) {
    return <RestoreRun jobId={jobId} jobs={jobs} onAgain={onAgain} />;
  }
  // The wizard keeps what was chosen when the disk is away for a moment.
  const isAway = destination !== null && destination.status !== 'ready';
  if (isAway && archives === null) return <DestinationNotice destination={destination} />;
  if (error !== null && archives === null)
    return <FailureNotice failure={{ error, again: readAgain }} />;
  if (archives === null) {
    return <Waiting text={t('archives:loading')} />;
  }
  if (archives.length === 0) {
    return (
      <Alert variant="default" title={t('archives:none.title')}>
        {t('archives:none.withoutPlan')}
      </Alert>
    );
  }
  return (
    <>
      {isAway && <DestinationNotice destination={destination} />}
      <RestoreWizard
        destinationId={destinationId}
        archives={archives}
        archive={archives.find(({ id }) => id === archiveId) ?? null}
        onStarted={onStarted}
        onLeave={onLeave}
      />
    </>
  );
}
