/** What to protect: suggested folders and any others, with their sizes as they are counted. */
import { Button, Checkbox, Group, Stack, Text } from '@mantine/core';
import { FolderPlus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { request } from '../../api/client.ts';
import { FailureNotice } from '../../ui/failure-notice.tsx';
import { useAttempt } from '../../ui/use-attempt.ts';
import { useFormat } from '../../ui/use-format.ts';
import type { ChosenFolder, SetupAction } from './setup-choices.ts';
import styles from './setup.module.css';
import { holderOf, totalSize } from './total-size.ts';
import type { Measure } from './use-measures.ts';

export interface FoldersStepProps {
  readonly folders: readonly ChosenFolder[];
  readonly measures: ReadonlyMap<string, Measure>;
  readonly onChoose: (action: SetupAction) => void;
}

export function FoldersStep({ folders, measures, onChoose }: FoldersStepProps) {
  const { t } = useTranslation('setup');
  const format = useFormat();
  const { failure, run } = useAttempt();
  const { bytes, isFinal } = totalSize(folders, measures);

  function sizeOf(folder: ChosenFolder): string {
    const measure = measures.get(folder.grant);
    if (measure === undefined) return t('folders.counting');
    if (measure.done && measure.files === 0 && measure.unreadable > 0) return t('folders.unknown');
    const size = t('folders.size', {
      count: measure.files,
      formatted: format.count(measure.files),
      bytes: format.bytes(measure.bytes),
    });
    return measure.done ? size : t('folders.soFar', { size });
  }

  function add(): void {
    void run(async () => {
      const chosen = await request('folders:choose', { purpose: 'source' });
      onChoose({ type: 'add-folders', folders: chosen });
    });
  }

  return (
    <Stack gap="md">
      {folders.length > 0 && (
        <ul className={styles['folders']} aria-label={t('folders.list')}>
          {folders.map((folder) => {
            const holder = folder.checked ? holderOf(folder, folders) : null;
            return (
              <li key={folder.grant}>
                <Checkbox
                  className={styles['folder'] ?? ''}
                  checked={folder.checked}
                  label={folder.name}
                  description={folder.path}
                  onChange={(event) => {
                    const { checked } = event.currentTarget;
                    onChoose({ type: 'check-folder', grant: folder.grant, checked });
                  }}
                />
                <Text size="sm" c="dimmed" className={styles['size'] ?? ''}>
                  {holder === null ? sizeOf(folder) : t('folders.inside', { name: holder.name })}
                </Text>
              </li>
            );
          })}
        </ul>
      )}
      <Group justify="space-between" gap="sm">
        <Button
          variant="default"
          leftSection={<FolderPlus size={16} aria-hidden="true" />}
          onClick={add}
        >
          {t('folders.add')}
        </Button>
        {folders.some(({ checked }) => checked) && (
          <Text size="sm" fw={500}>
            {t(isFinal ? 'folders.total' : 'folders.totalSoFar', { bytes: format.bytes(bytes) })}
          </Text>
        )}
      </Group>
      <FailureNotice failure={failure} />
    </Stack>
  );
}
