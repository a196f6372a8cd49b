/** Is the secret still to be found? Brought back, compared, the date noted. */
import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { DestinationView } from '../../../shared/ipc/contract.ts';
import { ProveForm } from './prove-form.tsx';

export interface ProveDialogProps {
  readonly destination: DestinationView;
  readonly opened: boolean;
  readonly onClose: () => void;
}

export function ProveDialog({ destination, opened, onClose }: ProveDialogProps) {
  const { t } = useTranslation('keys');
  const { id, fingerprint, protection } = destination;
  return (
    <Modal opened={opened} onClose={onClose} title={t('prove.title')} centered>
      <Stack gap="md">
        <Text size="sm">{t('prove.text', { fingerprint })}</Text>
        <ProveForm destinationId={id} kind={protection.kind} good={t('export.back.good')} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('export.close')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
