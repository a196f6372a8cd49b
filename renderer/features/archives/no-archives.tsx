/** In the place of the list: what to do so that there is one. */
import { Alert, Button, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Job } from '../../../shared/model/job.ts';
import type { Plan } from '../../../shared/model/plan.ts';
import { request } from '../../api/client.ts';
import { FailureNotice } from '../../ui/failure-notice.tsx';
import { useAttempt } from '../../ui/use-attempt.ts';
import { BusyButton } from '../../ui/busy-button.tsx';

export interface NoArchivesProps {
  /** Those that back up to this destination. */
  readonly plans: readonly Plan[];
  readonly jobs: readonly Job[];
  readonly onShowStatus: () => void;
}

export function NoArchives({ plans, jobs, onShowStatus }: NoArchivesProps) {
  const { t } = useTranslation('archives');
  const { busy, failure, run } = useAttempt();
  const [plan] = plans;
  const isRunning = jobs.some(
    (job) => job.finishedAt === null && plans.some(({ id }) => id === job.planId),
  );

  function backUp(planId: string): void {
    void run(async () => {
      await request('jobs:start-backup', { planId });
      onShowStatus();
    });
  }

  return (
    <Alert variant="default" title={t('none.title')}>
      <Text size="sm" mb="sm">
        {isRunning
          ? t('none.running')
          : plan === undefined
            ? t('none.withoutPlan')
            : t('none.withPlan')}
      </Text>
      {isRunning && <Button onClick={onShowStatus}>{t('none.toStatus')}</Button>}
      {!isRunning && plan !== undefined && (
        <BusyButton
          busy={busy}
          onClick={() => {
            backUp(plan.id);
          }}
        >
          {t('none.backUpNow')}
        </BusyButton>
      )}
      <FailureNotice failure={failure} />
    </Alert>
  );
}
