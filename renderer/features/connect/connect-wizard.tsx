/** "Restore from an existing backup": the folder, what is in it, the secret. A new computer needs nothing else. */
import { Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { HoldfastError } from '../../../shared/errors.ts';
import type { AppState } from '../../../shared/ipc/contract.ts';
import { request } from '../../api/client.ts';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { OutcomeNotice } from '../../ui/outcome-notice.tsx';
import { PlaceChooser } from '../places/place-chooser.tsx';
import { SecretField } from '../../ui/secret-field.tsx';
import { useAttempt } from '../../ui/use-attempt.ts';
import { WizardFrame } from '../../ui/wizard-frame.tsx';
import type { Place } from '../../view.ts';
import { FoundBackup } from './found-backup.tsx';
import { FoundBackups, type FoundBackupChoice } from './found-backups.tsx';

export interface ConnectWizardProps {
  readonly storages: AppState['storages'];
  /** The backup that was found while setting up: only its secret is asked for. */
  readonly found: Place | null;
  readonly onLeave: () => void;
  readonly onOpened: (destinationId: string) => void;
}

export function ConnectWizard({ storages, found: known, onLeave, onOpened }: ConnectWizardProps) {
  const { t } = useTranslation('connect');
  const [step, setStep] = useState<'place' | 'secret'>(known === null ? 'place' : 'secret');
  const [place, setPlace] = useState<Place | null>(known);
  const [found, setFound] = useState<readonly FoundBackupChoice[]>([]);
  /** Of several: at once, and not only when it has been looked at. */
  const [chosenPath, setChosenPath] = useState<string | null>(null);
  const [secret, setSecret] = useState('');
  const { busy, failure, run, forget, abandon } = useAttempt();
  const backup = place?.inspection.state === 'repository' ? place : null;
  const isWrong =
    failure?.error instanceof HoldfastError && failure.error.code === 'repo/wrong-secret';
  const isOther =
    failure?.error instanceof HoldfastError && failure.error.code === 'secret/of-another-backup';

  function open(grant: string): void {
    void run(async () => {
      const { destinationId } = await request('destinations:attach', { grant, secret });
      setSecret('');
      onOpened(destinationId);
    });
  }

  async function choose(one: FoundBackupChoice): Promise<void> {
    const { grant, path, name } = one;
    setChosenPath(path);
    const { kind, ...inspection } = await request('destinations:inspect', { grant });
    setPlace({ grant, path, name, kind, inspection });
  }

  function goBack(): void {
    forget();
    setSecret('');
    setStep('place');
  }

  return (
    <WizardFrame
      title={t(`${step}.title`)}
      text={t(`${step}.text`)}
      steps={[t('steps.place'), t('steps.secret')]}
      active={step === 'place' ? 0 : 1}
      onLeave={onLeave}
      leaveLabel={t('nav.leave')}
      onBack={step === 'place' ? undefined : goBack}
      backLabel={t('nav.back')}
      nextLabel={t(step === 'place' ? 'nav.next' : 'nav.open')}
      nextDisabled={backup === null || (step === 'secret' && secret.trim() === '')}
      nextLoading={busy}
      onNext={() => {
        if (step === 'place') setStep('secret');
        else if (backup !== null) open(backup.grant);
      }}
    >
      <Stack gap="md">
        {step === 'place' && (
          <PlaceChooser
            purpose="existing-repository"
            storages={storages}
            place={place}
            detail={null}
            onForget={() => {
              abandon();
              setPlace(null);
              setFound([]);
              setChosenPath(null);
            }}
            onChoose={(chosen) => {
              setPlace(chosen);
              setFound([]);
              setChosenPath(null);
              void run(async (isCurrent) => {
                const found = await request('destinations:find', { grant: chosen.grant });
                if (!isCurrent()) return;
                const isTheFolder = found.length === 1 && found[0]?.path === chosen.path;
                setFound(isTheFolder ? [] : found);
                const [only] = found;
                if (found.length === 1 && !isTheFolder && only !== undefined) await choose(only);
              });
            }}
          />
        )}
        {step === 'place' && found.length > 1 && (
          <FoundBackups
            found={found}
            chosen={chosenPath ?? place?.path ?? null}
            onChoose={(one) => void run(() => choose(one))}
          />
        )}
        {place !== null && backup === null && found.length === 0 && !busy && (
          <OutcomeNotice comesIntoView tone="warning" title={t('place.noBackup')}>
            <Text size="sm">{t(`place.noBackupText.${place.kind}`)}</Text>
          </OutcomeNotice>
        )}
        {backup !== null && <FoundBackup key={backup.grant} place={backup} />}
        {step === 'secret' && (
          <SecretField
            label={t('secret.label')}
            description={t('secret.hint')}
            value={secret}
            wrong={isWrong ? t('secret.wrong') : null}
            onChange={(text) => {
              setSecret(text);
              forget();
            }}
          />
        )}
        {failure !== null && (
          <ErrorNotice
            error={failure.error}
            {...(isWrong || isOther
              ? {}
              : { onAction: failure.again, actionLabel: t('nav.retry') })}
          />
        )}
      </Stack>
    </WizardFrame>
  );
}
