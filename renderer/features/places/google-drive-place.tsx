/** Google Drive: what Holdfast will see there, the sign-in in the browser, and a client of one's own for those who want one. */
import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppState, GrantedFolder, PlacePurpose } from '../../../shared/ipc/contract.ts';
import { request } from '../../api/client.ts';
import { BusyButton } from '../../ui/busy-button.tsx';
import { Disclosure } from '../../ui/disclosure.tsx';
import { OutcomeNotice } from '../../ui/outcome-notice.tsx';
import styles from './places.module.css';

export interface GoogleDrivePlaceProps {
  readonly purpose: PlacePurpose;
  readonly storages: AppState['storages'];
  readonly busy: boolean;
  readonly onSignIn: (find: () => Promise<GrantedFolder>) => Promise<boolean>;
  /** Another client is named than the one that was signed in with. */
  readonly onChange: () => void;
}

const steps = ['project', 'api', 'consent', 'client', 'enter'] as const;

export function GoogleDrivePlace(props: GoogleDrivePlaceProps) {
  const { purpose, storages, busy, onSignIn, onChange } = props;
  const { t } = useTranslation('places');
  const [clientId, setClientId] = useState('');
  const [clientSecret, setClientSecret] = useState('');
  const own = clientId.trim() === '' ? null : { clientId: clientId.trim(), clientSecret };
  // Whoever leaves does not come back with the browser's answer.
  useEffect(
    () => () => {
      request('places:google-cancel', {}).catch(() => undefined);
    },
    [],
  );

  async function signIn(): Promise<void> {
    const isDone = await onSignIn(() => request('places:google', { purpose, client: own }));
    if (isDone) setClientSecret('');
  }

  return (
    <Stack gap="sm">
      <Text size="sm">{t(`google.${purpose}`)}</Text>
      {storages.googleRedirectedTo !== null && (
        <OutcomeNotice
          tone="warning"
          title={t('google.redirected', { address: storages.googleRedirectedTo })}
        />
      )}
      {!storages.hasGoogleClient && <Text size="sm">{t('google.needsClient')}</Text>}
      <Group gap="sm">
        <BusyButton
          busy={busy}
          disabled={!storages.hasGoogleClient && own === null}
          onClick={() => void signIn()}
        >
          {t('google.signIn')}
        </BusyButton>
        {busy && (
          <>
            <Text size="sm" aria-live="polite">
              {t('google.waiting')}
            </Text>
            <Button
              variant="subtle"
              onClick={() => {
                request('places:google-cancel', {}).catch(() => undefined);
              }}
            >
              {t('google.cancel')}
            </Button>
          </>
        )}
      </Group>
      <Disclosure label={t('google.own.title')}>
        <Stack gap="sm">
          <Text size="sm">{t('google.own.why')}</Text>
          <ol className={styles['guide']}>
            {steps.map((step) => (
              <li key={step}>
                <Text size="sm">{t(`google.own.steps.${step}`)}</Text>
              </li>
            ))}
          </ol>
          <TextInput
            label={t('google.own.id')}
            value={clientId}
            maxLength={300}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => {
              onChange();
              setClientId(event.currentTarget.value);
            }}
          />
          <TextInput
            label={t('google.own.secret')}
            value={clientSecret}
            maxLength={300}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => {
              setClientSecret(event.currentTarget.value);
            }}
          />
        </Stack>
      </Disclosure>
    </Stack>
  );
}
