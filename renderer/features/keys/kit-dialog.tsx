/** The recovery kit: saved as a PDF, or printed. */
import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SecretSource } from '../../../shared/ipc/contract.ts';
import type { SecretKind } from '../../../shared/model/protection.ts';
import { recoveryKit, type RecoveryKit } from '../../../shared/recovery-kit.ts';
import { request } from '../../api/client.ts';
import { FailureNotice } from '../../ui/failure-notice.tsx';
import { OutcomeNotice } from '../../ui/outcome-notice.tsx';
import { useAttempt } from '../../ui/use-attempt.ts';
import { KitPrint } from './kit-print.tsx';
import { useKitLanguage } from './use-language.ts';
import { BusyButton } from '../../ui/busy-button.tsx';

export interface KitDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly source: SecretSource;
  readonly kind: SecretKind;
  /** Somebody else than Holdfast may have the secret from now on. */
  readonly onTakenOut?: (() => void) | undefined;
}

export function KitDialog(props: KitDialogProps) {
  const { t } = useTranslation('keys');
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={t('kit.title')} centered>
      <KitChoices {...props} />
    </Modal>
  );
}

function KitChoices({ source, kind, onTakenOut, onClose }: KitDialogProps) {
  const { t } = useTranslation('keys');
  const language = useKitLanguage();
  const [savedPath, setSavedPath] = useState<string | null>(null);
  /** In the page only while it is being printed. */
  const [printed, setPrinted] = useState<RecoveryKit | null>(null);
  const { busy, failure, run } = useAttempt();

  function save(): void {
    void run(async () => {
      const { path } = await request('keys:save-kit', { source, language });
      if (path === null) return;
      setSavedPath(path);
      onTakenOut?.();
    });
  }

  function print(): void {
    void run(async () => {
      const facts = await request('keys:kit', { source });
      const madeOn = new Intl.DateTimeFormat(language, { dateStyle: 'long' }).format(new Date());
      setPrinted(recoveryKit({ ...facts, language, madeOn }));
      onTakenOut?.();
    });
  }

  return (
    <Stack gap="md">
      <Text size="sm">{t(kind === 'key' ? 'kit.text' : 'kit.textPassword')}</Text>
      {kind === 'key' && <Text size="sm">{t('kit.care')}</Text>}
      {savedPath !== null && (
        <OutcomeNotice tone="good" title={t('kit.saved', { path: savedPath })}>
          {kind === 'key' && <Text size="sm">{t('kit.savedPlain')}</Text>}
        </OutcomeNotice>
      )}
      <FailureNotice failure={failure} />
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onClose}>
          {t('kit.close')}
        </Button>
        <BusyButton variant="default" busy={busy} onClick={print}>
          {t('kit.print')}
        </BusyButton>
        <BusyButton data-autofocus busy={busy} onClick={save}>
          {t('kit.save')}
        </BusyButton>
      </Group>
      {printed !== null && (
        <KitPrint
          kit={printed}
          onDone={() => {
            setPrinted(null);
          }}
        />
      )}
    </Stack>
  );
}
