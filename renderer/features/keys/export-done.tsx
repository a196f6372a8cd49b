/** After an export: what to do with it, the file to be deleted, and the secret brought back from the manager. */
import { Button, Divider, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SecretSource } from '../../../shared/ipc/contract.ts';
import type { SecretKind } from '../../../shared/model/protection.ts';
import { useAppState } from '../../api/app-data.ts';
import { request } from '../../api/client.ts';
import { FailureNotice } from '../../ui/failure-notice.tsx';
import { OutcomeNotice } from '../../ui/outcome-notice.tsx';
import { useAttempt } from '../../ui/use-attempt.ts';
import { isProgram, type ExportWay } from './export-choices.ts';
import { ProveForm } from './prove-form.tsx';
import { BusyButton } from '../../ui/busy-button.tsx';

export interface Exported {
  readonly way: ExportWay;
  /** null for a hand-over. */
  readonly path: string | null;
  /** false when the password was left out. */
  readonly hasSecret: boolean;
}

export interface ExportDoneProps {
  readonly source: SecretSource;
  readonly kind: SecretKind;
  readonly exported: Exported;
  readonly onClose: () => void;
}

export function ExportDone({ source, kind, exported, onClose }: ExportDoneProps) {
  const { t } = useTranslation('keys');
  const { way, path, hasSecret } = exported;
  const destination = useAppState()?.destinations.find(
    ({ id }) => source.kind === 'destination' && id === source.destinationId,
  );
  return (
    <Stack gap="md">
      <OutcomeNotice
        tone="good"
        title={t(isProgram(way) ? 'export.handed' : 'export.saved')}
        takesFocus
      >
        {path !== null && <Text size="sm">{t('export.savedText', { path })}</Text>}
        {!isProgram(way) && (
          <Text size="sm">{t('export.import', { format: t(`export.formats.${way}`) })}</Text>
        )}
        {!hasSecret && <Text size="sm">{t('export.withoutSecret')}</Text>}
        {path !== null && <DeleteFile path={path} />}
      </OutcomeNotice>
      {hasSecret && source.kind === 'draft' && <Text size="sm">{t('export.back.next')}</Text>}
      {hasSecret && source.kind === 'destination' && destination?.status === 'ready' && (
        <>
          <Divider />
          <div>
            <Text fw={600}>{t('export.back.title')}</Text>
            <Text size="sm">{t('export.back.text')}</Text>
          </div>
          <ProveForm
            destinationId={source.destinationId}
            kind={kind}
            good={t('export.back.good')}
          />
        </>
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {t('export.close')}
        </Button>
      </Group>
    </Stack>
  );
}

/** Only for files in clear: those are watched. */
function DeleteFile({ path }: { readonly path: string }) {
  const { t } = useTranslation('keys');
  const state = useAppState();
  const [isDeleted, setIsDeleted] = useState(false);
  const { busy, failure, run } = useAttempt();
  const found = state?.exports.find((each) => each.path === path);
  if (isDeleted) return <OutcomeNotice tone="good" title={t('export.deleted')} takesFocus />;
  if (found === undefined) return null;
  return (
    <>
      <BusyButton
        mt="sm"
        size="xs"
        variant="default"
        busy={busy}
        onClick={() => {
          void run(async () => {
            await request('keys:delete-export', { exportId: found.id });
            setIsDeleted(true);
          });
        }}
      >
        {t('export.delete')}
      </BusyButton>
      <FailureNotice failure={failure} />
    </>
  );
}
