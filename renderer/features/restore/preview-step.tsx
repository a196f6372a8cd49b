/** Step "Preview": exactly what the restore would do, before anything is written. */
import { Button, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ConflictPolicy, RestorePreview } from '../../../shared/model/restore.ts';
import { FactList } from '../../ui/fact-list.tsx';
import { OutcomeNotice } from '../../ui/outcome-notice.tsx';
import { useFormat } from '../../ui/use-format.ts';
import { ConflictTable } from './conflict-table.tsx';
import { WarningList } from './warning-list.tsx';

/** The engine names no more than these; see `restorePreviewSchema`. */
const MAX_PREVIEW_WARNINGS = 100;

export interface PreviewStepProps {
  readonly preview: RestorePreview;
  readonly policy: ConflictPolicy;
  readonly toOriginal: boolean;
  /** When the archive was made. */
  readonly when: string;
  readonly onAgain: () => void;
}

export function PreviewStep({ preview, policy, toOriginal, when, onAgain }: PreviewStepProps) {
  const { t } = useTranslation('restore');
  const format = useFormat();
  const { conflictCount, warnings, targetPath } = preview;
  const facts: [string, string][] = [
    [t('preview.from'), t('preview.fromArchive', { when })],
    [t('preview.to'), toOriginal ? t('preview.originalPlaces', { path: targetPath }) : targetPath],
    [t('preview.files'), format.count(preview.files)],
    [t('preview.directories'), format.count(preview.directories)],
    ...(preview.others > 0
      ? [[t('preview.others'), format.count(preview.others)] satisfies [string, string]]
      : []),
    [t('preview.bytes'), format.bytes(preview.bytes)],
    [t('preview.toWrite'), format.bytes(preview.bytesToWrite)],
    [
      t('preview.free'),
      preview.freeBytes === null ? t('preview.freeUnknown') : format.bytes(preview.freeBytes),
    ],
  ];
  return (
    <Stack gap="md">
      {!preview.enoughSpace && (
        <OutcomeNotice tone="bad" title={t('preview.noSpaceTitle')}>
          <Text size="sm" mb="sm">
            {t('preview.noSpace', {
              needed: format.bytes(preview.bytesToWrite),
              free:
                preview.freeBytes === null
                  ? t('preview.freeUnknown')
                  : format.bytes(preview.freeBytes),
            })}
          </Text>
          <Button size="xs" variant="default" onClick={onAgain}>
            {t('preview.again')}
          </Button>
        </OutcomeNotice>
      )}
      <FactList facts={facts} />
      {preview.bytesToWrite === 0 && conflictCount === 0 && preview.bytes > 0 && (
        <Text size="sm">{t('preview.nothing')}</Text>
      )}
      {conflictCount === 0 ? (
        <Text size="sm">{t('preview.noConflicts')}</Text>
      ) : (
        <ConflictTable preview={preview} policy={policy} />
      )}
      {warnings.length > 0 && (
        <WarningList
          title={
            warnings.length < MAX_PREVIEW_WARNINGS
              ? t('preview.warnings', {
                  count: warnings.length,
                  formatted: format.count(warnings.length),
                })
              : t('preview.warningsOrMore', { formatted: format.count(warnings.length) })
          }
          warnings={warnings.map(({ path, reason }) => ({ path, reason, detail: null }))}
        />
      )}
      <Text size="sm" c="dimmed">
        {t('preview.verified')}
      </Text>
    </Stack>
  );
}
