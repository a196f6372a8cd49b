/** A restore that was started: its progress, and its report when it has ended. It goes on without this page. */
import { Alert, Button, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Job } from '../../../shared/model/job.ts';
import { request } from '../../api/client.ts';
import { RunningJob } from '../status/running-job.tsx';
import { Waiting } from '../../ui/waiting.tsx';
import { RestoreReport } from './restore-report.tsx';

export interface RestoreRunProps {
  readonly jobId: string;
  readonly jobs: readonly Job[];
  readonly onAgain: () => void;
}

export function RestoreRun({ jobId, jobs, onAgain }: RestoreRunProps) {
  const { t } = useTranslation('restore');
  const told = jobs.find(({ id }) => id === jobId);
  // A run that has only just begun may not have been told of yet: only the list says that there is none.
  const { data: list } = useQuery({
    queryKey: ['jobs', jobId],
    queryFn: () => request('jobs:list', {}),
    enabled: told === undefined,
    networkMode: 'always',
  });
  const job = told ?? list?.find(({ id }) => id === jobId);
  if (job !== undefined && job.finishedAt !== null) {
    return <RestoreReport job={job} onAgain={onAgain} />;
  }
  return (
    <Stack gap="md">
      <Title order={1}>{t('run.title')}</Title>
      {job !== undefined && (
        <>
          <RunningJob job={job} />
          <Text size="sm" c="dimmed">
            {t('run.leaveHint')}
          </Text>
        </>
      )}
      {job === undefined && list === undefined && <Waiting text={t('run.queued')} />}
      {job === undefined && list !== undefined && (
        <Alert variant="default" title={t('run.unknown')}>
          <Text size="sm" mb="sm">
            {t('run.unknownText')}
          </Text>
          <Button onClick={onAgain}>{t('report.again')}</Button>
        </Alert>
      )}
    </Stack>
  );
}
