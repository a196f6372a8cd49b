/** A quiet question from time to time: is the secret still to be found? */
import { Button, Group, Paper, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { DestinationView } from '../../../shared/ipc/contract.ts';
import { request } from '../../api/client.ts';

export interface ReminderNoticeProps {
  readonly destination: DestinationView;
  readonly onCheck: () => void;
}

export function ReminderNotice({ destination, onCheck }: ReminderNoticeProps) {
  const { t } = useTranslation('keys');
  const { id: destinationId, label } = destination;
  return (
    <Paper withBorder p="md" radius="md">
      <Text fw={600}>{t('reminder.title', { label })}</Text>
      <Text size="sm">{t('reminder.text')}</Text>
      <Group gap="sm" mt="sm">
        <Button size="xs" variant="default" onClick={onCheck}>
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
    </Paper>
  );
}
