/** The key, to be saved: four times four groups, hidden as soon as the window is not in front. */
import { Button, Group, Paper, Stack, Text } from '@mantine/core';
import { Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { KeyDraft } from '../../../shared/ipc/contract.ts';
import { groupsOf } from '../../../shared/recovery-key.ts';
import { request } from '../../api/client.ts';
import { FailureNotice } from '../../ui/failure-notice.tsx';
import { OutcomeNotice } from '../../ui/outcome-notice.tsx';
import { useAttempt } from '../../ui/use-attempt.ts';
import styles from './setup.module.css';

export function SaveStep({ draft }: { readonly draft: KeyDraft }) {
  const { t } = useTranslation('setup');
  const [isCopied, setIsCopied] = useState(false);
  const { failure, run } = useAttempt();
  const isInFront = useIsInFront();

  function copy(): void {
    void run(async () => {
      await request('protection:copy-key', { draftId: draft.draftId });
      setIsCopied(true);
    });
  }

  return (
    <Stack gap="md">
      <Paper withBorder radius="md" className={styles['sheet'] ?? ''}>
        {isInFront ? (
          <ol className={styles['key']} aria-label={t('save.key')}>
            {groupsOf(draft.key).map((group, index) => (
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
            {t('save.hidden')}
          </Text>
        )}
      </Paper>
      <Group gap="md" wrap="nowrap">
        <Button
          variant="default"
          className={styles['fixed'] ?? ''}
          leftSection={<Copy size={16} aria-hidden="true" />}
          onClick={copy}
        >
          {t('save.copy')}
        </Button>
        <Text size="sm" c="dimmed" aria-live="polite">
          {isCopied ? t('save.copied') : t('save.where')}
        </Text>
      </Group>
      <FailureNotice failure={failure} />
      <OutcomeNotice tone="warning" title={t('save.lostTitle')}>
        <Text size="sm">{t('save.lost')}</Text>
        <Text size="sm" mt={4}>
          {t('save.never')}
        </Text>
      </OutcomeNotice>
    </Stack>
  );
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
