/** Colours and language; both follow the system unless told otherwise. */
import { SegmentedControl, Stack, Text } from '@mantine/core';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppState, RequestParams } from '../../../shared/ipc/contract.ts';
import { request } from '../../api/client.ts';
import { FailureNotice } from '../../ui/failure-notice.tsx';
import { useAttempt } from '../../ui/use-attempt.ts';

const themes = ['system', 'light', 'dark'] as const satisfies readonly AppState['theme'][];
const languages = ['system', 'en', 'de'] as const satisfies readonly AppState['language'][];

export function LookSettings({ state }: { readonly state: Pick<AppState, 'theme' | 'language'> }) {
  const { t } = useTranslation('settings');
  const { failure, run } = useAttempt();
  const ids = useId();

  function update(change: RequestParams<'settings:update'>): void {
    void run(async () => {
      await request('settings:update', change);
    });
  }

  return (
    <Stack gap="md">
      <div>
        <Text size="sm" fw={500} mb={4} id={`${ids}theme`}>
          {t('look.theme')}
        </Text>
        <SegmentedControl
          aria-labelledby={`${ids}theme`}
          value={state.theme}
          data={themes.map((value) => ({ value, label: t(`look.themes.${value}`) }))}
          onChange={(theme) => {
            update({ theme });
          }}
        />
      </div>
      <div>
        <Text size="sm" fw={500} mb={4} id={`${ids}language`}>
          {t('look.language')}
        </Text>
        <SegmentedControl
          aria-labelledby={`${ids}language`}
          value={state.language}
          data={languages.map((value) => ({
            value,
            label: t(`look.languages.${value}`),
          }))}
          onChange={(language) => {
            update({ language });
          }}
        />
      </div>
      <FailureNotice failure={failure} />
    </Stack>
  );
}
