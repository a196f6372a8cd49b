/** Pause, continue, cancel a run. */
import { Button, Group } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Job } from '../../../shared/model/job.ts';
import { request } from '../../api/client.ts';

export interface JobControlsProps {
  readonly job: Job;
  readonly onError: (error: unknown) => void;
}

export function JobControls({ job, onError }: JobControlsProps) {
  const { t } = useTranslation('status');
  const jobId = job.id;
  return (
    <Group gap="sm">
      {job.state === 'running' && job.waiting === null && (
        <Button
          variant="default"
          size="sm"
          onClick={() => {
            request('jobs:pause', { jobId }).catch(onError);
          }}
        >
          {t('run.pause')}
        </Button>
      )}
      {job.state === 'paused' && (
        <Button
          size="sm"
          onClick={() => {
            request('jobs:resume', { jobId }).catch(onError);
          }}
        >
          {t('run.resume')}
        </Button>
      )}
      <Button
        variant="subtle"
        color="gray"
        size="sm"
        disabled={job.state === 'cancelling'}
        onClick={() => {
          request('jobs:cancel', { jobId }).catch(onError);
        }}
      >
        {t('run.cancel')}
      </Button>
    </Group>
  );
}
