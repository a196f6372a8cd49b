/** Step "Where": the place, and what to do with files that are there. What overwrites is never preselected. */
import { Button, Checkbox, Group, Radio, Stack, Text } from '@mantine/core';
import { FolderOpen } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ConflictPolicy } from '../../../shared/model/restore.ts';
import { request } from '../../api/client.ts';
import { FailureNotice } from '../../ui/failure-notice.tsx';
import { useAttempt } from '../../ui/use-attempt.ts';
import type { RestoreChoice, RestoreChoices } from './restore-choices.ts';

const conflictPolicies = [
  'keep-both',
  'skip',
  'replace-if-older',
  'replace',
] as const satisfies readonly ConflictPolicy[];

export interface WhereStepProps {
  readonly choices: RestoreChoices;
  readonly onChoose: (choice: RestoreChoice) => void;
}

export function WhereStep({ choices, onChoose }: WhereStepProps) {
  const { t } = useTranslation('restore');
  const { failure, run } = useAttempt();
  const { folder, targetKind } = choices;

  function chooseFolder(): void {
    void run(async () => {
      const [chosen] = await request('folders:choose', { purpose: 'restore-target' });
      if (chosen !== undefined) onChoose({ type: 'folder', folder: chosen });
    });
  }

  return (
    <Stack gap="lg">
      <Radio.Group
        label={t('where.target')}
        value={targetKind}
        onChange={(kind) => {
          onChoose({
            type: 'set',
            values: { targetKind: kind === 'original' ? 'original' : 'folder' },
          });
        }}
      >
        <Stack gap="sm" mt="xs">
          <Radio value="folder" label={t('where.folder')} description={t('where.folderHint')} />
          {targetKind === 'folder' && (
            <Stack gap="sm" pl={32}>
              <Group gap="sm">
                <Button
                  variant={folder === null ? 'filled' : 'default'}
                  leftSection={<FolderOpen size={16} aria-hidden="true" />}
                  onClick={chooseFolder}
                >
                  {folder === null ? t('where.choose') : t('where.change')}
                </Button>
                <Text
                  size="sm"
                  component="output"
                  {...(folder === null ? { c: 'dimmed' } : { fw: 500 })}
                >
                  {folder === null ? t('where.noFolder') : folder.path}
                </Text>
              </Group>
              <FailureNotice failure={failure} />
              <Checkbox
                label={t('where.keepParents')}
                description={t('where.keepParentsHint')}
                checked={choices.keepParents}
                onChange={(event) => {
                  onChoose({ type: 'set', values: { keepParents: event.currentTarget.checked } });
                }}
              />
            </Stack>
          )}
          <Radio
            value="original"
            label={t('where.original')}
            description={t('where.originalHint')}
          />
        </Stack>
      </Radio.Group>
      <Radio.Group
        label={t('where.conflicts')}
        value={choices.conflictPolicy}
        onChange={(value) => {
          const conflictPolicy = conflictPolicies.find((policy) => policy === value);
          if (conflictPolicy !== undefined) onChoose({ type: 'set', values: { conflictPolicy } });
        }}
      >
        <Stack gap="sm" mt="xs">
          {conflictPolicies.map((policy) => (
            <Radio
              key={policy}
              value={policy}
              label={t(`where.policy.${policy}`)}
              description={t(`where.policyHint.${policy}`)}
            />
          ))}
        </Stack>
      </Radio.Group>
    </Stack>
  );
}
