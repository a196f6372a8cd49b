/** A change of the secret whose last step is still to be done. */
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { request } from '../../api/client.ts';
import { FailureNotice } from '../../ui/failure-notice.tsx';
import { OutcomeNotice } from '../../ui/outcome-notice.tsx';
import { useAttempt } from '../../ui/use-attempt.ts';
import { BusyButton } from '../../ui/busy-button.tsx';

export function RetiringNotice({ destinationId }: { readonly destinationId: string }) {
  const { t } = useTranslation('keys');
  const { busy, failure, run } = useAttempt();
  return (
    <OutcomeNotice tone="warning" title={t('retiring.title')}>
      <Text size="sm">{t('retiring.text')}</Text>
      <BusyButton
        mt="sm"
        size="xs"
        variant="default"
        busy={busy}
        onClick={() => {
          void run(async () => {
            await request('keys:finish-change', { destinationId });
          });
        }}
      >
        {t('retiring.action')}
      </BusyButton>
      <FailureNotice failure={failure} />
    </OutcomeNotice>
  );
}
