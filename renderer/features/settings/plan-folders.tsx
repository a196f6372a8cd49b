/** The folders of one plan: added by the system's dialog, removed after a question. */
import { ActionIcon, Button, Group, Modal, Stack, Text, Title } from '@mantine/core';
import { FolderPlus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Plan } from '../../../shared/model/plan.ts';
import { request } from '../../api/client.ts';
import { FailureNotice } from '../../ui/failure-notice.tsx';
import { useAttempt } from '../../ui/use-attempt.ts';
import styles from './settings-page.module.css';
import { BusyButton } from '../../ui/busy-button.tsx';

export function PlanFolders({ plan }: { readonly plan: Plan }) {
  const { t } = useTranslation('settings');
  const [asked, setAsked] = useState<string | null>(null);
  const { busy, failure, run } = useAttempt();
  const isOnly = plan.sources.length === 1;

  async function add(): Promise<void> {
    const folders = await request('folders:choose', { purpose: 'source' });
    if (folders.length === 0) return;
    const addSourceGrants = folders.map(({ grant }) => grant);
    await request('plans:update', { planId: plan.id, addSourceGrants });
  }

  async function remove(path: string): Promise<void> {
    await request('plans:update', { planId: plan.id, removeSources: [path] });
    setAsked(null);
  }

  return (
    <Stack gap="xs">
      <Title order={4} size="h6">
        {t('plans.folders')}
      </Title>
      <ul className={styles['list']} aria-label={t('plans.foldersOf', { name: plan.name })}>
        {plan.sources.map((path) => (
          <li key={path} className={styles['item']}>
            <Text size="sm" className={styles['grow'] ?? ''}>
              {path}
            </Text>
            {!isOnly && (
              <ActionIcon
                variant="subtle"
                color="gray"
                size="lg"
                disabled={busy}
                aria-label={t('plans.removeNamed', { path })}
                onClick={() => {
                  setAsked(path);
                }}
              >
                <Trash2 size={16} aria-hidden="true" />
              </ActionIcon>
            )}
          </li>
        ))}
      </ul>
      {isOnly && (
        <Text size="sm" c="dimmed">
          {t('plans.lastOne')}
        </Text>
      )}
      <FailureNotice failure={failure} />
      <Group>
        <Button
          variant="default"
          size="sm"
          disabled={busy}
          leftSection={<FolderPlus size={16} aria-hidden="true" />}
          onClick={() => void run(add)}
        >
          {t('plans.add')}
        </Button>
      </Group>
      <Modal
        opened={asked !== null}
        onClose={() => {
          setAsked(null);
        }}
        title={t('plans.confirmTitle')}
        centered
      >
        <Text size="sm" mb="lg">
          {t('plans.confirmText', { path: asked ?? '' })}
        </Text>
        <Group justify="flex-end" gap="sm">
          <Button
            variant="default"
            data-autofocus
            onClick={() => {
              setAsked(null);
            }}
          >
            {t('plans.keep')}
          </Button>
          <BusyButton
            color="red"
            busy={busy}
            onClick={() => {
              if (asked !== null) void run(() => remove(asked));
            }}
          >
            {t('plans.confirm')}
          </BusyButton>
        </Group>
      </Modal>
    </Stack>
  );
}
