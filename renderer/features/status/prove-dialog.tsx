/** The standing warning while nothing proves that the secret is saved, and the proof itself. */
import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DestinationView } from '../../../shared/ipc/contract.ts';
import { request } from '../../api/client.ts';
import { OutcomeNotice } from '../../ui/outcome-notice.tsx';
import { SecretDialog } from './secret-dialog.tsx';

export function UnprovedNotice({ destination }: { readonly destination: DestinationView }) {
  const { t } = useTranslation('status');
  const [isAsking, setIsAsking] = useState(false);
  const { id: destinationId, fingerprint } = destination;
  const { kind } = destination.protection;

  async function prove(secret: string): Promise<string | null> {
    const { proved } = await request('protection:prove-saved', { destinationId, secret });
    return proved ? null : t('unproved.wrong');
  }

  return (
    <OutcomeNotice tone="warning" title={t(`unproved.${kind}.title`)}>
      <Text size="sm">{t(`unproved.${kind}.text`)}</Text>
      <Button
        mt="sm"
        size="xs"
        variant="default"
        onClick={() => {
          setIsAsking(true);
        }}
      >
        {t('unproved.action')}
      </Button>
      <SecretDialog
        opened={isAsking}
        onClose={() => {
          setIsAsking(false);
        }}
        title={t(`unproved.${kind}.ask`)}
        text={t(`unproved.${kind}.how`, { fingerprint })}
        label={t(`unproved.${kind}.label`)}
        submitLabel={t('unproved.check')}
        onSubmit={prove}
      />
    </OutcomeNotice>
  );
}
