/** One archive in the list: when, from where, what, how much, and the two things to do with it. */
import { Button, Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Archive } from '../../../shared/model/archive.ts';
import { useFormat } from '../../ui/use-format.ts';
import styles from './archives-page.module.css';

const MAX_FOLDERS = 3;

export interface ArchiveRowProps {
  readonly archive: Archive;
  readonly onRestore: () => void;
  readonly onBrowse: () => void;
}

export function ArchiveRow({ archive, onRestore, onBrowse }: ArchiveRowProps) {
  const { t } = useTranslation('archives');
  const format = useFormat();
  const { totalFiles, totalBytes, bytesAdded, paths } = archive;
  const when = format.dateTime(archive.time);
  const more = paths.length - MAX_FOLDERS;
  const figures = [
    totalFiles === null
      ? null
      : t('files', { count: totalFiles, formatted: format.count(totalFiles) }),
    totalBytes === null ? null : format.bytes(totalBytes),
  ].filter((text) => text !== null);
  return (
    <li className={styles['archive']} data-archive={archive.shortId}>
      <time className={styles['time']} dateTime={archive.time}>
        {format.time(archive.time)}
      </time>
      <div className={styles['text']}>
        <Text size="sm" fw={500}>
          {archive.hostname ?? t('unknownComputer')}
        </Text>
        <Text size="sm" c="dimmed" className={styles['folders'] ?? ''} title={paths.join('\n')}>
          {paths.slice(0, MAX_FOLDERS).join(', ')}
          {more > 0 && ` ${t('moreFolders', { count: more })}`}
        </Text>
      </div>
      <div className={styles['figures']}>
        <Text size="sm">{figures.length === 0 ? t('unknown') : figures.join(', ')}</Text>
        {bytesAdded !== null && (
          <Text size="sm" c="dimmed">
            {t('added', { bytes: format.bytes(bytesAdded) })}
          </Text>
        )}
      </div>
      <Group gap="xs" wrap="nowrap" className={styles['actions'] ?? ''}>
        <Button
          size="xs"
          variant="subtle"
          aria-label={t('browseNamed', { when })}
          onClick={onBrowse}
        >
          {t('browse')}
        </Button>
        <Button
          size="xs"
          variant="default"
          aria-label={t('restoreNamed', { when })}
          onClick={onRestore}
        >
          {t('restore')}
        </Button>
      </Group>
    </li>
  );
}
