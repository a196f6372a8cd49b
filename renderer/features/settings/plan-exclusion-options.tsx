/** What a plan leaves out without patterns: known kinds of files, large ones, other disks. In force with the next run. */
import { NumberInput, Stack, Switch } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  exclusionPresetSchema,
  type ExclusionOptions,
  type ExclusionPreset,
} from '../../../shared/model/exclusions.ts';
import type { Plan } from '../../../shared/model/plan.ts';
import { request } from '../../api/client.ts';
import { FailureNotice } from '../../ui/failure-notice.tsx';
import { useAttempt } from '../../ui/use-attempt.ts';

/** As the window writes sizes everywhere. */
const BYTES_A_GIGABYTE = 1_000_000_000;
const presets = exclusionPresetSchema.options;

export function PlanExclusionOptions({ plan }: { readonly plan: Plan }) {
  const { t } = useTranslation('settings');
  const { failure, run } = useAttempt();
  // Two switches in a row: the second must know of the first before main has answered.
  const [options, setOptions] = useState(plan.exclusionOptions);
  const [gigabytes, setGigabytes] = useState(gigabytesOf(plan.exclusionOptions));

  function save(change: Partial<ExclusionOptions>): void {
    const exclusionOptions = { ...options, ...change };
    setOptions(exclusionOptions);
    void run(async () => {
      try {
        await request('plans:update', { planId: plan.id, exclusionOptions });
      } catch (error) {
        setOptions(plan.exclusionOptions);
        setGigabytes(gigabytesOf(plan.exclusionOptions));
        throw error;
      }
    });
  }

  function choose(preset: ExclusionPreset, isOn: boolean): void {
    save({
      presets: presets.filter((known) =>
        known === preset ? isOn : options.presets.includes(known),
      ),
    });
  }

  function saveLimit(): void {
    const bytes = Math.round(Number(gigabytes) * BYTES_A_GIGABYTE);
    const largerThanBytes = bytes > 0 ? bytes : null;
    if (largerThanBytes !== options.largerThanBytes) save({ largerThanBytes });
  }

  return (
    <Stack gap="sm">
      {presets.map((preset) => (
        <Switch
          key={preset}
          label={t(`excludes.presets.${preset}`)}
          description={t(`excludes.presetTexts.${preset}`)}
          checked={options.presets.includes(preset)}
          onChange={(event) => {
            choose(preset, event.currentTarget.checked);
          }}
        />
      ))}
      <Switch
        label={t('excludes.otherDisks')}
        description={t('excludes.otherDisksText')}
        checked={options.oneFileSystem}
        onChange={(event) => {
          save({ oneFileSystem: event.currentTarget.checked });
        }}
      />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          saveLimit();
        }}
      >
        <NumberInput
          label={t('excludes.largerThan')}
          placeholder={t('excludes.noLimit')}
          suffix=" GB"
          maw={260}
          min={0}
          max={1_000_000}
          decimalScale={3}
          allowNegative={false}
          hideControls
          value={gigabytes}
          onChange={setGigabytes}
          onBlur={saveLimit}
        />
      </form>
      <FailureNotice failure={failure} />
    </Stack>
  );
}

function gigabytesOf({ largerThanBytes }: ExclusionOptions): number | string {
  return largerThanBytes === null ? '' : largerThanBytes / BYTES_A_GIGABYTE;
}
