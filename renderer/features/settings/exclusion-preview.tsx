/** "2,114 files, 3.2 GB would be left out": on request, live, and by which rule. */
import { Button, Group, Stack, Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ExclusionPreview, ExclusionReason } from '../../../shared/model/exclusions.ts';
import type { Plan } from '../../../shared/model/plan.ts';
import { BusyButton } from '../../ui/busy-button.tsx';
import { useFormat } from '../../ui/use-format.ts';
import styles from './settings-page.module.css';
import { useExclusionPreview } from './use-exclusion-preview.ts';

/** A person with hundreds of patterns wants to know which of them matter. */
const MOST_SHOWN = 20;

export function ExclusionPreviewPart({ plan }: { readonly plan: Plan }) {
  const { t } = useTranslation('settings');
  const { count, start, stop } = useExclusionPreview(plan);
  const isRunning = count?.state === 'running';
  return (
    <Stack gap="sm">
      <Group gap="sm">
        <BusyButton variant="default" busy={isRunning} onClick={start}>
          {t(isRunning ? 'preview.counting' : count === null ? 'preview.show' : 'preview.again')}
        </BusyButton>
        {isRunning && (
          <Button variant="subtle" onClick={stop}>
            {t('preview.stop')}
          </Button>
        )}
      </Group>
      {count?.state === 'failed' && <Text size="sm">{t('preview.failed')}</Text>}
      {count !== null && count.state !== 'failed' && count.preview !== null && (
        <Figures preview={count.preview} state={count.state} />
      )}
    </Stack>
  );
}

function Figures({
  preview,
  state,
}: {
  readonly preview: ExclusionPreview;
  readonly state: 'running' | 'done' | 'stopped';
}) {
  const { t } = useTranslation('settings');
  const format = useFormat();
  const { files, bytes, unreadable, excluded } = preview;
  const total = { files: 0, bytes: 0 };
  for (const group of excluded) {
    total.files += group.files;
    total.bytes += group.bytes;
  }
  const amount = (of: { readonly files: number; readonly bytes: number }): string =>
    t('preview.amount', {
      count: of.files,
      formatted: format.count(of.files),
      size: format.bytes(of.bytes),
    });
  return (
    <Stack gap="xs">
      <div aria-live="polite" aria-busy={state === 'running'}>
        <Text size="sm" fw={600}>
          {t('preview.leftOut', { amount: amount(total) })}
        </Text>
        <Text size="sm" c="dimmed">
          {t('preview.backedUp', { amount: amount({ files, bytes }) })}{' '}
          {state === 'stopped' && t('preview.stopped')}
        </Text>
        {unreadable > 0 && (
          <Text size="sm">
            {t('preview.unreadable', { count: unreadable, formatted: format.count(unreadable) })}
          </Text>
        )}
      </div>
      {excluded.length > 0 && (
        <Table fz="sm" verticalSpacing={6} className={styles['figures'] ?? ''}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('preview.rule')}</Table.Th>
              <Table.Th>{t('preview.files')}</Table.Th>
              <Table.Th>{t('preview.size')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {excluded.slice(0, MOST_SHOWN).map((group) => (
              <Table.Tr key={JSON.stringify(group.reason)}>
                <Table.Th scope="row">
                  <Rule reason={group.reason} />
                </Table.Th>
                {group.reason.kind === 'file-system' ? (
                  <Table.Td colSpan={2}>{t('preview.notLookedInto')}</Table.Td>
                ) : (
                  <>
                    <Table.Td>{format.count(group.files)}</Table.Td>
                    <Table.Td>{format.bytes(group.bytes)}</Table.Td>
                  </>
                )}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {excluded.length > MOST_SHOWN && (
        <Text size="sm" c="dimmed">
          {t('preview.more', {
            count: excluded.length - MOST_SHOWN,
            formatted: format.count(excluded.length - MOST_SHOWN),
          })}
        </Text>
      )}
    </Stack>
  );
}

function Rule({ reason }: { readonly reason: ExclusionReason }) {
  const { t } = useTranslation('settings');
  switch (reason.kind) {
    case 'pattern':
      return <code>{reason.pattern}</code>;
    case 'preset':
      return t(`excludes.presets.${reason.preset}`);
    case 'tag':
      return t('preview.reasons.tag', { name: reason.name });
    case 'size':
    case 'file-system':
    case 'cloud':
      return t(`preview.reasons.${reason.kind}`);
    case 'place':
      break;
  }
  return t(`preview.reasons.${reason.place}`);
}
