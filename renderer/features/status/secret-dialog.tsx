/** Asks for a key or password and does one thing with it. What was typed is forgotten as soon as the dialog closes. */
import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { SecretField } from '../../ui/secret-field.tsx';
import { useAttempt } from '../../ui/use-attempt.ts';
import { BusyButton } from '../../ui/busy-button.tsx';

export interface SecretDialogProps {
  readonly title: string;
  readonly text: string;
  readonly label: string;
  readonly submitLabel: string;
  readonly opened: boolean;
  readonly onClose: () => void;
  /** What is wrong with the secret, or null: then the dialog closes. May throw. */
  readonly onSubmit: (secret: string) => Promise<string | null>;
}

export function SecretDialog(props: SecretDialogProps) {
  const { title, opened, onClose } = props;
  return (
    <Modal opened={opened} onClose={onClose} title={title} centered>
      <SecretForm {...props} />
    </Modal>
  );
}

function SecretForm({ text, label, submitLabel, onClose, onSubmit }: SecretDialogProps) {
  const { t } = useTranslation('status');
  const [secret, setSecret] = useState('');
  const [wrong, setWrong] = useState<string | null>(null);
  const { busy, failure, run } = useAttempt();

  function submit(): void {
    setWrong(null);
    void run(async () => {
      const problem = await onSubmit(secret);
      if (problem === null) onClose();
      else setWrong(problem);
    });
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (secret.trim() !== '' && !busy) submit();
      }}
    >
      <Stack gap="md">
        <Text size="sm">{text}</Text>
        <SecretField label={label} value={secret} onChange={setSecret} wrong={wrong} takesFocus />
        {failure !== null && <ErrorNotice error={failure.error} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            {t('dialog.cancel')}
          </Button>
          <BusyButton type="submit" busy={busy} disabled={secret.trim() === ''}>
            {submitLabel}
          </BusyButton>
        </Group>
      </Stack>
    </form>
  );
}
