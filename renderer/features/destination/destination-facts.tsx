/** What is to know about a destination; nothing of it is secret. What can be done with its secret is on the page Keys. */
import { Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { DestinationView } from '../../../shared/ipc/contract.ts';
import type { Job } from '../../../shared/model/job.ts';
import { FactList } from '../../ui/fact-list.tsx';
import { useFormat } from '../../ui/use-format.ts';
import { useSize, type DestinationSize } from './use-size.ts';
import { checksOf } from './last-check.ts';

export interface DestinationFactsProps {
  readonly destination: DestinationView;
  readonly jobs: readonly Job[];
}

type Fact = readonly [name: string, value: string];

export function DestinationFacts({ destination, jobs }: DestinationFactsProps) {
  const { t } = useTranslation('destination');
  const format = useFormat();
  const size = useSize(destination, { withBackup: true });
  const { location, fingerprint, protection } = destination;
  const { last } = checksOf(jobs, destination.id);
  const storage: Fact[] =
    location.kind === 'gdrive'
      ? [
          [t('account'), location.accountName],
          [t('folder'), location.path],
        ]
      : [[t('place'), destination.place]];
  const figures: readonly Fact[] =
    size === null || size === 'unknown'
      ? [[t('size'), t(size === null ? 'looking' : 'unknown')]]
      : [
          [t('size'), format.bytes(size.repositoryBytes ?? 0)],
          [t(location.kind === 'icloud' ? 'spaceHere' : 'space'), spaceText(size)],
        ];

  function spaceText({ space: { freeBytes, totalBytes } }: DestinationSize): string {
    if (freeBytes === null) return t('unknown');
    const free = format.bytes(freeBytes);
    if (totalBytes === null) return t('free', { free });
    const used = format.bytes(totalBytes - freeBytes);
    return t('freeOf', { free, used, total: format.bytes(totalBytes) });
  }

  return (
    <Stack gap="sm">
      <FactList
        facts={[
          [t('kind'), t(`kinds.${location.kind}`)],
          ...storage,
          ...figures,
          [
            t('lastCheck'),
            last?.finishedAt == null ? t('never') : format.dateTime(last.finishedAt),
          ],
          [t('fingerprint'), `${fingerprint}\n${t('fingerprintHint')}`],
          [t('protection'), t(`protections.${protection.kind}`)],
          [t('since'), format.dateTime(destination.createdAt)],
        ]}
      />
      {location.kind === 'icloud' && (
        <Text size="sm" c="dimmed">
          {t('icloudUploads')}
        </Text>
      )}
    </Stack>
  );
}
