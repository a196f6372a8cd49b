/** What a restore did: one sentence, the figures, and everything that is not as it was. */
import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { FolderOpen } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Job, RestoreResult } from '../../../shared/model/job.ts';
import { request } from '../../api/client.ts';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { FailureNotice } from '../../ui/failure-notice.tsx';
import { useAttempt } from '../../ui/use-attempt.ts';
import { FactList } from '../../ui/fact-list.tsx';
import { useFormat } from '../../ui/use-format.ts';
import { WarningList } from './warning-list.tsx';

export interface RestoreReportProps {
  readonly job: Job;
  readonly onAgain: () => void;
}

export function RestoreReport({ job, onAgain }: RestoreReportProps) {
  const { t } = useTranslation('restore');
  const { failure, run } = useAttempt();
  const result = job.result?.kind === 'restore' ? job.result : null;
  const outcome = outcomes[job.state];

  function show(): void {
    void run(async () => {
      await request('restore:show-in-folder', { jobId: job.id });
    });
  }

  return (
    <Stack gap="md">
      <Title order={1}>{t(`report.${outcome}`)}</Title>
      {outcome === 'failed' && job.error !== null && <ErrorNotice error={job.error} />}
      {outcome === 'cancelled' && <Text size="sm">{t('report.cancelledText')}</Text>}
      {outcome === 'interrupted' && <Text size="sm">{t('report.interruptedText')}</Text>}
      {result !== null && <ResultFigures result={result} />}
      <FailureNotice failure={failure} />
      <Group gap="sm">
        {result !== null && (
          <Button leftSection={<FolderOpen size={16} aria-hidden="true" />} onClick={show}>
            {t('report.show')}
          </Button>
        )}
        <Button variant="default" onClick={onAgain}>
          {t('report.again')}
        </Button>
      </Group>
    </Stack>
  );
}

function ResultFigures({ result }: { readonly result: RestoreResult }) {
  const { t } = useTranslation('restore');
  const format = useFormat();
  const { filesRestored, bytesRestored, targetPath: path, warningCount, warnings } = result;
  const optional = (label: string, count: number): [string, string][] =>
    count > 0 ? [[label, format.count(count)]] : [];
  return (
    <>
      <Text>
        {filesRestored === 0
          ? t('report.summaryNothing')
          : t('report.summary', {
              count: filesRestored,
              formatted: format.count(filesRestored),
              bytes: format.bytes(bytesRestored),
            })}
      </Text>
      <FactList
        facts={[
          [t('report.place'), path],
          [t('report.filesRestored'), format.count(filesRestored)],
          [t('report.bytesRestored'), format.bytes(bytesRestored)],
          ...optional(t('report.directories'), result.directoriesRestored),
          ...optional(t('report.others'), result.otherRestored),
          ...optional(t('report.alreadyRight'), result.filesAlreadyRight),
          ...optional(t('report.skipped'), result.filesSkipped),
          ...optional(t('report.keptBoth'), result.filesKeptBoth),
          [t('report.duration'), format.duration(result.durationMs)],
        ]}
      />
      {warningCount > 0 && (
        <WarningList
          title={t('report.warningsTitle', {
            count: warningCount,
            formatted: format.count(warningCount),
          })}
          text={t('report.warningsText')}
          warnings={warnings}
          total={warningCount}
        />
      )}
    </>
  );
}

const outcomes = {
  succeeded: 'succeeded',
  warnings: 'warnings',
  cancelled: 'cancelled',
  interrupted: 'interrupted',
  failed: 'failed',
  // A run that has ended is in none of these.
  queued: 'failed',
  running: 'failed',
  paused: 'failed',
  cancelling: 'failed',
} as const satisfies Record<Job['state'], string>;
