/** What a plan leaves out: known kinds, a list of patterns, in plain words how to write one, and how much it comes to. */
import { ActionIcon, Code, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { X } from 'lucide-react';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Plan } from '../../../shared/model/plan.ts';
import { request } from '../../api/client.ts';
import { Disclosure } from '../../ui/disclosure.tsx';
import { FailureNotice } from '../../ui/failure-notice.tsx';
import { useAttempt } from '../../ui/use-attempt.ts';
import { patternProblem, tidyPattern, type PatternProblem } from './exclude-patterns.ts';
import { ExclusionPreviewPart } from './exclusion-preview.tsx';
import { PlanExclusionOptions } from './plan-exclusion-options.tsx';
import styles from './settings-page.module.css';
import { BusyButton } from '../../ui/busy-button.tsx';

const examples = [
  ['node_modules', 'name'],
  ['*.tmp', 'star'],
  ['build/', 'folder'],
  ['cache/*.bin', 'path'],
  ['/home/anna/Downloads', 'absolute'],
  ['photos/**/previews', 'deep'],
  ['img_[0-9]*', 'class'],
  ['!keep.tmp', 'except'],
  ['\\#, \\!, \\[', 'escape'],
] as const;

export function PlanExcludes({ plan }: { readonly plan: Plan }) {
  const { t } = useTranslation('settings');
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<PatternProblem | null>(null);
  const { busy, failure, run } = useAttempt();

  function save(excludes: string[]): Promise<boolean> {
    return run(async () => {
      await request('plans:update', { planId: plan.id, excludes });
    });
  }

  async function add(): Promise<void> {
    const found = patternProblem(text, plan.excludes);
    setProblem(found);
    if (found !== null) return;
    if (await save([...plan.excludes, tidyPattern(text)])) setText('');
  }

  return (
    <Stack gap="xs">
      <div>
        <Title order={4} size="h6">
          {t('excludes.title')}
        </Title>
        <Text size="sm" c="dimmed">
          {t('excludes.text')}
        </Text>
      </div>
      <PlanExclusionOptions plan={plan} />
      <Title order={5} size="h6" mt="sm">
        {t('excludes.own')}
      </Title>
      {plan.excludes.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('excludes.none')}
        </Text>
      ) : (
        <ul className={styles['list']} aria-label={t('excludes.of', { name: plan.name })}>
          {plan.excludes.map((pattern) => (
            <li key={pattern} className={styles['item']}>
              <span className={styles['grow']}>
                <Code>{pattern}</Code>
              </span>
              <ActionIcon
                variant="subtle"
                color="gray"
                size="lg"
                disabled={busy}
                aria-label={t('excludes.removeNamed', { pattern })}
                onClick={() => void save(plan.excludes.filter((other) => other !== pattern))}
              >
                <X size={16} aria-hidden="true" />
              </ActionIcon>
            </li>
          ))}
        </ul>
      )}
      <FailureNotice failure={failure} />
      <form
        onSubmit={(event: SubmitEvent) => {
          event.preventDefault();
          void add();
        }}
      >
        <Group gap="sm" align="flex-start">
          <TextInput
            aria-label={t('excludes.label')}
            placeholder={t('excludes.placeholder')}
            className={styles['grow'] ?? ''}
            spellCheck={false}
            value={text}
            error={problem === null || problem === 'empty' ? null : t(`excludes.${problem}`)}
            onChange={(event) => {
              setText(event.currentTarget.value);
              setProblem(null);
            }}
          />
          <BusyButton type="submit" variant="default" busy={busy}>
            {t('excludes.add')}
          </BusyButton>
        </Group>
      </form>
      <Disclosure label={t('excludes.howTitle')}>
        <dl className={styles['how']}>
          {examples.map(([pattern, meaning]) => (
            <div key={pattern}>
              <dt>{pattern}</dt>
              <dd>{t(`excludes.how.${meaning}`)}</dd>
            </div>
          ))}
        </dl>
        <Text size="sm" mt="sm">
          {t('excludes.note')}
        </Text>
      </Disclosure>
      <ExclusionPreviewPart plan={plan} />
    </Stack>
  );
}
