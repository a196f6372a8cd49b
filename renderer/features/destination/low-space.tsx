/** Little room is left at a destination: said before a run fails for it. */
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { DestinationView } from '../../../shared/ipc/contract.ts';
import { OutcomeNotice } from '../../ui/outcome-notice.tsx';
import { useFormat } from '../../ui/use-format.ts';
import { useSize } from './use-size.ts';

/** Of all there is. */
const LITTLE = 0.1;

export interface LowSpaceProps {
  readonly destination: Pick<DestinationView, 'id' | 'status' | 'label'>;
  /** Changes when it is worth another look: the last run's end. */
  readonly fresh: string | null;
}

export function LowSpace({ destination, fresh }: LowSpaceProps) {
  const { t } = useTranslation('destination');
  const format = useFormat();
  const size = useSize(destination, { withBackup: false, fresh });
  if (size === null || size === 'unknown') return null;
  const { freeBytes, totalBytes } = size.space;
  if (freeBytes === null || totalBytes === null || freeBytes >= totalBytes * LITTLE) return null;
  return (
    <OutcomeNotice tone="warning" title={t('little.title', { label: destination.label })}>
      <Text size="sm">
        {t('little.text', { free: format.bytes(freeBytes), total: format.bytes(totalBytes) })}
      </Text>
    </OutcomeNotice>
  );
}
