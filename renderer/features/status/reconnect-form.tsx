/** Signs in to a storage anew: one click for Google, and for S3-compatible storage the keys that the provider gave since. */
import { Button, Group, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { HoldfastError } from '../../../shared/errors.ts';
import type { DestinationView } from '../../../shared/ipc/contract.ts';
import { request } from '../../api/client.ts';
import { BusyButton } from '../../ui/busy-button.tsx';
import { FailureNotice } from '../../ui/failure-notice.tsx';
import { useAttempt } from '../../ui/use-attempt.ts';
import { asksFor } from './reconnect-fields.ts';

export interface ReconnectFormProps {
  readonly destination: DestinationView;
  /** The code of the error that asks for it; null where the person wants it by themselves. */
  readonly because: string | null;
  readonly onDone?: (() => void) | undefined;
}

export function ReconnectForm({ destination, because, onDone }: ReconnectFormProps) {
  const { t } = useTranslation(['status', 'places', 'common']);
  const { id: destinationId, location } = destination;
  const { busy, failure, run } = useAttempt();
  const [accessKeyId, setAccessKeyId] = useState('');
  const [secretAccessKey, setSecretAccessKey] = useState('');
  const [region, setRegion] = useState(location.kind === 's3' ? location.region : '');
  const [clientSecret, setClientSecret] = useState('');
  const isS3 = location.kind === 's3';
  const failed = failure?.error instanceof HoldfastError ? failure.error.code : null;
  const fields = asksFor(location.kind, because, failed);
  const hasKeys = accessKeyId.trim() !== '' && secretAccessKey.trim() !== '';
  const isMissing =
    (fields.keys === 'needed' && !hasKeys) ||
    (fields.region && region.trim() === '') ||
    (accessKeyId.trim() === '') !== (secretAccessKey.trim() === '');

  const label = !isS3
    ? 'common:actions.reconnect'
    : hasKeys || fields.keys === 'needed'
      ? 'destination.signedOut.useKeys'
      : 'common:actions.retry';

  async function reconnect(): Promise<void> {
    const isDone = await run(async () => {
      await request('destinations:reconnect', {
        destinationId,
        s3Keys:
          isS3 && hasKeys
            ? { accessKeyId: accessKeyId.trim(), secretAccessKey: secretAccessKey.trim() }
            : null,
        s3Region: fields.region ? region.trim() : null,
        clientSecret: clientSecret.trim() === '' ? null : clientSecret.trim(),
      });
    });
    if (!isDone) return;
    setAccessKeyId('');
    setSecretAccessKey('');
    setClientSecret('');
    onDone?.();
  }

  return (
    <Stack gap="sm">
      {fields.region && (
        <TextInput
          label={t('places:s3.region')}
          value={region}
          autoComplete="off"
          spellCheck={false}
          maxLength={100}
          onChange={(event) => {
            setRegion(event.currentTarget.value);
          }}
        />
      )}
      {fields.keys !== 'none' && (
        <>
          <TextInput
            label={t('places:s3.accessKeyId')}
            value={accessKeyId}
            autoComplete="off"
            spellCheck={false}
            maxLength={200}
            onChange={(event) => {
              setAccessKeyId(event.currentTarget.value);
            }}
          />
          <PasswordInput
            label={t('places:s3.secretAccessKey')}
            value={secretAccessKey}
            autoComplete="off"
            spellCheck={false}
            maxLength={300}
            visibilityToggleButtonProps={{ 'aria-label': t('common:showSecret') }}
            onChange={(event) => {
              setSecretAccessKey(event.currentTarget.value);
            }}
          />
        </>
      )}
      {fields.clientSecret && location.kind === 'gdrive' && (
        <PasswordInput
          label={t('places:google.own.secret')}
          description={t('destination.signedOut.ofClient', { clientId: location.clientId })}
          value={clientSecret}
          autoComplete="off"
          spellCheck={false}
          maxLength={300}
          visibilityToggleButtonProps={{ 'aria-label': t('common:showSecret') }}
          onChange={(event) => {
            setClientSecret(event.currentTarget.value);
          }}
        />
      )}
      <Group gap="sm">
        <BusyButton
          size="xs"
          variant="default"
          busy={busy}
          disabled={isMissing}
          onClick={() => void reconnect()}
        >
          {t(label)}
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
      <FailureNotice failure={failure} canRepeat={false} />
    </Stack>
  );
}
