/** Storage that speaks the S3 protocol: where it is, and the keys that it gave. */
import { Checkbox, Group, PasswordInput, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { GrantedFolder, PlacePurpose } from '../../../shared/ipc/contract.ts';
import { request } from '../../api/client.ts';
import { BusyButton } from '../../ui/busy-button.tsx';
import { isComplete, noS3Fields, toS3Request, type S3Fields } from './s3-fields.ts';

export interface S3PlaceProps {
  readonly purpose: PlacePurpose;
  readonly busy: boolean;
  readonly onUse: (find: () => Promise<GrantedFolder>) => Promise<boolean>;
  /** Another place is written down than the one that was found. */
  readonly onChange: () => void;
}

const lines = ['endpoint', 'region', 'bucket', 'path', 'accessKeyId'] as const;

export function S3Place({ purpose, busy, onUse, onChange }: S3PlaceProps) {
  const { t } = useTranslation(['places', 'common']);
  const [fields, setFields] = useState<S3Fields>(noS3Fields);

  function set(change: Partial<S3Fields>): void {
    setFields((known) => ({ ...known, ...change }));
  }

  function edit(change: Partial<S3Fields>): void {
    onChange();
    set(change);
  }

  async function use(): Promise<void> {
    const isDone = await onUse(() => request('places:s3', { purpose, ...toS3Request(fields) }));
    if (isDone) set({ secretAccessKey: '' });
  }

  return (
    // The wizard around it is the form; Enter in these fields means this button.
    <Stack
      gap="sm"
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || !(event.target instanceof HTMLInputElement)) return;
        event.preventDefault();
        if (isComplete(fields) && !busy) void use();
      }}
    >
      <Text size="sm">{t('s3.text')}</Text>
      <SimpleGrid cols={2} spacing="sm">
        {lines.map((name) => (
          <TextInput
            key={name}
            label={t(`s3.${name}`)}
            placeholder={t(`s3.example.${name}`)}
            value={fields[name]}
            maxLength={500}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => {
              edit({ [name]: event.currentTarget.value });
            }}
          />
        ))}
        <PasswordInput
          label={t('s3.secretAccessKey')}
          value={fields.secretAccessKey}
          maxLength={300}
          autoComplete="off"
          spellCheck={false}
          visibilityToggleButtonProps={{ 'aria-label': t('common:showSecret') }}
          onChange={(event) => {
            edit({ secretAccessKey: event.currentTarget.value });
          }}
        />
      </SimpleGrid>
      <Checkbox
        label={t('s3.pathStyle')}
        description={t('s3.pathStyleHint')}
        checked={fields.pathStyle}
        onChange={(event) => {
          edit({ pathStyle: event.currentTarget.checked });
        }}
      />
      <Group>
        <BusyButton busy={busy} disabled={!isComplete(fields)} onClick={() => void use()}>
          {t('s3.use')}
        </BusyButton>
      </Group>
    </Stack>
  );
}
