/** A destination that cannot be used now: why, and the one thing to do about it. */
import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { HoldfastError } from '../../../shared/errors.ts';
import type { DestinationView } from '../../../shared/ipc/contract.ts';
import { useLookAgain } from '../../api/app-data.ts';
import { request } from '../../api/client.ts';
import { OutcomeNotice } from '../../ui/outcome-notice.tsx';
import { SecretDialog } from './secret-dialog.tsx';
import { SignedOutNotice } from './signed-out-notice.tsx';
import { BusyButton } from '../../ui/busy-button.tsx';

export function DestinationNotice({ destination }: { readonly destination: DestinationView }) {
  if (destination.status === 'ready') return null;
  if (destination.status === 'signed-out') {
    return <SignedOutNotice destination={destination} because={destination.signedOutBecause} />;
  }
  if (destination.status === 'icloud-off') return <ICloudOff destination={destination} />;
  return destination.status === 'locked' ? (
    <Locked destination={destination} />
  ) : (
    <Unreachable destination={destination} />
  );
}

function ICloudOff({ destination: { label } }: { readonly destination: DestinationView }) {
  const { t } = useTranslation('status');
  return (
    <OutcomeNotice tone="warning" title={t('destination.icloudOff.title', { label })}>
      <Text size="sm">{t('destination.icloudOff.text')}</Text>
      <LookAgain />
    </OutcomeNotice>
  );
}

function Unreachable({ destination }: { readonly destination: DestinationView }) {
  const { t } = useTranslation('status');
  const text = destination.location.kind === 'icloud' ? 'icloud' : 'text';
  return (
    <OutcomeNotice
      tone="warning"
      title={t('destination.unreachable.title', { label: destination.label })}
    >
      <Text size="sm">{t(`destination.unreachable.${text}`, { path: destination.place })}</Text>
      <LookAgain />
    </OutcomeNotice>
  );
}

function LookAgain() {
  const { t } = useTranslation('status');
  const lookAgain = useLookAgain();
  const [looked, setLooked] = useState<'not-yet' | 'looking' | 'in-vain'>('not-yet');

  async function look(): Promise<void> {
    setLooked('looking');
    await lookAgain();
    // Only seen where the notice is still needed.
    setLooked('in-vain');
  }

  return (
    <>
      {looked === 'in-vain' && <Text size="sm">{t('destination.unreachable.inVain')}</Text>}
      <BusyButton
        mt="sm"
        size="xs"
        variant="default"
        busy={looked === 'looking'}
        onClick={() => void look()}
      >
        {t('destination.unreachable.action')}
      </BusyButton>
    </>
  );
}

function Locked({ destination }: { readonly destination: DestinationView }) {
  const { t } = useTranslation('status');
  const [isAsking, setIsAsking] = useState(false);
  const { id: destinationId, label, fingerprint } = destination;

  async function unlock(secret: string): Promise<string | null> {
    try {
      await request('destinations:unlock', { destinationId, secret });
      return null;
    } catch (error) {
      if (error instanceof HoldfastError && error.code === 'repo/wrong-secret') {
        return t('unlock.wrong', { fingerprint });
      }
      throw error;
    }
  }

  return (
    <OutcomeNotice tone="warning" title={t('destination.locked.title', { label })}>
      <Text size="sm">
        {t(`destination.locked.because.${destination.lockedBecause ?? 'not-in-keychain'}`)}
      </Text>
      <Button
        mt="sm"
        size="xs"
        variant="default"
        onClick={() => {
          setIsAsking(true);
        }}
      >
        {t('destination.locked.action')}
      </Button>
      <SecretDialog
        opened={isAsking}
        onClose={() => {
          setIsAsking(false);
        }}
        title={t('unlock.title')}
        text={t('unlock.text', { label, fingerprint })}
        label={t('unlock.label')}
        submitLabel={t('unlock.open')}
        onSubmit={unlock}
      />
    </OutcomeNotice>
  );
}
