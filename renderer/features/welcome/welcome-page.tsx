/** The first screen: what this is, and the two ways in. */
import { Button, Group, Text, Title } from '@mantine/core';
import { HardDrive, KeyRound, ShieldCheck } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { AppState } from '../../../shared/ipc/contract.ts';
import { BrandMark } from '../../ui/brand-mark.tsx';
import type { View } from '../../view.ts';
import { AppNotices } from '../status/app-notices.tsx';
import styles from './welcome-page.module.css';

const points = [
  { name: 'onlyYou', Icon: KeyRound },
  { name: 'storage', Icon: HardDrive },
  { name: 'proven', Icon: ShieldCheck },
] as const;

export interface WelcomePageProps {
  readonly state: AppState;
  readonly go: (view: View) => void;
}

export function WelcomePage({ state, go }: WelcomePageProps) {
  const { t } = useTranslation();
  return (
    <div className={styles['welcome']}>
      <BrandMark className={styles['mark']} />
      <div>
        <Title order={1} className={styles['title'] ?? ''}>
          {t('welcome.title')}
        </Title>
        <Text size="lg" c="dimmed" mt={6}>
          {t('welcome.text')}
        </Text>
      </div>
      <ul className={styles['points']}>
        {points.map(({ name, Icon }) => (
          <li key={name}>
            <Icon size={20} aria-hidden="true" />
            <span>{t(`welcome.points.${name}`)}</span>
          </li>
        ))}
      </ul>
      <Group gap="sm">
        <Button
          size="md"
          onClick={() => {
            go({ page: 'setup' });
          }}
        >
          {t('welcome.setUp')}
        </Button>
        <Button
          size="md"
          variant="default"
          onClick={() => {
            go({ page: 'connect', place: null });
          }}
        >
          {t('welcome.connect')}
        </Button>
      </Group>
      <AppNotices state={state} />
    </div>
  );
}
