/** The key is shown after a confirmation, and is out of the page again when the dialog closes. */
import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { Copy, QrCode as QrIcon } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { request } from '../../api/client.ts';
import { FailureNotice } from '../../ui/failure-notice.tsx';
import { KeySheet } from '../../ui/key-sheet.tsx';
import { QrCode } from '../../ui/qr-code.tsx';
import { SecretScreen } from '../../ui/secret-screen.tsx';
import { useAttempt } from '../../ui/use-attempt.ts';
import { BusyButton } from '../../ui/busy-button.tsx';

export interface RevealDialogProps {
  readonly destinationId: string;
  readonly opened: boolean;
  readonly onClose: () => void;
}

const QR_PIXELS = 208;

export function RevealDialog(props: RevealDialogProps) {
  const { t } = useTranslation('keys');
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={t('show.title')} size="lg" centered>
      <Reveal {...props} />
    </Modal>
  );
}

function Reveal({ destinationId, onClose }: RevealDialogProps) {
  const { t } = useTranslation('keys');
  const [key, setKey] = useState<string | null>(null);
  const [isQr, setIsQr] = useState(false);
  const [isCopied, setIsCopied] = useState(false);
  const { busy, failure, run } = useAttempt();

  if (key === null) {
    return (
      <Stack gap="md">
        <Text size="sm">{t('show.before')}</Text>
        <Text size="sm">{t('never')}</Text>
        <FailureNotice failure={failure} />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" data-autofocus onClick={onClose}>
            {t('export.cancel')}
          </Button>
          <BusyButton
            busy={busy}
            onClick={() => {
              void run(async () => {
                const revealed = await request('keys:reveal', { destinationId });
                setKey(revealed.key);
              });
            }}
          >
            {t('show.action')}
          </BusyButton>
        </Group>
      </Stack>
    );
  }
  function copy(): void {
    void run(async () => {
      await request('keys:copy', {
        source: { kind: 'destination', destinationId, password: null },
      });
      setIsCopied(true);
    });
  }

  return (
    <Stack gap="md">
      {isQr ? (
        <SecretScreen>
          <QrCode text={key} label={t('show.qrLabel')} size={QR_PIXELS} />
        </SecretScreen>
      ) : (
        <KeySheet digits={key} takesFocus onCopy={copy} />
      )}
      <Group gap="sm">
        <Button
          variant="default"
          leftSection={<Copy size={16} aria-hidden="true" />}
          onClick={copy}
        >
          {t('show.copy')}
        </Button>
        <Button
          variant="default"
          leftSection={<QrIcon size={16} aria-hidden="true" />}
          onClick={() => {
            setIsQr(!isQr);
          }}
        >
          {t(isQr ? 'show.hideQr' : 'show.qr')}
        </Button>
      </Group>
      <Text size="sm" c="dimmed" aria-live="polite">
        {isCopied ? t('show.copied') : ''}
      </Text>
      <FailureNotice failure={failure} />
      <Text size="sm">{t('never')}</Text>
      <Group justify="flex-end">
        <Button onClick={onClose}>{t('show.close')}</Button>
      </Group>
    </Stack>
  );
}
