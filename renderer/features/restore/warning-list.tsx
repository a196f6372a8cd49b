/** Entries that could not be restored (as they were), each with the reason in words. */
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { WarningReason } from '../../../shared/model/job.ts';
import { OutcomeNotice } from '../../ui/outcome-notice.tsx';
import { ScrollBox } from '../../ui/scroll-box.tsx';
import { useFormat } from '../../ui/use-format.ts';
import styles from './restore-page.module.css';

const MAX_SHOWN = 200;

/** Complete by its type: a new reason without a sentence does not compile. */
const sentences: Readonly<Record<WarningReason, true>> = {
  'permission-denied': true,
  vanished: true,
  unreadable: true,
  'cloud-only': true,
  'changed-while-reading': true,
  'unsupported-type': true,
  'metadata-not-restored': true,
  damaged: true,
  'unsafe-name': true,
  'destination-inside-source': true,
  'cache-inside-source': true,
};

function isKnown(reason: string): reason is WarningReason {
  return Object.hasOwn(sentences, reason);
}

export interface WarningListProps {
  readonly title: string;
  readonly text?: string;
  readonly warnings: readonly {
    readonly path: string;
    readonly reason: string;
    readonly detail: string | null;
  }[];
  /** When more are known of than listed. */
  readonly total?: number;
}

export function WarningList({ title, text, warnings, total = warnings.length }: WarningListProps) {
  const { t } = useTranslation('restore');
  const format = useFormat();
  const shown = warnings.slice(0, MAX_SHOWN);
  return (
    <OutcomeNotice tone="warning" title={title}>
      {text !== undefined && <Text size="sm">{text}</Text>}
      {total > shown.length && (
        <Text size="sm" c="dimmed">
          {t('report.warningsFirst', { formatted: format.count(shown.length) })}
        </Text>
      )}
      <ScrollBox label={title}>
        <ul className={styles['warnings']}>
          {shown.map(({ path, reason, detail }) => (
            <li key={`${path} ${reason}`}>
              <span className={styles['path']}>{path}</span>
              <span className={styles['reason']}>
                {reasonText(reason)}
                {detail === null ? '' : ` (${detail})`}
              </span>
            </li>
          ))}
        </ul>
      </ScrollBox>
    </OutcomeNotice>
  );

  function reasonText(reason: string): string {
    return t(`reason.${isKnown(reason) ? reason : 'other'}`);
  }
}
