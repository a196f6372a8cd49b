/** Archives under the day on which they were made. */
import { Group, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Archive } from '../../../shared/model/archive.ts';
import { useFormat } from '../../ui/use-format.ts';
import { ArchiveRow } from './archive-row.tsx';
import styles from './archives-page.module.css';
import { groupByDay, type DayGroup } from './group-by-day.ts';

export interface ArchiveDaysProps {
  readonly archives: readonly Archive[];
  readonly now: Date;
  readonly onRestore: (archive: Archive) => void;
  readonly onBrowse: (archive: Archive) => void;
}

export function ArchiveDays({ archives, now, onRestore, onBrowse }: ArchiveDaysProps) {
  const { t } = useTranslation('archives');
  const format = useFormat();
  return (
    <Stack gap="lg">
      {groupByDay(archives, now).map((group) => (
        <section key={group.day} aria-labelledby={`day-${group.day}`}>
          <Group justify="space-between" align="baseline">
            <Title order={2} size="h4" id={`day-${group.day}`} className={styles['day'] ?? ''}>
              {dayText(group)}
            </Title>
            <Text size="sm" c="dimmed">
              {t('dayCount', { count: group.archives.length })}
            </Text>
          </Group>
          <ul className={styles['list']}>
            {group.archives.map((archive) => (
              <ArchiveRow
                key={archive.id}
                archive={archive}
                onRestore={() => {
                  onRestore(archive);
                }}
                onBrowse={() => {
                  onBrowse(archive);
                }}
              />
            ))}
          </ul>
        </section>
      ))}
    </Stack>
  );

  function dayText({ date, daysAgo }: DayGroup): string {
    if (daysAgo === 0) return t('today');
    if (daysAgo === 1) return t('yesterday');
    const otherYear = date.getFullYear() !== now.getFullYear();
    return t('day', { weekday: format.weekday(date), date: format.day(date, otherYear) });
  }
}
