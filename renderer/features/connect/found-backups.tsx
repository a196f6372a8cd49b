/** Several backups lie at a place: which one? Names, dates and fingerprints can be read before anything is opened. */
import { Radio, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { RequestResult } from '../../../shared/ipc/contract.ts';
import { useFormat } from '../../ui/use-format.ts';

export type FoundBackupChoice = RequestResult<'destinations:find'>[number];

export interface FoundBackupsProps {
  readonly found: readonly FoundBackupChoice[];
  /** The path of the chosen one. */
  readonly chosen: string | null;
  readonly onChoose: (found: FoundBackupChoice) => void;
}

export function FoundBackups({ found, chosen, onChoose }: FoundBackupsProps) {
  const { t } = useTranslation('connect');
  const format = useFormat();
  const when = (text: string | null): string =>
    text === null ? t('place.unknown') : format.dateTime(text);
  return (
    <Radio.Group
      label={t('place.several')}
      value={chosen ?? ''}
      onChange={(path) => {
        const one = found.find((each) => each.path === path);
        if (one !== undefined) onChoose(one);
      }}
    >
      <Stack gap="sm" mt="xs">
        {found.map(({ path, name, fingerprint, keyCreatedAt, newestFileAt }) => (
          <Radio
            key={path}
            value={path}
            label={t('place.foundIn', { name, fingerprint })}
            description={
              <Text span inherit>
                {path}
                <br />
                {t('place.foundDates', { made: when(keyCreatedAt), written: when(newestFileAt) })}
              </Text>
            }
          />
        ))}
      </Stack>
    </Radio.Group>
  );
}
