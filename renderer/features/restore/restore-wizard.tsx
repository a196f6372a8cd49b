/** The wizard up to the moment when the restore starts: archive, what, where, preview. Nothing is written before that. */
import { useMemo, useReducer } from 'react';
import { useTranslation } from 'react-i18next';
import type { Archive } from '../../../shared/model/archive.ts';
import { request } from '../../api/client.ts';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { useFormat } from '../../ui/use-format.ts';
import { useAttempt } from '../../ui/use-attempt.ts';
import { Waiting } from '../../ui/waiting.tsx';
import { WizardFrame } from '../../ui/wizard-frame.tsx';
import { ArchiveStep } from './archive-step.tsx';
import { PreviewStep } from './preview-step.tsx';
import {
  beginRestore,
  canEnter,
  chooseForRestore,
  neighbourStep,
  restoreSteps,
  toPlanRequest,
  type RestoreStep,
} from './restore-choices.ts';
import { useArchiveTree } from './use-archive-tree.ts';
import { useRestorePreview } from './use-restore-preview.ts';
import { wayOut } from './way-out.ts';
import { WhatStep } from './what-step.tsx';
import { WhereStep } from './where-step.tsx';

export interface RestoreWizardProps {
  readonly destinationId: string;
  readonly archives: readonly Archive[];
  /** Where the person came from; null to choose one first. */
  readonly archive: Archive | null;
  readonly onStarted: (jobId: string) => void;
  readonly onLeave: () => void;
}

export function RestoreWizard(props: RestoreWizardProps) {
  const { destinationId, archives, archive, onStarted, onLeave } = props;
  const { t } = useTranslation('restore');
  const format = useFormat();
  const [choices, choose] = useReducer(chooseForRestore, archive, beginRestore);
  const { busy, failure, run, forget } = useAttempt();
  const { step } = choices;
  const tree = useArchiveTree(destinationId, choices.archive, t('what.all'));
  const planRequest = useMemo(
    () => (step === 'preview' ? toPlanRequest(choices, destinationId) : null),
    [step, choices, destinationId],
  );
  const { preview, isMaking, error: previewError, again } = useRestorePreview(planRequest);
  const when = choices.archive === null ? '' : format.dateTime(choices.archive.time);
  const next = neighbourStep(step, 1);
  const back = neighbourStep(step, -1);

  function go(to: RestoreStep): void {
    forget();
    choose({ type: 'go', step: to });
  }

  async function start(restorePlanId: string): Promise<void> {
    await run(async () => {
      const { jobId } = await request('restore:start', { restorePlanId });
      onStarted(jobId);
    });
  }

  function notice(error: unknown) {
    const way = wayOut(error);
    return (
      <ErrorNotice
        error={error}
        actionLabel={t(`wayOut.${way}`)}
        onAction={() => {
          forget();
          if (way === 'again') again();
          else go(way);
        }}
      />
    );
  }

  return (
    <WizardFrame
      title={t(`${step}.title`)}
      {...(step === 'archive' || step === 'what' ? { text: t(`${step}.text`) } : {})}
      steps={restoreSteps.map((each) => t(`steps.${each}`))}
      active={restoreSteps.indexOf(step)}
      fills={step === 'archive' || step === 'what'}
      onLeave={onLeave}
      leaveLabel={t('nav.leave')}
      {...(back === null
        ? {}
        : {
            onBack: () => {
              go(back);
            },
          })}
      backLabel={t('nav.back')}
      nextLabel={next === null ? t('nav.start') : t('nav.next')}
      nextDisabled={
        next === null ? preview === null || !preview.enoughSpace : !canEnter(choices, next)
      }
      nextLoading={busy}
      onNext={() => {
        if (next !== null) go(next);
        else if (preview !== null) void start(preview.restorePlanId);
      }}
    >
      {step === 'archive' && (
        <ArchiveStep
          archives={archives}
          chosen={choices.archive}
          onChoose={(chosen) => {
            choose({ type: 'archive', archive: chosen });
          }}
        />
      )}
      {step === 'what' && tree !== null && (
        <WhatStep
          tree={tree}
          label={t('what.tree', { when })}
          selection={choices.selection}
          onSelect={(selection) => {
            choose({ type: 'set', values: { selection } });
          }}
        />
      )}
      {step === 'where' && <WhereStep choices={choices} onChoose={choose} />}
      {isMaking && <Waiting text={t('preview.making')} hint={t('preview.makingHint')} />}
      {step === 'preview' && previewError !== null && notice(previewError)}
      {step === 'preview' && failure !== null && preview !== null && notice(failure.error)}
      {preview !== null && (
        <PreviewStep
          preview={preview}
          policy={choices.conflictPolicy}
          toOriginal={choices.targetKind === 'original'}
          when={when}
          onAgain={again}
        />
      )}
    </WizardFrame>
  );
}
