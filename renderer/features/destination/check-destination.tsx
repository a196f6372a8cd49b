/** "Check this backup": starts it, shows it running, and what the last one found. */
import { Checkbox, Group, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DestinationView } from '../../../shared/ipc/contract.ts';
import type { Job } from '../../../shared/model/job.ts';
import { request } from '../../api/client.ts';
import { FailureNotice } from '../../ui/failure-notice.tsx';
import { useAttempt } from '../../ui/use-attempt.ts';
import { RunningJob } from '../status/running-job.tsx';
import { CheckResultNotice } from './check-result-notice.tsx';
import { checksOf } from './last-check.ts';
import { BusyButton } from '../../ui/busy-button.tsx';

export interface CheckDestinationProps {
  readonly destination: DestinationView;
  readonly jobs: readonly Job[];
}

export function CheckDestination({ destination, jobs }: CheckDestinationProps) {
  const { t } = useTranslation('destination');
  const [readData, setReadData] = useState(false);
  const { busy, failure, run } = useAttempt();
  const { running, last } = checksOf(jobs, destination.id);

  function start(): void {
    void run(async () => {
      await request('jobs:start-check', { destinationId: destination.id, readData });
    });
  }

  return (
    <Stack gap="sm">
      <div>
        <Title order={4} size="h6">
          {t('check.title')}
        </Title>
        <Text size="sm" c="dimmed">
          {t('check.text')}
        </Text>
      </div>
      {running === null ? (
        <>
          <Checkbox
            label={t('check.readData')}
            description={t('check.readDataHint')}
            checked={readData}
            onChange={(event) => {
              setReadData(event.currentTarget.checked);
            }}
          />
          <Group>
            <BusyButton
              variant="default"
              busy={busy}
              disabled={destination.status !== 'ready'}
              onClick={start}
            >
              {t('check.start')}
            </BusyButton>
          </Group>
        </>
      ) : (
        <RunningJob job={running} />
      )}
      <FailureNotice failure={failure} />
      {running === null && last !== null && <CheckResultNotice job={last} />}
    </Stack>
  );
}
