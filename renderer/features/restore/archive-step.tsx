/** Step "Archive": every archive of the destination, newest first, one of them chosen. */
import { Radio, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Archive } from '../../../shared/model/archive.ts';
import { useFormat } from '../../ui/use-format.ts';
import styles from './archive-step.module.css';

export interface ArchiveStepProps {
  readonly archives: readonly Archive[];
  readonly chosen: Archive | null;
  readonly onChoose: (archive: Archive) => void;
}

export function ArchiveStep({ archives, chosen, onChoose }: ArchiveStepProps) {
  const { t } = useTranslation(['restore', 'archives']);
  const format = useFormat();
  return (
    <Radio.Group
      value={chosen?.id ?? ''}
      aria-label={t('archive.list')}
      className={styles['list'] ?? ''}
      onChange={(id) => {
        const archive = archives.find((other) => other.id === id);
        if (archive !== undefined) onChoose(archive);
      }}
    >
      <Stack gap={0}>
        {archives.map((archive) => (
          <Radio.Card key={archive.id} value={archive.id} className={styles['card'] ?? ''}>
            <Radio.Indicator />
            <div className={styles['text']}>
              <Text size="sm" fw={500}>
                {t('archive.from', {
                  when: format.dateTime(archive.time),
                  computer: archive.hostname ?? t('archives:unknownComputer'),
                })}
              </Text>
              <Text size="xs" c="dimmed" truncate>
                {archive.paths.join(', ')}
              </Text>
            </div>
            {archive.totalFiles !== null && archive.totalBytes !== null && (
              <Text size="xs" c="dimmed" className={styles['figures'] ?? ''}>
                {t('archive.figures', {
                  files: t('archives:files', {
                    count: archive.totalFiles,
                    formatted: format.count(archive.totalFiles),
                  }),
                  bytes: format.bytes(archive.totalBytes),
                })}
              </Text>
            )}
          </Radio.Card>
        ))}
      </Stack>
    </Radio.Group>
  );
}
