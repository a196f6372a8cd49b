/** Keys: what protects each backup, and everything that can be done with its secret. */
import { Card, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { AppState } from '../../../shared/ipc/contract.ts';
import type { SecretKind } from '../../../shared/model/protection.ts';
import type { View } from '../../view.ts';
import { DestinationKeys } from './destination-keys.tsx';
import { PlaintextExports } from './plaintext-exports.tsx';

export interface KeysPageProps {
  readonly state: AppState;
  readonly changed: { readonly destinationId: string; readonly oldStillOpens: boolean } | null;
  readonly givenUp: { readonly destinationId: string; readonly kind: SecretKind } | null;
  readonly go: (view: View) => void;
}

export function KeysPage({ state, changed, givenUp, go }: KeysPageProps) {
  const { t } = useTranslation('keys');
  const { destinations, exports } = state;
  return (
    <Stack gap="lg" maw={760}>
      <Title order={1}>{t('title')}</Title>
      <PlaintextExports exports={exports} />
      {destinations.length === 0 && (
        <Card withBorder padding="lg">
          <Text fw={600}>{t('none.title')}</Text>
          <Text size="sm">{t('none.text')}</Text>
        </Card>
      )}
      {destinations.map((destination) => (
        <DestinationKeys
          key={destination.id}
          destination={destination}
          changed={changed?.destinationId === destination.id ? changed : null}
          givenUp={givenUp?.destinationId === destination.id ? givenUp.kind : null}
          go={go}
        />
      ))}
    </Stack>
  );
}
