/** The secret comes back from where it is kept; main compares and notes the date. */
import { Stack } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SecretKind } from '../../../shared/model/protection.ts';
import { request } from '../../api/client.ts';
import { FailureNotice } from '../../ui/failure-notice.tsx';
import { OutcomeNotice } from '../../ui/outcome-notice.tsx';
import { SecretField } from '../../ui/secret-field.tsx';
import { useAttempt } from '../../ui/use-attempt.ts';
import { useOwnCopyCleared } from '../../ui/use-own-copy-cleared.ts';
import { BusyButton } from '../../ui/busy-button.tsx';

export interface ProveFormProps {
  readonly destinationId: string;
  readonly kind: SecretKind;
  /** What is said when it is right. */
  readonly good: string;
}

export function ProveForm({ destinationId, kind, good }: ProveFormProps) {
  const { t } = useTranslation('keys');
  const [secret, setSecret] = useState('');
  const [outcome, setOutcome] = useState<'good' | 'wrong' | null>(null);
  const { busy, failure, run, forget } = useAttempt();
  useOwnCopyCleared();
  if (outcome === 'good') return <OutcomeNotice tone="good" title={good} takesFocus />;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        event.stopPropagation();
        void run(async () => {
          const { proved } = await request('protection:prove-saved', { destinationId, secret });
          setOutcome(proved ? 'good' : 'wrong');
          if (proved) setSecret('');
        });
      }}
    >
      <Stack gap="sm">
        <SecretField
          label={t(`prove.label.${kind}`)}
          value={secret}
          wrong={outcome === 'wrong' ? t(`prove.wrong.${kind}`) : null}
          onChange={(text) => {
            setSecret(text);
            setOutcome(null);
            forget();
          }}
        />
        <FailureNotice failure={failure} />
        <BusyButton
          type="submit"
          variant="default"
          w="fit-content"
          busy={busy}
          disabled={secret.trim() === ''}
        >
          {t('prove.check')}
        </BusyButton>
      </Stack>
    </form>
  );
}
