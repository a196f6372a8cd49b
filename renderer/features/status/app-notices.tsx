/** What was found at start and concerns the whole app: the keychain, the settings file. */
import { useTranslation } from 'react-i18next';
import { Text } from '@mantine/core';
import type { AppState } from '../../../shared/ipc/contract.ts';
import { OutcomeNotice } from '../../ui/outcome-notice.tsx';

export function AppNotices({ state }: { readonly state: Pick<AppState, 'notices'> }) {
  const { t } = useTranslation('errors');
  return state.notices.map((code) => (
    <OutcomeNotice key={code} tone="warning" title={t(`${code}.title` as never)}>
      <Text size="sm">{t(`${code}.meaning` as never)}</Text>
      <Text size="sm">{t(`${code}.advice` as never)}</Text>
    </OutcomeNotice>
  ));
}
