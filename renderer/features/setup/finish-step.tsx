/** What will happen, before anything is written. */
import { Card, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { FactList } from '../../ui/fact-list.tsx';
import { OutcomeNotice } from '../../ui/outcome-notice.tsx';
import type { SetupChoices } from './setup-choices.ts';

export function FinishStep({ choices }: { readonly choices: SetupChoices }) {
  const { t } = useTranslation('setup');
  const folders = choices.folders.filter(({ checked }) => checked).map(({ path }) => path);
  return (
    <Stack gap="md">
      <Card withBorder padding="md">
        <FactList
          facts={[
            [t('finish.folders'), folders.join('\n')],
            [t('finish.place'), choices.place?.path ?? ''],
            [t('finish.leftOut'), t('finish.leftOutText')],
            [t('finish.protection'), t(`finish.kind.${choices.kind}`)],
          ]}
        />
      </Card>
      {choices.proof === 'postponed' && (
        <OutcomeNotice tone="warning" title={t('finish.unproved')}>
          <Text size="sm">{t('finish.unprovedText')}</Text>
        </OutcomeNotice>
      )}
    </Stack>
  );
}
