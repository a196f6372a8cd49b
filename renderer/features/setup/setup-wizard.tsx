/** Set-up from the folders to the first backup. Each step can be gone back to; nothing is written before the last one. */
import { Button, Stack } from '@mantine/core';
import { useEffect, useReducer } from 'react';
import { useTranslation } from 'react-i18next';
import { HoldfastError } from '../../../shared/errors.ts';
import type { AppState } from '../../../shared/ipc/contract.ts';
import { request } from '../../api/client.ts';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { useAttempt } from '../../ui/use-attempt.ts';
import { WizardFrame } from '../../ui/wizard-frame.tsx';
import type { Place } from '../../view.ts';
import { FinishStep } from './finish-step.tsx';
import { FoldersStep } from './folders-step.tsx';
import { PlaceStep } from './place-step.tsx';
import { ProtectionStep } from './protection-step.tsx';
import { ProveStep } from './prove-step.tsx';
import { SaveStep } from './save-step.tsx';
import {
  canGoOn,
  checkedGrants,
  chooseInSetup,
  neighbour,
  noChoices,
  setupSteps,
  stepToMend,
  toFinishRequest,
  type SetupStep,
} from './setup-choices.ts';
import { totalSize } from './total-size.ts';
import { useFreshStart } from './use-fresh-start.ts';
import { useMeasures } from './use-measures.ts';
import { useSuggestedFolders } from './use-suggested-folders.ts';

export interface SetupWizardProps {
  readonly storages: AppState['storages'];
  readonly keychain: AppState['keychain'];
  /** "Start fresh": a new backup of the same folders beside this destination's, which is not written to any more. */
  readonly replacesDestinationId: string | null;
  readonly onDone: () => void;
  readonly onLeave: () => void;
  /** "Open the existing backup" that was found at a place. */
  readonly onConnect: (place: Place) => void;
}

export function SetupWizard(props: SetupWizardProps) {
  const { storages, keychain, replacesDestinationId, onDone, onLeave, onConnect } = props;
  const { t } = useTranslation('setup');
  const [choices, choose] = useReducer(chooseInSetup, noChoices);
  const measures = useMeasures(choices.folders);
  const { busy, failure, run, forget } = useAttempt();
  const { step, kind, draft, proof } = choices;
  const back = neighbour(step, -1);
  const next = neighbour(step, 1);
  const draftId = draft?.draftId ?? null;
  const suggestAgain = useSuggestedFolders(choose);
  useFreshStart(replacesDestinationId, choose);
  // A key that was made and not used is forgotten when the wizard is left.
  useEffect(() => {
    if (draftId === null) return undefined;
    return () => {
      request('protection:discard-draft', { draftId }).catch(() => undefined);
    };
  }, [draftId]);

  async function go(to: SetupStep): Promise<void> {
    await run(async () => {
      if (to === 'save' && draft?.kind !== kind) {
        const made = await request('protection:make-draft', { kind, destinationId: null });
        choose({ type: 'draft', draft: made });
      }
      choose({ type: 'go', step: to });
    });
  }

  async function goOn(): Promise<void> {
    if (next !== null) {
      if (step === 'prove' && kind === 'password') choose({ type: 'proof', proof: 'proved' });
      await go(next);
      return;
    }
    const params = toFinishRequest(choices, replacesDestinationId);
    if (params === null) return;
    await run(async () => {
      await request('setup:finish', params);
      onDone();
    });
  }

  const isUnproved = step === 'prove' && proof !== 'proved';
  return (
    <WizardFrame
      title={t(step === 'save' && kind === 'password' ? 'save.passwordTitle' : `${step}.title`)}
      text={textOf()}
      steps={setupSteps.map((each) => t(`steps.${each}`))}
      active={setupSteps.indexOf(step)}
      onLeave={onLeave}
      leaveLabel={t('nav.leave')}
      onBack={back === null ? undefined : () => void go(back)}
      backLabel={t('nav.back')}
      nextLabel={t(next === null ? 'nav.finish' : 'nav.next')}
      nextDisabled={!canGoOn(choices) || (isUnproved && kind === 'key')}
      nextLoading={busy}
      holds={busy && step === 'finish'}
      onNext={() => void goOn()}
      aside={
        isUnproved && keychain === 'available' ? (
          <Button
            variant="subtle"
            onClick={() => {
              choose({ type: 'proof', proof: 'postponed' });
              void go('finish');
            }}
          >
            {t('prove.later')}
          </Button>
        ) : undefined
      }
    >
      <Stack gap="lg">
        {step === 'folders' && (
          <FoldersStep folders={choices.folders} measures={measures} onChoose={choose} />
        )}
        {step === 'place' && (
          <PlaceStep
            storages={storages}
            place={choices.place}
            needed={totalSize(choices.folders, measures)}
            onChoose={(place) => {
              choose({ type: 'place', place });
            }}
            onForget={() => {
              choose({ type: 'forget-place' });
            }}
            onConnect={onConnect}
          />
        )}
        {step === 'protection' && <ProtectionStep choices={choices} onChoose={choose} />}
        {step === 'save' && draft !== null && (
          <SaveStep
            draft={draft}
            source={{
              kind: 'draft',
              draftId: draft.draftId,
              destinationGrant: choices.place?.grant ?? null,
              sourceGrants: checkedGrants(choices),
              password: kind === 'password' ? choices.password : null,
            }}
            place={choices.place?.path ?? ''}
          />
        )}
        {step === 'prove' && <ProveStep choices={choices} keychain={keychain} onChoose={choose} />}
        {step === 'finish' && <FinishStep choices={choices} />}
        {failure !== null && (
          <SetupFailure
            error={failure.error}
            again={failure.again}
            onMend={(to) => {
              forget();
              if (isExpired(failure.error)) {
                choose({ type: to === 'folders' ? 'forget-folders' : 'forget-place' });
                if (to === 'folders') suggestAgain();
              }
              void go(to);
            }}
          />
        )}
      </Stack>
    </WizardFrame>
  );

  function textOf(): string {
    if (step === 'prove') return t(`prove.${kind}Text`);
    return t(step === 'save' && kind === 'password' ? 'save.passwordText' : `${step}.text`);
  }
}

function isExpired(error: unknown): boolean {
  return error instanceof HoldfastError && error.code === 'ipc/grant-expired';
}

interface SetupFailureProps {
  readonly error: unknown;
  readonly again: () => void;
  readonly onMend: (step: SetupStep) => void;
}

/** Leads to the step where something can be done about it, or tries once more. */
function SetupFailure({ error, again, onMend }: SetupFailureProps) {
  const { t } = useTranslation(['setup', 'common']);
  const step = error instanceof HoldfastError ? stepToMend(error.code, error.context) : null;
  return (
    <ErrorNotice
      error={error}
      actionLabel={step === null ? t('common:actions.retry') : t(`mend.${step}`)}
      onAction={() => {
        if (step === null) again();
        else onMend(step);
      }}
    />
  );
}
