/** How the backup is protected: the 64-digit key, recommended, or a password. There is no third way. */
import { Radio, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { NewPassword } from '../../ui/new-password.tsx';
import type { SetupAction, SetupChoices } from './setup-choices.ts';
import styles from './setup.module.css';

export interface ProtectionStepProps {
  readonly choices: SetupChoices;
  readonly onChoose: (action: SetupAction) => void;
}

export function ProtectionStep({ choices, onChoose }: ProtectionStepProps) {
  const { t } = useTranslation('setup');
  const { kind, password } = choices;
  return (
    <Stack gap="md">
      <Radio.Group
        aria-label={t('protection.title')}
        value={kind}
        onChange={(value) => {
          onChoose({ type: 'kind', kind: value === 'password' ? 'password' : 'key' });
        }}
      >
        <Stack gap="sm">
          {(['key', 'password'] as const).map((each) => (
            <Radio.Card key={each} value={each} p="md" radius="md" className={styles['card'] ?? ''}>
              <div className={styles['cardContent']}>
                <Radio.Indicator />
                <div>
                  <Text fw={600}>{t(`protection.${each}.title`)}</Text>
                  <Text size="sm" c="dimmed">
                    {t(`protection.${each}.text`)}
                  </Text>
                </div>
              </div>
            </Radio.Card>
          ))}
        </Stack>
      </Radio.Group>
      {kind === 'password' && (
        <NewPassword
          value={password}
          onChange={(text) => {
            onChoose({ type: 'password', password: text });
          }}
          onRated={(isStrong) => {
            onChoose({ type: 'rated', isStrong });
          }}
        />
      )}
      <Text size="sm">{t('protection.lost')}</Text>
    </Stack>
  );
}
