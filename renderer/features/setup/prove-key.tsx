/** The key comes back from where it was saved: pasted whole, or three groups of it typed. Main judges it. */
import { Divider, Group, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RequestParams, RequestResult } from '../../../shared/ipc/contract.ts';
import { parseRecoveryKey } from '../../../shared/recovery-key.ts';
import { FailureNotice } from '../../ui/failure-notice.tsx';
import { OutcomeNotice } from '../../ui/outcome-notice.tsx';
import { SecretField } from '../../ui/secret-field.tsx';
import { useAttempt } from '../../ui/use-attempt.ts';
import { useKeyProblem } from '../../ui/use-key-problem.ts';
import { useOwnCopyCleared } from '../../ui/use-own-copy-cleared.ts';
import styles from './setup.module.css';
import { BusyButton } from '../../ui/busy-button.tsx';

type Proof = RequestParams<'protection:prove-key'>['proof'];

/** So many wrong groups are no slips of the finger: it is another key. */
const MANY_GROUPS = 8;

interface WrongProof {
  readonly how: Proof['how'];
  /** Empty: it is not a key at all. */
  readonly groups: readonly number[];
}

export interface ProveKeyProps {
  /** Which groups can be typed in the place of the whole key; none: only the whole key will do. */
  readonly askedGroups: readonly number[];
  readonly judge: (proof: Proof) => Promise<RequestResult<'protection:prove-key'>>;
  readonly onProved: () => void;
}

export function ProveKey({ askedGroups, judge, onProved }: ProveKeyProps) {
  const { t } = useTranslation('setup');
  const sayProblem = useKeyProblem();
  const [pasted, setPasted] = useState('');
  const [typed, setTyped] = useState<readonly string[]>([]);
  const [wrong, setWrong] = useState<WrongProof | null>(null);
  const { busy, failure, run } = useAttempt();
  useOwnCopyCleared();
  const parsed = parseRecoveryKey(pasted);
  const problem = pasted.trim() === '' || parsed.ok ? null : sayProblem(parsed.problem);
  const groups = askedGroups.map((group, index) => ({ group, text: typed[index] ?? '' }));
  const isTyped = groups.length > 0 && groups.every(({ text }) => text.trim().length >= 4);

  function prove(proof: Proof): void {
    setWrong(null);
    void run(async () => {
      const judged = await judge(proof);
      if (judged.proved) onProved();
      else setWrong({ how: proof.how, groups: judged.wrongGroups });
    });
  }

  function explain({ groups: wrongOnes }: WrongProof): string {
    if (wrongOnes.length === 0) return t('prove.notKey');
    if (wrongOnes.length > MANY_GROUPS) return t('prove.otherKey');
    return t('prove.wrongGroups', { groups: wrongOnes.join(', '), count: wrongOnes.length });
  }

  return (
    <Stack gap="md">
      <SecretField
        label={t('prove.paste')}
        description={t('prove.pasteHint')}
        value={pasted}
        wrong={problem}
        onEnter={() => {
          if (parsed.ok) prove({ how: 'pasted', text: pasted });
        }}
        onChange={(text) => {
          setPasted(text);
          setWrong(null);
        }}
      />
      <BusyButton
        className={styles['fixed'] ?? ''}
        w="fit-content"
        variant={parsed.ok ? 'filled' : 'default'}
        disabled={!parsed.ok}
        busy={busy}
        onClick={() => {
          prove({ how: 'pasted', text: pasted });
        }}
      >
        {t('prove.checkPasted')}
      </BusyButton>
      {askedGroups.length > 0 && (
        <>
          <Divider label={t('prove.or')} />
          <Text size="sm">{t('prove.groups')}</Text>
          <Group align="end" gap="sm">
            {groups.map(({ group, text }, index) => (
              <TextInput
                key={group}
                label={t('prove.group', { group })}
                value={text}
                w={104}
                maxLength={8}
                error={wrong?.how === 'three-groups' && wrong.groups.includes(group)}
                autoComplete="off"
                spellCheck={false}
                classNames={{ input: styles['mono'] ?? '' }}
                onChange={(event) => {
                  setTyped(
                    groups.with(index, { group, text: event.currentTarget.value }).map(textOf),
                  );
                  setWrong(null);
                }}
                onKeyDown={(event) => {
                  if (event.key !== 'Enter') return;
                  // Or Enter would mean "Next".
                  event.preventDefault();
                  if (isTyped) prove({ how: 'three-groups', groups });
                }}
              />
            ))}
            <BusyButton
              variant={isTyped ? 'filled' : 'default'}
              disabled={!isTyped}
              busy={busy}
              onClick={() => {
                prove({ how: 'three-groups', groups });
              }}
            >
              {t('prove.checkGroups')}
            </BusyButton>
          </Group>
        </>
      )}
      {wrong !== null && (
        <OutcomeNotice tone="bad" title={t('prove.wrong')}>
          <Text size="sm">{explain(wrong)}</Text>
        </OutcomeNotice>
      )}
      <FailureNotice failure={failure} />
    </Stack>
  );
}

function textOf({ text }: { readonly text: string }): string {
  return text;
}
