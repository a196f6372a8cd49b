/** The secret comes back from where it is kept; main compares and notes the date. */
import { Stack } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RequestParams, RequestResult } from '../../../shared/ipc/contract.ts';
import type { SecretKind } from '../../../shared/model/protection.ts';
import { request } from '../../api/client.ts';
import { BusyButton } from '../../ui/busy-button.tsx';
import { FailureNotice } from '../../ui/failure-notice.tsx';
import { OutcomeNotice } from '../../ui/outcome-notice.tsx';
import { SecretField } from '../../ui/secret-field.tsx';
import { useAttempt } from '../../ui/use-attempt.ts';
import { useOwnCopyCleared } from '../../ui/use-own-copy-cleared.ts';
import { ProveKey } from '../setup/prove-key.tsx';

export interface ProveFormProps {
  readonly destinationId: string;
  readonly kind: SecretKind;
  /** What is said when it is right. */
  readonly good: string;
}

type Judge = (
  proof: RequestParams<'protection:prove-saved'>['proof'],
) => Promise<RequestResult<'protection:prove-saved'>>;

export function ProveForm({ destinationId, kind, good }: ProveFormProps) {
  const [isProved, setIsProved] = useState(false);
  const askedGroups = useAskedGroups(destinationId, kind);
  const judge: Judge = (proof) => request('protection:prove-saved', { destinationId, proof });
  const onProved = (): void => {
    setIsProved(true);
  };
  if (isProved) return <OutcomeNotice tone="good" title={good} takesFocus />;
  return kind === 'key' ? (
    <ProveKey askedGroups={askedGroups} judge={judge} onProved={onProved} />
  ) : (
    <ProvePassword judge={judge} onProved={onProved} />
  );
}

/** Main picks them. None until it has answered. */
function useAskedGroups(destinationId: string, kind: SecretKind): readonly number[] {
  const [askedGroups, setAskedGroups] = useState<readonly number[]>([]);
  useEffect(() => {
    if (kind === 'password') return;
    request('protection:ask-groups', { destinationId })
      .then((answer) => setAskedGroups(answer.askedGroups))
      // The whole key can be pasted all the same.
      .catch(() => undefined);
  }, [destinationId, kind]);
  return askedGroups;
}

interface ProvePasswordProps {
  readonly judge: Judge;
  readonly onProved: () => void;
}

function ProvePassword({ judge, onProved }: ProvePasswordProps) {
  const { t } = useTranslation('keys');
  const [password, setPassword] = useState('');
  const [isWrong, setIsWrong] = useState(false);
  const { busy, failure, run, forget } = useAttempt();
  useOwnCopyCleared();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        event.stopPropagation();
        void run(async () => {
          const { proved } = await judge({ how: 'pasted', text: password });
          if (proved) onProved();
          else setIsWrong(true);
        });
      }}
    >
      <Stack gap="sm">
        <SecretField
          label={t('prove.password')}
          value={password}
          wrong={isWrong ? t('prove.wrong') : null}
          onChange={(text) => {
            setPassword(text);
            setIsWrong(false);
            forget();
          }}
        />
        <FailureNotice failure={failure} />
        <BusyButton
          type="submit"
          variant="default"
          w="fit-content"
          busy={busy}
          disabled={password.trim() === ''}
        >
          {t('prove.check')}
        </BusyButton>
      </Stack>
    </form>
  );
}
