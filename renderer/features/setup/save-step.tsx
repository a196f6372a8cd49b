/** The secret, to be saved: the key on the screen, and both kinds into a password manager or on a sheet of paper. */
import { Button, Group, Stack, Text } from '@mantine/core';
import { Copy, FileText, KeyRound } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { KeyDraft, SecretSource } from '../../../shared/ipc/contract.ts';
import { request } from '../../api/client.ts';
import { FailureNotice } from '../../ui/failure-notice.tsx';
import { KeySheet } from '../../ui/key-sheet.tsx';
import { OutcomeNotice } from '../../ui/outcome-notice.tsx';
import { useAttempt } from '../../ui/use-attempt.ts';
import { ExportDialog } from '../keys/export-dialog.tsx';
import { KitDialog } from '../keys/kit-dialog.tsx';
import styles from './setup.module.css';

export interface SaveStepProps {
  readonly draft: KeyDraft;
  readonly source: SecretSource;
  /** Where the backup is or will be. */
  readonly place: string;
}

export function SaveStep({ draft, source, place }: SaveStepProps) {
  const { t } = useTranslation('setup');
  const [isCopied, setIsCopied] = useState(false);
  const [open, setOpen] = useState<'export' | 'kit' | null>(null);
  const { failure, run } = useAttempt();
  const { kind, key, fingerprint } = draft;
  const close = (): void => {
    setOpen(null);
  };

  function copy(): void {
    void run(async () => {
      await request('keys:copy', { source });
      setIsCopied(true);
    });
  }

  return (
    <Stack gap="md">
      {key !== null && <KeySheet digits={key} />}
      <Text size="sm">{t(key === null ? 'keys:neverPassword' : 'keys:never')}</Text>
      <Group gap="sm">
        {key !== null && (
          <Button
            variant="default"
            className={styles['fixed'] ?? ''}
            leftSection={<Copy size={16} aria-hidden="true" />}
            onClick={copy}
          >
            {t('save.copy')}
          </Button>
        )}
        <Button
          variant="default"
          leftSection={<KeyRound size={16} aria-hidden="true" />}
          onClick={() => {
            setOpen('export');
          }}
        >
          {t('save.export')}
        </Button>
        <Button
          variant="default"
          leftSection={<FileText size={16} aria-hidden="true" />}
          onClick={() => {
            setOpen('kit');
          }}
        >
          {t('save.kit')}
        </Button>
      </Group>
      {key !== null && (
        <Text size="sm" c="dimmed" aria-live="polite">
          {isCopied ? t('save.copied') : t('save.where', { fingerprint })}
        </Text>
      )}
      <FailureNotice failure={failure} />
      <OutcomeNotice
        tone="warning"
        title={t(key === null ? 'save.passwordLostTitle' : 'save.lostTitle')}
      >
        <Text size="sm">{t('save.lost')}</Text>
      </OutcomeNotice>
      <ExportDialog
        opened={open === 'export'}
        onClose={close}
        source={source}
        kind={kind}
        fingerprint={fingerprint}
        place={place}
      />
      <KitDialog opened={open === 'kit'} onClose={close} source={source} kind={kind} />
    </Stack>
  );
}
