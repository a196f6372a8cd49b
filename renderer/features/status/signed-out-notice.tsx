/** The storage does not know this computer any more: sign in again, and everything goes on. */
import { Button, Group, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DestinationView } from '../../../shared/ipc/contract.ts';
import { request } from '../../api/client.ts';
import { BusyButton } from '../../ui/busy-button.tsx';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { OutcomeNotice } from '../../ui/outcome-notice.tsx';
import { useAttempt } from '../../ui/use-attempt.ts';

export function SignedOutNotice({ destination }: { readonly destination: DestinationView }) {
  const { t } = useTranslation(['status', 'places', 'common']);
  const { id: destinationId, label, location } = destination;
  const { busy, failure, run } = useAttempt();
  const [accessKeyId, setAccessKeyId] = useState('');
  const [secretAccessKey, setSecretAccessKey] = useState('');
  const isS3 = location.kind === 's3';
  const s3Keys = isS3 ? { accessKeyId, secretAccessKey } : null;
  const isMissing = isS3 && (accessKeyId === '' || secretAccessKey === '');

  function reconnect(): void {
    void run(async () => {
      await request('destinations:reconnect', { destinationId, s3Keys });
    });
  }

  return (
    <OutcomeNotice tone="warning" title={t('destination.signedOut.title', { label })}>
      <Stack gap="sm">
        <Text size="sm">
          {t(isS3 ? 'destination.signedOut.s3' : 'destination.signedOut.text', {
            account: location.kind === 'gdrive' ? location.accountName : '',
          })}
        </Text>
        {isS3 && (
          <>
            <TextInput
              label={t('places:s3.accessKeyId')}
              value={accessKeyId}
              autoComplete="off"
              maxLength={200}
              onChange={(event) => {
                setAccessKeyId(event.currentTarget.value);
              }}
            />
            <PasswordInput
              label={t('places:s3.secretAccessKey')}
              value={secretAccessKey}
              autoComplete="off"
              maxLength={300}
              visibilityToggleButtonProps={{ 'aria-label': t('common:showSecret') }}
              onChange={(event) => {
                setSecretAccessKey(event.currentTarget.value);
              }}
            />
          </>
        )}
        <Group gap="sm">
          <BusyButton
            size="xs"
            variant="default"
            busy={busy}
            disabled={isMissing}
            onClick={reconnect}
          >
            {t('common:actions.reconnect')}
          </BusyButton>
          {busy && !isS3 && (
            <>
              <Text size="sm" aria-live="polite">
                {t('places:google.waiting')}
              </Text>
              <Button
                size="xs"
                variant="subtle"
                onClick={() => {
                  request('places:google-cancel', {}).catch(() => undefined);
                }}
              >
                {t('places:google.cancel')}
              </Button>
            </>
          )}
        </Group>
        {failure !== null && <ErrorNotice error={failure.error} />}
      </Stack>
    </OutcomeNotice>
  );
}
