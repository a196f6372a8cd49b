/** The standing warning while nothing proves that the secret is saved. */
import { Button, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { SecretKind } from '../../../shared/model/protection.ts';
import { OutcomeNotice } from '../../ui/outcome-notice.tsx';

export interface UnprovedNoticeProps {
  readonly kind: SecretKind;
  /** null while the storage is away: nothing can be compared with it then. */
  readonly onProve: (() => void) | null;
}

export function UnprovedNotice({ kind, onProve }: UnprovedNoticeProps) {
  const { t } = useTranslation('status');
  return (
    <OutcomeNotice tone="warning" title={t(`unproved.${kind}.title`)}>
      <Text size="sm">{t(`unproved.${kind}.text`)}</Text>
      {onProve === null ? (
        <Text size="sm">{t('unproved.away')}</Text>
      ) : (
        <Button mt="sm" size="xs" variant="default" onClick={onProve}>
          {t('unproved.action')}
        </Button>
      )}
    </OutcomeNotice>
  );
}
