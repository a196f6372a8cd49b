/** Why a run begins anew only hours later, in the words of what refused it, and when. */
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { asErrorCode } from '../../../shared/error-catalog.ts';
import type { Job } from '../../../shared/model/job.ts';
import { useFormat } from '../../ui/use-format.ts';

export function WaitDetail({ job }: { readonly job: Job }) {
  const { t } = useTranslation(['common', 'errors']);
  const format = useFormat();
  const code = job.waiting === 'day-limit' ? asErrorCode(job.waitError?.code ?? null) : null;
  if (code === null) return null;
  return (
    <div>
      <Text size="sm">{t(`errors:${code}.meaning`)}</Text>
      <Text size="sm">{t(`errors:${code}.advice`)}</Text>
      {job.triesAgainAt !== null && (
        <Text size="sm">{t('job.triesAgain', { when: format.dateTime(job.triesAgainAt) })}</Text>
      )}
    </div>
  );
}
