/** A run that goes on, with its controls and what went wrong with them. */
import { Stack } from '@mantine/core';
import { useState } from 'react';
import type { Job } from '../../../shared/model/job.ts';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { JobProgress } from '../../ui/job-progress.tsx';
import { JobControls } from './job-controls.tsx';
import { WaitDetail } from './wait-detail.tsx';

export function RunningJob({ job }: { readonly job: Job }) {
  const [error, setError] = useState<unknown>(null);
  return (
    <Stack gap="sm">
      <JobProgress job={job} />
      <WaitDetail job={job} />
      <JobControls job={job} onError={setError} />
      {error !== null && <ErrorNotice error={error} />}
    </Stack>
  );
}
