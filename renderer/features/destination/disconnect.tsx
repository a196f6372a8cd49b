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
  /** To where the secret can be exported and proved. */
  readonly onSaveSecret: () => void;
}

export function Disconnect(props: DisconnectProps) {
  const { destination, sharedWith, onDone, onSaveSecret } = props;
  const { t } = useTranslation('destination');
  const [isAsking, setIsAsking] = useState(false);
  const [revoke, setRevoke] = useState(false);
  const { busy, failure, run } = useAttempt();
  const { id: destinationId, label, location, fingerprint, protection } = destination;
  const isGoogle = location.kind === 'gdrive';
  const isShared = sharedWith.length > 0;
  // Nothing shows that the secret is anywhere but here.
  const isUnproved = protection.proofs.length === 0;
  const close = (): void => {
    setIsAsking(false);
  };

  async function disconnect(): Promise<void> {
    const isDone = await run(async () => {
      await request('destinations:disconnect', {
        destinationId,
        revoke: isGoogle && !isShared && revoke,
        // The dialog has said so, and the way to save it first stands beside the button.
        lossIsAccepted: isUnproved,
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
      <Modal
        opened={isAsking}
        onClose={close}
        title={t('disconnect.question', { label })}
        size={isUnproved ? 'lg' : 'md'}
      >
        <Stack gap="md">
          {isUnproved && (
            <OutcomeNotice tone="warning" title={t(`disconnect.unproved.${protection.kind}`)}>
              <Text size="sm">{t('disconnect.unproved.text')}</Text>
            </OutcomeNotice>
          )}
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
            <BusyButton
              color="red"
              variant={isUnproved ? 'outline' : 'filled'}
              busy={busy}
              onClick={() => void disconnect()}
            >
              {t(isUnproved ? 'disconnect.unproved.confirm' : 'disconnect.confirm')}
            </BusyButton>
            {isUnproved && (
              <Button onClick={onSaveSecret}>{t('disconnect.unproved.action')}</Button>
            )}
          </Group>
        </Stack>
      </Modal>
    </Group>
  );
}
