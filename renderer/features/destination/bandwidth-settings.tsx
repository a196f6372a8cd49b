/** How much of the line Holdfast may take. In force at once, also for what is under way. */
import { NumberInput, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppState } from '../../../shared/ipc/contract.ts';
import { request } from '../../api/client.ts';
import { FailureNotice } from '../../ui/failure-notice.tsx';
import { useAttempt } from '../../ui/use-attempt.ts';

/** As providers of lines count: a megabit is a million bits. */
const BYTES_A_MEGABIT = 125_000;
const directions = ['uploadBytesPerSecond', 'downloadBytesPerSecond'] as const;

export function BandwidthSettings({ bandwidth }: Pick<AppState, 'bandwidth'>) {
  const { t } = useTranslation('destination');
  const { failure, run } = useAttempt();
  const [limits, setLimits] = useState(bandwidth);

  return (
    <Stack gap="sm">
      <div>
        <Title order={4} size="h6">
          {t('bandwidth.title')}
        </Title>
        <Text size="sm" c="dimmed">
          {t('bandwidth.text')}
        </Text>
      </div>
      <SimpleGrid cols={2} spacing="sm">
        {directions.map((direction) => (
          <NumberInput
            key={direction}
            label={t(`bandwidth.${direction}`)}
            placeholder={t('bandwidth.none')}
            suffix=" Mbit/s"
            min={0}
            max={100_000}
            decimalScale={1}
            allowNegative={false}
            hideControls
            value={megabits(limits[direction])}
            onChange={(value) => {
              const bytes = Math.round(Number(value) * BYTES_A_MEGABIT);
              setLimits({ ...limits, [direction]: bytes > 0 ? bytes : null });
            }}
            onBlur={() => {
              void run(async () => {
                await request('settings:update', { bandwidth: limits });
              });
            }}
          />
        ))}
      </SimpleGrid>
      <FailureNotice failure={failure} />
    </Stack>
  );
}

function megabits(bytes: number | null): number | '' {
  return bytes === null ? '' : Math.round((bytes / BYTES_A_MEGABIT) * 10) / 10;
}
