/** How the backup is protected: the 64-digit key, recommended, or a password. There is no third way. */
import { PasswordInput, Radio, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { passwordProblem } from '../../../shared/password-rules.ts';
import type { SetupAction, SetupChoices } from './setup-choices.ts';
import styles from './setup.module.css';

export interface ProtectionStepProps {
  readonly choices: SetupChoices;
  readonly onChoose: (action: SetupAction) => void;
}

export function ProtectionStep({ choices, onChoose }: ProtectionStepProps) {
  const { t } = useTranslation('setup');
  const { kind, password } = choices;
  const problem = password === '' ? null : passwordProblem(password);
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
        <PasswordInput
          label={t('protection.password.label')}
          description={t('protection.password.rule')}
          value={password}
          error={problem === null ? null : t(`errors:${problem}.advice`)}
          maxLength={300}
          maw={460}
          autoComplete="off"
          spellCheck={false}
          visibilityToggleButtonProps={{ 'aria-label': t('common:showSecret') }}
          onChange={(event) => {
            onChoose({ type: 'password', password: event.currentTarget.value });
          }}
        />
      )}
      <Text size="sm">{t('protection.lost')}</Text>
    </Stack>
  );
}
