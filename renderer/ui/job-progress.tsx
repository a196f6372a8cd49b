/** A run while it goes on: files, bytes, rate, the time left as a range, the current file. */
import { Progress, Text, VisuallyHidden } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Job } from '../../shared/model/job.ts';
import { announcedPercent, percentOf, timeLeftOf } from './job-progress-figures.ts';
import { useFormat } from './use-format.ts';
import styles from './job-progress.module.css';

export function JobProgress({ job }: { readonly job: Job }) {
  const { t } = useTranslation();
  const { progress, state, waiting } = job;
  const isRunning = state === 'running' && waiting === null;
  const percent = percentOf(progress);
  const label = isRunning
    ? t(`job.${job.kind}.running`)
    : state === 'running' && waiting !== null
      ? t(`job.waiting.${waiting}`)
      : t(`job.states.${state}`);
  const left = isRunning ? timeLeftOf(progress) : null;
  const phase = progress?.phase ?? 'preparing';
  const announced = announcedPercent(percent);
  return (
    <div className={styles['progress']}>
      <div className={styles['line']}>
        <Text fw={600}>{label}</Text>
        {left !== null && (
          <Text size="sm" c="dimmed">
            {t(`job.left.${left.unit}`, {
              range: left.low === left.high ? left.high : `${left.low}–${left.high}`,
            })}
          </Text>
        )}
      </div>
      <Progress
        value={percent ?? 100}
        animated={percent === null && isRunning}
        striped={percent === null}
        size={10}
        radius="xl"
        aria-label={label}
        color={isRunning ? 'var(--app-accent)' : 'gray'}
      />
      <div className={styles['line']}>
        <Text size="sm" c="dimmed" className={styles['path'] ?? ''}>
          {isRunning && phase !== 'transferring' ? t(`job.phase.${phase}`) : progress?.currentPath}
        </Text>
        <Text size="sm" c="dimmed">
          <Figures job={job} />
        </Text>
      </div>
      <VisuallyHidden aria-live="polite">
        {announced === null ? label : t('job.announced', { label, percent: announced })}
      </VisuallyHidden>
    </div>
  );
}

function Figures({ job: { progress, state, waiting } }: { readonly job: Job }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (progress === null) return null;
  const { filesDone, filesTotal, bytesDone, bytesTotal, bytesPerSecond } = progress;
  const done = format.bytes(bytesDone);
  const files = format.count(filesDone);
  const figures = [
    bytesTotal === null ? done : t('job.ofBytes', { done, total: format.bytes(bytesTotal) }),
    filesTotal === null
      ? t('job.files', { count: filesDone, formatted: files })
      : t('job.ofFiles', { done: files, total: format.count(filesTotal) }),
  ];
  if (bytesPerSecond !== null && state === 'running' && waiting === null) {
    figures.push(t('job.rate', { rate: format.bytes(bytesPerSecond) }));
  }
  return figures.join(' · ');
}
