/** A key, four times four groups: hidden as soon as the window is not in front, and kept out of screenshots while it is shown. */
import { Paper, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { groupsOf } from '../../shared/recovery-key.ts';
import { request } from '../api/client.ts';
import styles from './key-sheet.module.css';

export function KeySheet({ digits }: { readonly digits: string }) {
  const { t } = useTranslation('keys');
  const isInFront = useIsInFront();
  useContentProtection();
  return (
    <Paper withBorder radius="md" className={styles['sheet'] ?? ''}>
      {isInFront ? (
        <ol className={styles['key']} aria-label={t('sheet.key')}>
          {groupsOf(digits).map((group, index) => (
            <li key={`${String(index)}${group}`}>
              <span className={styles['number']} aria-hidden="true">
                {index + 1}
              </span>
              <code>{group}</code>
            </li>
          ))}
        </ol>
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

/** False while another window has the focus. */
function useIsInFront(): boolean {
  const [isInFront, setIsInFront] = useState(true);
  useEffect(() => {
    const onBlur = (): void => {
      setIsInFront(false);
    };
    const onFocus = (): void => {
      setIsInFront(true);
    };
    window.addEventListener('blur', onBlur);
    window.addEventListener('focus', onFocus);
    return () => {
      window.removeEventListener('blur', onBlur);
      window.removeEventListener('focus', onFocus);
    };
  }, []);
  return isInFront;
}
