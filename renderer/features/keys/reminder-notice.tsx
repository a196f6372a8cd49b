/** A quiet question from time to time: is the secret still to be found? */
import { Button, Group, Paper, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DestinationView } from '../../../shared/ipc/contract.ts';
import { request } from '../../api/client.ts';
import { ProveDialog } from './prove-dialog.tsx';

export function ReminderNotice({ destination }: { readonly destination: DestinationView }) {
  const { t } = useTranslation('keys');
  const [isOpen, setIsOpen] = useState(false);
  const { id: destinationId, label } = destination;
  return (
    <Paper withBorder p="md" radius="md">
      <Text fw={600}>{t('reminder.title', { label })}</Text>
      <Text size="sm">{t('reminder.text')}</Text>
      <Group gap="sm" mt="sm">
        <Button
          size="xs"
          variant="default"
          onClick={() => {
            setIsOpen(true);
          }}
        >
          {t('reminder.check')}
        </Button>
        <Button
          size="xs"
          variant="subtle"
          onClick={() => {
            request('keys:snooze', { destinationId }).catch(() => undefined);
          }}
        >
          {t('reminder.later')}
        </Button>
      </Group>
      <ProveDialog
        destination={destination}
        opened={isOpen}
        onClose={() => {
          setIsOpen(false);
        }}
      />
    </Paper>
  );
}
