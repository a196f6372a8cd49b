/** What is in an archive, to look at. */
import { Button, Group, Text, Title } from '@mantine/core';
import { ArrowLeft } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Archive } from '../../../shared/model/archive.ts';
import { Disclosure } from '../../ui/disclosure.tsx';
import { FactList } from '../../ui/fact-list.tsx';
import { useFormat } from '../../ui/use-format.ts';
import { ArchiveTreeView } from '../restore/archive-tree-view.tsx';
import { useArchiveTree } from '../restore/use-archive-tree.ts';
import styles from './archives-page.module.css';

export interface ArchiveBrowserProps {
  readonly destinationId: string;
  readonly archive: Archive;
  readonly onBack: () => void;
  readonly onRestore: () => void;
}

export function ArchiveBrowser({ destinationId, archive, onBack, onRestore }: ArchiveBrowserProps) {
  const { t } = useTranslation(['archives', 'restore']);
  const format = useFormat();
  const when = format.dateTime(archive.time);
  const tree = useArchiveTree(destinationId, archive, t('restore:what.all'));
  const optional = (label: string, text: string | null): [string, string][] =>
    text === null || text === '' ? [] : [[label, text]];
  return (
    <div className={styles['browser']}>
      <Group justify="space-between" gap="sm">
        <Button
          variant="subtle"
          leftSection={<ArrowLeft size={16} aria-hidden="true" />}
          onClick={onBack}
        >
          {t('browsing.back')}
        </Button>
        <Button onClick={onRestore}>{t('browsing.restore')}</Button>
      </Group>
      <div>
        <Title order={1}>{t('browsing.title', { when })}</Title>
        <Text c="dimmed">{archive.hostname ?? t('unknownComputer')}</Text>
      </div>
      {tree !== null && (
        <ArchiveTreeView tree={tree} label={t('browsing.tree', { when })} checks={null} />
      )}
      <Disclosure label={t('details')}>
        <FactList
          facts={[
            [t('detail.id'), archive.id],
            [t('detail.paths'), archive.paths.join('\n')],
            ...optional(t('detail.user'), archive.username),
            ...optional(t('detail.program'), archive.programVersion),
            ...optional(t('detail.tags'), archive.tags.join(', ')),
          ]}
        />
      </Disclosure>
    </div>
  );
}
