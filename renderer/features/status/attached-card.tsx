/** A backup that is open here, and that nothing of this computer goes to yet. */
import { Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { DestinationView } from '../../../shared/ipc/contract.ts';
import { belongsToAnother } from '../../../shared/location-names.ts';
import type { View } from '../../view.ts';

export interface AttachedCardProps {
  readonly destination: DestinationView;
  readonly computerName: string;
  readonly go: (view: View) => void;
}

export function AttachedCard({ destination, computerName, go }: AttachedCardProps) {
  const { t } = useTranslation(['status', 'connect']);
  const { id: destinationId, label } = destination;
  const isAnothers = belongsToAnother(destination.location, computerName);
  return (
    <Card withBorder padding="lg" component="section" aria-label={label}>
      <Stack gap="sm">
        <div>
          <Title order={2}>{label}</Title>
          <Text size="sm" c="dimmed">
            {destination.place}
          </Text>
        </div>
        <Text size="sm">{t(isAnothers ? 'connect:opened.anothers' : 'attached.text')}</Text>
        <Group gap="sm">
          <Button
            disabled={destination.status !== 'ready'}
            onClick={() => {
              go(isAnothers ? { page: 'setup' } : { page: 'new-plan', destinationId });
            }}
          >
            {t(isAnothers ? 'connect:opened.own' : 'attached.continue')}
          </Button>
          <Button
            variant="default"
            onClick={() => {
              go({ page: 'archives', destinationId });
            }}
          >
            {t('attached.archives')}
          </Button>
        </Group>
      </Stack>
    </Card>
  );
}
