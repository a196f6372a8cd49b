/** Files that are in the way, and what will become of them. */
import { Alert, Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ConflictPolicy, RestorePreview } from '../../../shared/model/restore.ts';
import { Disclosure } from '../../ui/disclosure.tsx';
import { ScrollBox } from '../../ui/scroll-box.tsx';
import { useFormat } from '../../ui/use-format.ts';
import styles from './restore-page.module.css';

export interface ConflictTableProps {
  readonly preview: RestorePreview;
  readonly policy: ConflictPolicy;
}

export function ConflictTable({ preview, policy }: ConflictTableProps) {
  const { t } = useTranslation('restore');
  const format = useFormat();
  const { conflictCount, conflicts } = preview;
  const version = (sizeBytes: number, modifiedAt: string): string =>
    `${format.bytes(sizeBytes)}, ${format.dateTime(modifiedAt)}`;
  return (
    <Alert
      variant="default"
      title={t('preview.conflicts', {
        count: conflictCount,
        formatted: format.count(conflictCount),
      })}
    >
      <Text size="sm" {...(policy === 'replace' ? { fw: 600 } : {})}>
        {t(`preview.policy.${policy}`)}
      </Text>
      <Disclosure label={t('preview.showConflicts')}>
        {conflictCount > conflicts.length && (
          <Text size="sm" c="dimmed">
            {t('preview.conflictsFirst', { formatted: format.count(conflicts.length) })}
          </Text>
        )}
        <ScrollBox label={t('preview.showConflicts')}>
          <Table fz="sm" verticalSpacing={6} className={styles['table'] ?? ''}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('preview.column.path')}</Table.Th>
                <Table.Th>{t('preview.column.existing')}</Table.Th>
                <Table.Th>{t('preview.column.archived')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {conflicts.map((conflict) => (
                <Table.Tr key={conflict.path}>
                  <Table.Td className={styles['path'] ?? ''}>{conflict.path}</Table.Td>
                  <Table.Td>
                    {version(conflict.existingSizeBytes, conflict.existingModifiedAt)}
                  </Table.Td>
                  <Table.Td>
                    {version(conflict.archivedSizeBytes, conflict.archivedModifiedAt)}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollBox>
      </Disclosure>
    </Alert>
  );
}
