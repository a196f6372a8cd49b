/** A frame for a secret: hidden as soon as the window is not in front, and kept out of screenshots while it is shown. */
import { Paper, Text } from '@mantine/core';
import { useEffect, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { request } from '../api/client.ts';
import { useIsInFront } from './window-focus.ts';
import styles from './key-sheet.module.css';

export function SecretScreen({ children }: { readonly children: ReactNode }) {
  const { t } = useTranslation('keys');
  const isInFront = useIsInFront();
  useContentProtection();
  return (
    <Paper withBorder radius="md" className={styles['sheet'] ?? ''}>
      {isInFront ? (
        children
      ) : (
        <Text c="dimmed" ta="center">
          {t('sheet.hidden')}
        </Text>
      )}
    </Paper>
  );
}

function useContentProtection(): void {
  useEffect(() => {
    request('window:protect-content', { isProtected: true }).catch(() => undefined);
    return () => {
      request('window:protect-content', { isProtected: false }).catch(() => undefined);
    };
  }, []);
}
