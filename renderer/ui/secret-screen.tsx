/** A frame for a secret: hidden as soon as the window is not in front, and kept out of screenshots while it is shown. */
import { Paper, Text } from '@mantine/core';
import { useEffect, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { request } from '../api/client.ts';
import { useIsInFront } from './window-focus.ts';
import styles from './key-sheet.module.css';

export interface SecretScreenProps {
  /** A line and not a sheet. */
  readonly isLine?: boolean;
  readonly children: ReactNode;
}

export function SecretScreen({ isLine = false, children }: SecretScreenProps) {
  const { t } = useTranslation('keys');
  const isInFront = useIsInFront();
  useContentProtection();
  return (
    <Paper withBorder radius="md" className={styles[isLine ? 'line' : 'sheet'] ?? ''}>
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
