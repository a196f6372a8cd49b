/** Lets a destination go on this computer. What is stored stays, and what Google's scope means for it is said before. */
import { Button, Checkbox, Group, Modal, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DestinationView } from '../../../shared/ipc/contract.ts';
import { request } from '../../api/client.ts';
import { BusyButton } from '../../ui/busy-button.tsx';
import { FailureNotice } from '../../ui/failure-notice.tsx';
import { OutcomeNotice } from '../../ui/outcome-notice.tsx';
import { useAttempt } from '../../ui/use-attempt.ts';

export interface DisconnectProps {
  readonly destination: DestinationView;
  /** Others on this computer that go by the same sign-in. */
  readonly sharedWith: readonly DestinationView[];
  readonly onDone: () => void;
}

export function Disconnect({ destination, sharedWith, onDone }: DisconnectProps) {
  const { t } = useTranslation('destination');
  const [isAsking, setIsAsking] = useState(false);
  const [revoke, setRevoke] = useState(false);
  const { busy, failure, run } = useAttempt();
  const { id: destinationId, label, location, fingerprint } = destination;
  const isGoogle = location.kind === 'gdrive';
  const isShared = sharedWith.length > 0;
  const close = (): void => {
    setIsAsking(false);
  };

  async function disconnect(): Promise<void> {
    const isDone = await run(async () => {
      await request('destinations:disconnect', {
        destinationId,
        revoke: isGoogle && !isShared && revoke,
      });
    });
    if (isDone) onDone();
  }

  return (
    <Group>
      <Button
        variant="default"
        onClick={() => {
          setIsAsking(true);
        }}
      >
        {t('disconnect.ask')}
      </Button>
      <Modal opened={isAsking} onClose={close} title={t('disconnect.question', { label })}>
        <Stack gap="md">
          <Text size="sm">
            {t(isShared ? 'disconnect.meaningShared' : 'disconnect.meaning', { fingerprint })}
          </Text>
          {isGoogle && isShared && (
            <Text size="sm">
              {t('disconnect.shared', {
                others: sharedWith.map((other) => other.place).join(', '),
              })}
            </Text>
          )}
          {isGoogle && !isShared && (
            <>
              <Checkbox
                label={t('disconnect.revoke')}
                checked={revoke}
                onChange={(event) => {
                  setRevoke(event.currentTarget.checked);
                }}
              />
              {revoke && (
                <OutcomeNotice tone="warning" title={t('disconnect.revokeTitle')}>
                  <Text size="sm">{t('disconnect.revokeText')}</Text>
                </OutcomeNotice>
              )}
            </>
          )}
          <FailureNotice failure={failure} />
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={close} data-autofocus>
              {t('disconnect.keep')}
            </Button>
            <BusyButton color="red" busy={busy} onClick={() => void disconnect()}>
              {t('disconnect.confirm')}
            </BusyButton>
          </Group>
        </Stack>
      </Modal>
    </Group>
  );
}
