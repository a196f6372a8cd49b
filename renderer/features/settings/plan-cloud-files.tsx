/** What becomes of files that are named on this computer while their bytes are in a cloud. */
import { Radio, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Plan } from '../../../shared/model/plan.ts';
import { request } from '../../api/client.ts';
import { FailureNotice } from '../../ui/failure-notice.tsx';
import { useAttempt } from '../../ui/use-attempt.ts';

export function PlanCloudFiles({ plan }: { readonly plan: Plan }) {
  const { t } = useTranslation('settings');
  const { failure, run } = useAttempt();
  return (
    <Stack gap="sm">
      <Radio.Group
        label={t('cloud.title')}
        description={t('cloud.text')}
        value={plan.cloudFiles}
        onChange={(value) => {
          void run(async () => {
            const cloudFiles = value === 'fetch' ? 'fetch' : 'skip';
            await request('plans:update', { planId: plan.id, cloudFiles });
          });
        }}
      >
        <Stack gap="xs" mt="xs">
          <Radio value="skip" label={t('cloud.skip')} />
          <Radio value="fetch" label={t('cloud.fetch')} />
        </Stack>
      </Radio.Group>
      <FailureNotice failure={failure} />
    </Stack>
  );
}
