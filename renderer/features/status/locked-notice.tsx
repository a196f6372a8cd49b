/** Another program's lock: it is removed only after a question, since that program may still be at work. */
import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { request } from '../../api/client.ts';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { useAttempt } from '../../ui/use-attempt.ts';
import { BusyButton } from '../../ui/busy-button.tsx';

export interface LockedNoticeProps {
  readonly error: unknown;
  readonly destinationId: string;
  readonly onUnlocked: () => void;
}

export function LockedNotice({ error, destinationId, onUnlocked }: LockedNoticeProps) {
  const { t } = useTranslation('status');
  const [isAsking, setIsAsking] = useState(false);
  const { busy, failure, run, forget } = useAttempt();

  function close(): void {
    setIsAsking(false);
    forget();
  }

  function unlock(): void {
    void run(async () => {
      await request('destinations:remove-locks', { destinationId });
      close();
      onUnlocked();
    });
  }

  return (
    <>
      <ErrorNotice
        error={error}
        onAction={() => {
          setIsAsking(true);
        }}
      />
      <Modal opened={isAsking} onClose={close} title={t('locks.title')} centered>
        <Stack gap="md">
          <Text size="sm">{t('locks.text')}</Text>
          {failure !== null && <ErrorNotice error={failure.error} />}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" data-autofocus onClick={close}>
              {t('locks.keep')}
            </Button>
            <BusyButton color="red" busy={busy} onClick={unlock}>
              {t('locks.remove')}
            </BusyButton>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
