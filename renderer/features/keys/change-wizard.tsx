/** A new secret for a backup that is open here: chosen, saved, proved, and only then put in the place of the old one. */
import { Button, Stack, Text } from '@mantine/core';
import { useEffect, useReducer, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppState, DestinationView, SecretSource } from '../../../shared/ipc/contract.ts';
import type { SecretKind } from '../../../shared/model/protection.ts';
import { request } from '../../api/client.ts';
import { FactList } from '../../ui/fact-list.tsx';
import { FailureNotice } from '../../ui/failure-notice.tsx';
import { OutcomeNotice } from '../../ui/outcome-notice.tsx';
import { useAttempt } from '../../ui/use-attempt.ts';
import { WizardFrame } from '../../ui/wizard-frame.tsx';
import { ProtectionStep } from '../setup/protection-step.tsx';
import { ProveStep } from '../setup/prove-step.tsx';
import { SaveStep } from '../setup/save-step.tsx';
import { canGoOn, chooseInSetup, noChoices, protectionOf } from '../setup/setup-choices.ts';

export interface ChangeWizardProps {
  readonly destination: DestinationView;
  readonly keychain: AppState['keychain'];
  /** `takenOut`: what was made and is not in use may be in a password manager or on a sheet of paper already. */
  readonly onLeave: (takenOut: SecretKind | null) => void;
  /** The secret is changed. `oldStillOpens`: its last step is still to be done. */
  readonly onDone: (oldStillOpens: boolean) => void;
  readonly onStartFresh: () => void;
}

const steps = ['protection', 'save', 'prove', 'finish'] as const;
type Step = (typeof steps)[number];

export function ChangeWizard(props: ChangeWizardProps) {
  const { destination, keychain, onLeave, onDone, onStartFresh } = props;
  const { t } = useTranslation(['keys', 'setup']);
  const [choices, choose] = useReducer(chooseInSetup, { ...noChoices, step: 'protection' });
  const [step, setStep] = useState<Step>('protection');
  const { busy, failure, run } = useAttempt();
  const [takenOut, setTakenOut] = useState<SecretKind | null>(null);
  const { id: destinationId, place, protection } = destination;
  const [keyIdBefore] = useState(protection.keyId);
  const { draft, kind, proof } = choices;
  const draftId = draft?.draftId ?? null;
  const index = steps.indexOf(step);
  useEffect(() => {
    if (draftId === null) return undefined;
    return () => {
      request('protection:discard-draft', { draftId }).catch(() => undefined);
    };
  }, [draftId]);

  function go(to: Step): void {
    choose({ type: 'go', step: to });
    setStep(to);
  }

  function goOn(): void {
    void run(async () => {
      if (step === 'protection' && draft?.kind !== kind) {
        const made = await request('protection:make-draft', { kind, destinationId });
        choose({ type: 'draft', draft: made });
      }
      if (step === 'prove' && kind === 'password') choose({ type: 'proof', proof: 'proved' });
      const next = steps[index + 1];
      if (next !== undefined) {
        go(next);
        return;
      }
      const chosen = protectionOf(choices);
      if (chosen === null) return;
      const { oldStillOpens } = await request('keys:change', { destinationId, protection: chosen });
      onDone(oldStillOpens);
    });
  }

  function leave(): void {
    // An attempt that failed late has put the new one in the place of the old all the same.
    if (protection.keyId === keyIdBefore) onLeave(takenOut);
    else onDone(protection.retiringKeyId !== null);
  }

  const isUnproved = step === 'prove' && proof !== 'proved';
  const source: SecretSource = {
    kind: 'draft',
    draftId: draftId ?? '',
    destinationGrant: null,
    sourceGrants: [],
    password: kind === 'password' ? choices.password : null,
  };
  return (
    <WizardFrame
      title={titleOf(step)}
      text={textOf(step)}
      steps={steps.map((each) => t(`keys:change.steps.${each}`))}
      active={index}
      onLeave={leave}
      leaveLabel={t('keys:change.leave')}
      onBack={
        index === 0
          ? undefined
          : () => {
              go(steps[index - 1] ?? 'protection');
            }
      }
      backLabel={t('keys:change.back')}
      nextLabel={t(step === 'finish' ? 'keys:change.action' : 'keys:change.next')}
      nextDisabled={!canGoOn(choices) || (isUnproved && kind === 'key')}
      nextLoading={busy}
      holds={busy && step === 'finish'}
      onNext={goOn}
      aside={
        isUnproved && keychain === 'available' ? (
          <Button
            variant="subtle"
            onClick={() => {
              choose({ type: 'proof', proof: 'postponed' });
              go('finish');
            }}
          >
            {t('setup:prove.later')}
          </Button>
        ) : undefined
      }
    >
      <Stack gap="lg">
        {step === 'protection' && (
          <>
            <ProtectionStep choices={choices} onChoose={choose} />
            <OutcomeNotice tone="warning" title={t('keys:change.leak.title')}>
              <Text size="sm">{t('keys:change.leak.text')}</Text>
              <Button mt="sm" size="xs" variant="default" onClick={onStartFresh}>
                {t('keys:change.leak.action')}
              </Button>
            </OutcomeNotice>
          </>
        )}
        {step === 'save' && draft !== null && (
          <SaveStep
            draft={draft}
            source={source}
            place={place}
            onTakenOut={() => {
              setTakenOut(draft.kind);
            }}
          />
        )}
        {step === 'prove' && <ProveStep choices={choices} keychain={keychain} onChoose={choose} />}
        {step === 'finish' && (
          <>
            <FactList
              facts={[
                [t('keys:change.finish.from'), t(`keys:kinds.${protection.kind}`)],
                [t('keys:change.finish.to'), t(`keys:kinds.${kind}`)],
              ]}
            />
            {proof === 'postponed' && (
              <OutcomeNotice tone="warning" title={t('setup:finish.unproved')}>
                <Text size="sm">{t('keys:change.finish.unproved')}</Text>
              </OutcomeNotice>
            )}
            <Text size="sm">{t('keys:change.finish.others')}</Text>
            <Text size="sm" c="dimmed">
              {t('keys:change.finish.versions')}
            </Text>
          </>
        )}
        <FailureNotice failure={failure} />
        {failure !== null && step === 'finish' && (
          <Text size="sm">{t('keys:change.keepBoth')}</Text>
        )}
      </Stack>
    </WizardFrame>
  );

  function titleOf(at: Step): string {
    if (at === 'protection') return t('keys:change.title');
    if (at === 'finish') return t('keys:change.finish.title');
    if (at === 'save') return t(kind === 'key' ? 'setup:save.title' : 'setup:save.passwordTitle');
    return t('setup:prove.title');
  }

  function textOf(at: Step): string {
    if (at === 'protection') return t('keys:change.text');
    if (at === 'finish') return t('keys:change.finish.text');
    if (at === 'save') return t(kind === 'key' ? 'setup:save.text' : 'setup:save.passwordText');
    return t(`setup:prove.${kind}Text`);
  }
}
