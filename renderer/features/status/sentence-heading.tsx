/** The sentence at the top of Status, with a sign beside it and what it rests on below. */
import { Text, Title } from '@mantine/core';
import { CircleAlert, CircleCheck, CirclePause, RefreshCw } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { asErrorCode } from '../../../shared/error-catalog.ts';
import { timeLeftOf } from '../../ui/job-progress-figures.ts';
import { useFormat } from '../../ui/use-format.ts';
import type { StatusSentence } from './status-sentence.ts';
import styles from './status-page.module.css';

export function SentenceHeading({ sentence }: { readonly sentence: StatusSentence }) {
  const { text, hint } = useSentence(sentence);
  return (
    <div className={styles['sentence']} aria-live="polite">
      <Sign sentence={sentence} />
      <div>
        <Title order={1}>{text}</Title>
        <Text c="dimmed" mt={2}>
          {hint}
        </Text>
      </div>
    </div>
  );
}

function Sign({ sentence }: { readonly sentence: StatusSentence }) {
  const isPaused =
    sentence.kind === 'running' &&
    (sentence.job.state === 'paused' || sentence.job.waiting !== null);
  const [Icon, tone] = isPaused
    ? [CirclePause, 'quiet']
    : sentence.kind === 'running'
      ? [RefreshCw, 'busy']
      : sentence.kind === 'protected'
        ? [CircleCheck, 'good']
        : [CircleAlert, 'attention'];
  return (
    <span className={styles['sign']} data-tone={tone}>
      <Icon size={26} aria-hidden="true" />
    </span>
  );
}

function useSentence(sentence: StatusSentence): { readonly text: string; readonly hint: string } {
  const { t } = useTranslation(['status', 'errors']);
  const format = useFormat();
  const earlier = (at: string | null): string =>
    at === null ? t('hint.noneYet') : t('hint.upTo', { when: format.dateTime(at) });
  switch (sentence.kind) {
    case 'protected': {
      const { protectedAt: at, isToday } = sentence;
      const when = isToday ? t('sentence.today', { time: format.time(at) }) : format.dateTime(at);
      return { text: t('sentence.protected', { when }), hint: t('hint.protected') };
    }
    case 'partly': {
      const { protectedAt: at, isToday, missing, hasNewFolders } = sentence;
      const when = isToday ? t('sentence.today', { time: format.time(at) }) : format.dateTime(at);
      const counted = { when, count: missing, formatted: format.count(missing) };
      return {
        text: missing > 0 ? t('sentence.partly', counted) : t('sentence.protected', { when }),
        hint: [
          ...(missing > 0 ? [t('hint.partly')] : []),
          ...(hasNewFolders ? [t('hint.newFolders')] : []),
        ].join(' '),
      };
    }
    case 'old':
      return {
        text: t('sentence.old', { count: sentence.days }),
        hint: `${earlier(sentence.protectedAt)} ${t('hint.old')}`,
      };
    case 'running': {
      const { state, progress, waiting, waitError } = sentence.job;
      const own = waiting === 'day-limit' ? asErrorCode(waitError?.code ?? null) : null;
      const left = timeLeftOf(progress);
      const text =
        state === 'running' && waiting !== null
          ? own === null
            ? t(`sentence.waiting.${waiting}`)
            : t(`errors:${own}.title`)
          : state === 'paused' || state === 'cancelling' || state === 'queued'
            ? t(`sentence.${state}`)
            : left === null || left.unit === 'seconds'
              ? t('sentence.running')
              : t(`sentence.runningLeft.${left.unit}`, { count: left.high });
      return { text, hint: `${t('hint.running')} ${earlier(sentence.protectedAt)}` };
    }
    case 'failed':
    case 'locked':
    case 'unreachable':
    case 'icloud-off':
    case 'signed-out':
      return {
        text: t(`sentence.${sentence.kind}`),
        hint: earlier(sentence.protectedAt),
      };
    case 'never':
    case 'unknown':
    case 'no-plan':
      return { text: t(`sentence.${sentence.kind}`), hint: t(`hint.${sentence.kind}`) };
    default:
      return sentence satisfies never;
  }
}
