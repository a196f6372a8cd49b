/** Which password manager, and how it gets the entry. */
import { Button, Group, NativeSelect, PasswordInput, Radio, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SecretSource } from '../../../shared/ipc/contract.ts';
import { encryptedForms } from '../../../shared/model/key-export.ts';
import type { SecretKind } from '../../../shared/model/protection.ts';
import { request } from '../../api/client.ts';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { OutcomeNotice } from '../../ui/outcome-notice.tsx';
import { useAttempt } from '../../ui/use-attempt.ts';
import {
  isPlain,
  isProgram,
  managers,
  MIN_FILE_PASSWORD,
  providerOfBoth,
  waysFor,
  type ExportWay,
  type Manager,
} from './export-choices.ts';
import type { Exported } from './export-done.tsx';
import { useKitLanguage } from './use-language.ts';
import { BusyButton } from '../../ui/busy-button.tsx';

export interface ExportFormProps {
  readonly source: SecretSource;
  readonly kind: SecretKind;
  readonly fingerprint: string;
  readonly place: string;
  readonly onExported: (exported: Exported) => void;
  readonly onClose: () => void;
}

export function ExportForm(props: ExportFormProps) {
  const { source, kind, fingerprint, place, onExported, onClose } = props;
  const { t } = useTranslation('keys');
  const language = useKitLanguage();
  const { data: installed = [] } = useQuery({
    queryKey: ['keys:programs'],
    queryFn: () => request('keys:programs', {}),
  });
  const [manager, setManager] = useState<Manager>('bitwarden');
  const [chosen, setChosen] = useState<ExportWay | null>(null);
  const [filePassword, setFilePassword] = useState('');
  const [again, setAgain] = useState('');
  const [ownPassword, setOwnPassword] = useState('');
  const { busy, failure, run, forget } = useAttempt();
  const ways = waysFor(manager, installed);
  const provider = providerOfBoth(manager, place);
  const way = chosen !== null && ways.includes(chosen) ? chosen : ways[0];
  const isEncrypted = way !== undefined && !isProgram(way) && encryptedForms.has(way);
  // In set-up the password is still at hand.
  const asksOwnPassword = kind === 'password' && source.password === null;
  const isFilePasswordGood =
    !isEncrypted || (filePassword.length >= MIN_FILE_PASSWORD && filePassword === again);

  const hasSecret = !asksOwnPassword || ownPassword !== '';

  function go(): void {
    if (way === undefined || !isFilePasswordGood) return;
    const password = ownPassword === '' ? source.password : ownPassword;
    const full = { ...source, password };
    void run(async () => {
      if (isProgram(way)) {
        await request('keys:hand-over', { source: full, program: way, language });
        onExported({ way, path: null, hasSecret: kind === 'key' || password !== null });
        return;
      }
      const { path } = await request('keys:export', {
        source: full,
        form: way,
        filePassword: isEncrypted ? filePassword : null,
        language,
      });
      if (path !== null) {
        onExported({ way, path, hasSecret: kind === 'key' || password !== null });
      }
    });
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        // The wizard around the dialog would take it for "Next".
        event.stopPropagation();
        go();
      }}
    >
      <Stack gap="md">
        <NativeSelect
          data-autofocus
          label={t('export.manager')}
          value={manager}
          data={managers.map((value) => ({ value, label: t(`export.managers.${value}`) }))}
          onChange={(event) => {
            setManager(event.currentTarget.value as Manager);
            setChosen(null);
            forget();
          }}
        />
        {way === undefined ? (
          <Text size="sm">
            {t(kind === 'key' ? 'export.other.text' : 'export.other.textPassword', { fingerprint })}
          </Text>
        ) : (
          <Radio.Group
            label={t('export.form')}
            value={way}
            onChange={(value) => {
              setChosen(value);
            }}
          >
            <Stack gap={6} mt={4}>
              {ways.map((each) => (
                <Radio key={each} value={each} label={t(`export.forms.${each}`)} />
              ))}
            </Stack>
          </Radio.Group>
        )}
        {isEncrypted && (
          <FilePassword
            hint={t(way === 'kdbx' ? 'export.databasePasswordHint' : 'export.filePasswordHint')}
            value={filePassword}
            again={again}
            onChange={setFilePassword}
            onChangeAgain={setAgain}
          />
        )}
        {asksOwnPassword && way !== undefined && (
          <PasswordInput
            label={t('export.ownPassword')}
            description={t('export.ownPasswordHint')}
            value={ownPassword}
            maxLength={300}
            autoComplete="off"
            spellCheck={false}
            visibilityToggleButtonProps={{ 'aria-label': t('common:showSecret') }}
            onChange={(event) => {
              setOwnPassword(event.currentTarget.value);
            }}
          />
        )}
        {way !== undefined && isPlain(way) && hasSecret && (
          <OutcomeNotice tone="warning" title={t('export.plain.title')}>
            <Text size="sm">{t('export.plain.text')}</Text>
          </OutcomeNotice>
        )}
        {provider !== null && (
          <OutcomeNotice tone="warning" title={t(`export.sameProvider.${provider}.title`)}>
            <Text size="sm">{t(`export.sameProvider.${provider}.text`)}</Text>
          </OutcomeNotice>
        )}
        {failure !== null && <ErrorNotice error={failure.error} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            {t(way === undefined ? 'export.close' : 'export.cancel')}
          </Button>
          {way !== undefined && (
            <BusyButton type="submit" busy={busy} disabled={!isFilePasswordGood}>
              {t(isProgram(way) ? 'export.handOver' : 'export.save')}
            </BusyButton>
          )}
        </Group>
      </Stack>
    </form>
  );
}

interface FilePasswordProps {
  readonly hint: string;
  readonly value: string;
  readonly again: string;
  readonly onChange: (value: string) => void;
  readonly onChangeAgain: (value: string) => void;
}

function FilePassword({ hint, value, again, onChange, onChangeAgain }: FilePasswordProps) {
  const { t } = useTranslation('keys');
  const common = {
    maxLength: 300,
    autoComplete: 'off',
    spellCheck: false,
    visibilityToggleButtonProps: { 'aria-label': t('common:showSecret') },
  } as const;
  const isShort = value !== '' && value.length < MIN_FILE_PASSWORD;
  return (
    <>
      <PasswordInput
        {...common}
        label={t('export.filePassword')}
        description={hint}
        value={value}
        error={isShort ? t('export.filePasswordShort') : null}
        onChange={(event) => {
          onChange(event.currentTarget.value);
        }}
      />
      <PasswordInput
        {...common}
        label={t('export.filePasswordAgain')}
        value={again}
        error={again.length >= value.length && again !== value ? t('export.differs') : null}
        onChange={(event) => {
          onChangeAgain(event.currentTarget.value);
        }}
      />
    </>
  );
}
