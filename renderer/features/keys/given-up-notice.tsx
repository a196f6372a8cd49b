/** A change that was given up after the new secret had left Holdfast: which entry counts, and which one would only mislead. */
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { SecretKind } from '../../../shared/model/protection.ts';
import { OutcomeNotice } from '../../ui/outcome-notice.tsx';

export interface GivenUpNoticeProps {
  /** What was to replace the secret in use. */
  readonly kind: SecretKind;
  /** An attempt was cut off: the next start decides, and until then either may be the one. */
  readonly isUnsettled: boolean;
}

export function GivenUpNotice({ kind, isUnsettled }: GivenUpNoticeProps) {
  const { t } = useTranslation('keys');
  return (
    <OutcomeNotice
      tone="warning"
      title={t(isUnsettled ? 'change.unsettledTitle' : `change.givenUp.${kind}`)}
      takesFocus
    >
      <Text size="sm">{t(isUnsettled ? 'change.unsettledText' : 'change.givenUp.text')}</Text>
    </OutcomeNotice>
  );
}
