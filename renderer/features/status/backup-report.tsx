/** What a backup came to: figures, and what could not be read or was left out. */
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { BackupResult } from '../../../shared/model/job.ts';
import { Disclosure } from '../../ui/disclosure.tsx';
import { OutcomeNotice } from '../../ui/outcome-notice.tsx';
import { ScrollBox } from '../../ui/scroll-box.tsx';
import { useFormat } from '../../ui/use-format.ts';
import styles from './status-page.module.css';

export function BackupReport({ result }: { readonly result: BackupResult }) {
  const { t } = useTranslation('status');
  const format = useFormat();
  const { warnings, warningCount } = result;
  const summary = t('last.summary', {
    count: result.filesProcessed,
    files: format.count(result.filesProcessed),
    bytes: format.bytes(result.bytesProcessed),
    new: format.count(result.filesNew),
    changed: format.count(result.filesChanged),
    added: format.bytes(result.bytesAddedPacked),
    duration: format.duration(result.durationMs),
  });
  const title =
    warningCount === 0
      ? t('last.succeeded')
      : t('last.warnings', { count: warningCount, formatted: format.count(warningCount) });
  const label = t(warningCount > 0 ? 'last.list' : 'last.leftOut');
  return (
    <OutcomeNotice tone={warningCount === 0 ? 'good' : 'warning'} title={title}>
      <Text size="sm">{summary}</Text>
      {warningCount > 0 && (
        <Text size="sm" mt={4}>
          {t('last.warningsText')}
        </Text>
      )}
      {warnings.length > 0 && (
        <Disclosure label={label}>
          {warningCount > warnings.length && (
            <Text size="sm" c="dimmed">
              {t('last.first', { formatted: format.count(warnings.length) })}
            </Text>
          )}
          <ScrollBox label={label}>
            <ul className={styles['warnings']}>
              {warnings.map(({ path, reason, detail }) => (
                <li key={`${reason} ${path}`}>
                  <Text size="sm">{path}</Text>
                  <Text size="xs" c="dimmed">
                    {t(`reasons.${reason}`)}
                    {detail === null ? '' : ` (${detail})`}
                  </Text>
                </li>
              ))}
            </ul>
          </ScrollBox>
        </Disclosure>
      )}
    </OutcomeNotice>
  );
}
