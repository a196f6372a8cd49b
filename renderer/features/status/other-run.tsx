/** A restore or a check that goes on, or the newest restore that has ended: what it came to is one click away. */
import { Button, Card, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Job } from '../../../shared/model/job.ts';
import { useFormat } from '../../ui/use-format.ts';
import type { View } from '../../view.ts';
import { RunningJob } from './running-job.tsx';
import { isUnfinished } from './status-sentence.ts';

export interface OtherRunProps {
  readonly job: Job;
  readonly go: (view: View) => void;
}

export function OtherRun({ job, go }: OtherRunProps) {
  const { t } = useTranslation(['status', 'common']);
  const format = useFormat();
  const isOn = isUnfinished(job);
  const show = (): void => {
    go({ page: 'restore', destinationId: job.destinationId, archiveId: null, jobId: job.id });
  };
  return (
    <Card withBorder padding="lg">
      <Stack gap="sm">
        {isOn && <RunningJob job={job} />}
        {job.kind === 'restore' && (
          <Group justify="space-between" gap="sm">
            <Text size="sm">
              {isOn
                ? null
                : t('restore.last', {
                    when: job.finishedAt === null ? '' : format.dateTime(job.finishedAt),
                    state: t(`common:job.states.${job.state}`),
                  })}
            </Text>
            <Button variant="default" size="xs" onClick={show}>
              {t(isOn ? 'restore.show' : 'restore.report')}
            </Button>
          </Group>
        )}
      </Stack>
    </Card>
  );
}
