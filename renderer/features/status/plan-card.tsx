/** One plan: what, where to, its last archive, and the run that goes on or went last. */
import { Card, Group, Stack, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { DestinationView } from '../../../shared/ipc/contract.ts';
import type { Job } from '../../../shared/model/job.ts';
import type { Plan } from '../../../shared/model/plan.ts';
import { request } from '../../api/client.ts';
import { FactList } from '../../ui/fact-list.tsx';
import { LowSpace } from '../destination/low-space.tsx';
import { FailureNotice } from '../../ui/failure-notice.tsx';
import { useAttempt } from '../../ui/use-attempt.ts';
import { useFormat } from '../../ui/use-format.ts';
import type { View } from '../../view.ts';
import { LastRun } from './last-run.tsx';
import { RunningJob } from './running-job.tsx';
import { isUnfinished, jobsOfPlan, lastGoodRun, protectedAt } from './status-sentence.ts';
import styles from './status-page.module.css';
import { BusyButton } from '../../ui/busy-button.tsx';

export interface PlanCardProps {
  readonly plan: Plan;
  /** The only one: it needs no name then. */
  readonly isOnly: boolean;
  readonly destination: DestinationView | null;
  readonly jobs: readonly Job[];
  readonly go: (view: View) => void;
}

export function PlanCard({ plan, isOnly, destination, jobs, go }: PlanCardProps) {
  const { t } = useTranslation('status');
  const format = useFormat();
  const { busy, failure, run } = useAttempt();
  const own = jobsOfPlan(jobs, plan.id);
  const running = own.findLast(isUnfinished) ?? null;
  const last = own.at(-1) ?? null;
  // A disk that is away is waited for.
  const canBackUp =
    destination !== null && ['ready', 'unreachable', 'icloud-off'].includes(destination.status);
  const at = protectedAt(lastGoodRun(jobs, plan.id));

  function backUp(): void {
    void run(async () => {
      await request('jobs:start-backup', { planId: plan.id });
    });
  }

  return (
    <Card
      withBorder
      padding="lg"
      component="section"
      aria-label={t('plan.named', { name: plan.name })}
    >
      <Stack gap="md">
        <Group justify="space-between" gap="sm" wrap="nowrap">
          <Title order={2}>{isOnly ? t('plan.title') : plan.name}</Title>
          {running === null && (
            <BusyButton disabled={!canBackUp} busy={busy} onClick={backUp}>
              {t('plan.backUpNow')}
            </BusyButton>
          )}
        </Group>
        {running !== null && <RunningJob job={running} />}
        <FailureNotice failure={failure} />
        {destination !== null && (
          <LowSpace destination={destination} fresh={last?.finishedAt ?? null} />
        )}
        <FactList
          facts={[
            [t('plan.folders'), plan.sources.join('\n')],
            [t('plan.destination'), destination?.place ?? ''],
            [t('plan.lastArchive'), at === null ? t('plan.none') : format.dateTime(at)],
            [t('plan.nextRun'), t('plan.byHand')],
          ]}
        />
        {running === null && last !== null && (
          <div className={styles['last']}>
            <LastRun job={last} destination={destination} onAgain={backUp} go={go} />
          </div>
        )}
      </Stack>
    </Card>
  );
}
