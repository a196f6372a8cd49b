/** The proof that the secret is saved: the key pasted or three groups typed; a password typed again. */
import { PasswordInput, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { AppState } from '../../../shared/ipc/contract.ts';
import { request } from '../../api/client.ts';
import { OutcomeNotice } from '../../ui/outcome-notice.tsx';
import { useOwnCopyCleared } from '../../ui/use-own-copy-cleared.ts';
import { ProveKey } from './prove-key.tsx';
import { samePassword, type SetupAction, type SetupChoices } from './setup-choices.ts';

export interface ProveStepProps extends ProofProps {
  readonly keychain: AppState['keychain'];
}

interface ProofProps {
  readonly choices: SetupChoices;
  readonly onChoose: (action: SetupAction) => void;
}

export function ProveStep({ choices, keychain, onChoose }: ProveStepProps) {
  const { t } = useTranslation('setup');
  return (
    <Stack gap="lg">
      {keychain !== 'available' && choices.proof !== 'proved' && (
        <OutcomeNotice tone="warning" title={t('prove.needed.title')}>
          <Text size="sm">{t(`prove.needed.${keychain}`)}</Text>
        </OutcomeNotice>
      )}
      <Proof choices={choices} onChoose={onChoose} />
    </Stack>
  );
}

function Proof({ choices, onChoose }: ProofProps) {
  if (choices.kind === 'password') {
    return <ProvePassword choices={choices} onChoose={onChoose} />;
  }
  if (choices.proof === 'proved') return <Proved />;
  if (choices.draft === null) return null;
  const { draftId, askedGroups } = choices.draft;
  return (
    <ProveKey
      askedGroups={askedGroups}
      judge={(proof) => request('protection:prove-key', { draftId, proof })}
      onProved={() => {
        onChoose({ type: 'proof', proof: 'proved' });
      }}
    />
  );
}

function Proved() {
  const { t } = useTranslation('setup');
  return <OutcomeNotice tone="good" title={t('prove.done')} takesFocus />;
}

function ProvePassword({ choices, onChoose }: ProofProps) {
  const { t } = useTranslation('setup');
  useOwnCopyCleared();
  const differs = choices.retyped.length >= choices.password.length && !samePassword(choices);
  return (
    <>
      <PasswordInput
        label={t('prove.retype')}
        value={choices.retyped}
        error={differs ? t('prove.differs') : null}
        maw={460}
        maxLength={300}
        autoComplete="off"
        spellCheck={false}
        visibilityToggleButtonProps={{ 'aria-label': t('common:showSecret') }}
        onChange={(event) => {
          onChoose({ type: 'retyped', retyped: event.currentTarget.value });
        }}
      />
      <Text size="sm" c="dimmed" aria-live="polite">
        {samePassword(choices) ? t('prove.same') : ''}
      </Text>
    </>
  );
}
