/** After a change of the secret: what opens the backup now, and what is worthless from now on. */
import { Button, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { OutcomeNotice } from '../../ui/outcome-notice.tsx';

export interface ChangedNoticeProps {
  readonly oldStillOpens: boolean;
  readonly onMakeKit: () => void;
}

export function ChangedNotice({ oldStillOpens, onMakeKit }: ChangedNoticeProps) {
  const { t } = useTranslation('keys');
  return (
    <OutcomeNotice tone="good" title={t('change.doneTitle')} takesFocus>
      <Text size="sm">{t(oldStillOpens ? 'change.doneBut' : 'change.doneText')}</Text>
      <Button mt="sm" size="xs" variant="default" onClick={onMakeKit}>
        {t('change.makeKit')}
      </Button>
    </OutcomeNotice>
  );
}
