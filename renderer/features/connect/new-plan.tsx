/** "Continue backing up to this destination": the folders, and the plan is there. */
import { Stack } from '@mantine/core';
import { useReducer } from 'react';
import { useTranslation } from 'react-i18next';
import { request } from '../../api/client.ts';
import { FailureNotice } from '../../ui/failure-notice.tsx';
import { useAttempt } from '../../ui/use-attempt.ts';
import { WizardFrame } from '../../ui/wizard-frame.tsx';
import { FoldersStep } from '../setup/folders-step.tsx';
import { canGoOn, chooseInSetup, noChoices } from '../setup/setup-choices.ts';
import { useMeasures } from '../setup/use-measures.ts';
import { useSuggestedFolders } from '../setup/use-suggested-folders.ts';

export interface NewPlanProps {
  readonly destinationId: string;
  readonly onDone: () => void;
  readonly onLeave: () => void;
}

export function NewPlan({ destinationId, onDone, onLeave }: NewPlanProps) {
  const { t } = useTranslation(['connect', 'setup']);
  const [choices, choose] = useReducer(chooseInSetup, noChoices);
  const measures = useMeasures(choices.folders);
  const { busy, failure, run } = useAttempt();
  useSuggestedFolders(choose, destinationId);

  function create(): void {
    void run(async () => {
      const checked = choices.folders.filter((folder) => folder.checked);
      const sourceGrants = checked.map(({ grant }) => grant);
      const { planId } = await request('plans:create', { destinationId, sourceGrants });
      // The plan is there from here on: should its first run not start, Status says so and offers it again.
      await request('jobs:start-backup', { planId }).catch(() => undefined);
      onDone();
    });
  }

  return (
    <WizardFrame
      title={t('continue.title')}
      text={t('continue.text')}
      steps={[t('setup:steps.folders')]}
      active={0}
      onLeave={onLeave}
      leaveLabel={t('nav.leave')}
      backLabel={t('nav.back')}
      nextLabel={t('continue.start')}
      nextDisabled={!canGoOn(choices)}
      nextLoading={busy}
      onNext={create}
    >
      <Stack gap="md">
        <FoldersStep folders={choices.folders} measures={measures} onChoose={choose} />
        <FailureNotice failure={failure} />
      </Stack>
    </WizardFrame>
  );
}
