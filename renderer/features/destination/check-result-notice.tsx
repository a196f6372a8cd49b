/** How the last check of a destination ended. */
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { CheckResult, Job } from '../../../shared/model/job.ts';
import { Disclosure } from '../../ui/disclosure.tsx';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { OutcomeNotice } from '../../ui/outcome-notice.tsx';
import { ScrollBox } from '../../ui/scroll-box.tsx';
import { useFormat } from '../../ui/use-format.ts';
import styles from './destination-page.module.css';

const MAX_SHOWN = 100;

export function CheckResultNotice({ job }: { readonly job: Job }) {
  const { t } = useTranslation('destination');
  const format = useFormat();
  if (job.result?.kind === 'check') {
    return <Result result={job.result} when={format.dateTime(job.finishedAt ?? job.createdAt)} />;
  }
  if (job.state === 'cancelled') return <Text size="sm">{t('check.cancelled')}</Text>;
  if (job.state === 'interrupted') return <Text size="sm">{t('check.interrupted')}</Text>;
  return job.error === null ? null : <ErrorNotice error={job.error} />;
}

function Result({ result, when }: { readonly result: CheckResult; readonly when: string }) {
  const { t } = useTranslation('destination');
  const format = useFormat();
  const { errorCount, findings, readData } = result;
  const counted = (key: 'check.archives' | 'check.packs', count: number): string =>
    t(key, { count, formatted: format.count(count) });
  const hints = findings.filter(({ severity }) => severity === 'hint').length;
  const shown = findings.slice(0, MAX_SHOWN);
  const whole = errorCount === 0;
  return (
    <OutcomeNotice
      tone={whole ? 'good' : 'bad'}
      title={
        whole
          ? t('check.whole')
          : t('check.damaged', { count: errorCount, formatted: format.count(errorCount) })
      }
    >
      <Text size="sm">
        {whole
          ? t(readData ? 'check.wholeRead' : 'check.wholeText', {
              when,
              archives: counted('check.archives', result.snapshotsChecked),
              packs: counted('check.packs', result.packsChecked),
              bytes: format.bytes(result.bytesRead),
            })
          : t('check.damagedText', { when })}
      </Text>
      {hints > 0 && (
        <Text size="sm" mt={4}>
          {t('check.hints', { count: hints, formatted: format.count(hints) })}.{' '}
          {t('check.hintsText')}
        </Text>
      )}
      {findings.length > 0 && (
        <Disclosure label={t('check.findings')}>
          {findings.length > shown.length && (
            <Text size="sm">
              {t('check.findingsFirst', {
                formatted: format.count(shown.length),
                total: format.count(findings.length),
              })}
            </Text>
          )}
          <ScrollBox label={t('check.findings')}>
            <ul className={styles['findings']}>
              {shown.map(({ severity, subject, id, message }) => (
                <li key={`${subject} ${id} ${message}`}>
                  {t(`check.severity.${severity}`)}: {message}{' '}
                  <code>
                    {subject} {id}
                  </code>
                </li>
              ))}
            </ul>
          </ScrollBox>
        </Disclosure>
      )}
    </OutcomeNotice>
  );
}
