/** Files with a key in clear that are still there, each with a way to be rid of it. */
import { Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { PlaintextExport } from '../../../shared/model/key-export.ts';
import { request } from '../../api/client.ts';
import { FailureNotice } from '../../ui/failure-notice.tsx';
import { OutcomeNotice } from '../../ui/outcome-notice.tsx';
import { useAttempt } from '../../ui/use-attempt.ts';
import styles from './keys-page.module.css';
import { BusyButton } from '../../ui/busy-button.tsx';

export interface PlaintextExportsProps {
  readonly exports: readonly PlaintextExport[];
}

/** A file for a password manager has served once it is imported. A kit was made to be kept: there it is said what that means. */
export function PlaintextExports({ exports }: PlaintextExportsProps) {
  return (
    <>
      {(['manager-file', 'recovery-kit'] as const).map((kind) => (
        <FilesOfKind key={kind} kind={kind} files={exports.filter((file) => file.kind === kind)} />
      ))}
    </>
  );
}

interface FilesOfKindProps {
  readonly kind: PlaintextExport['kind'];
  readonly files: readonly PlaintextExport[];
}

function FilesOfKind({ kind, files }: FilesOfKindProps) {
  const { t } = useTranslation('keys');
  const { busy, failure, run } = useAttempt();
  const count = files.length;
  if (count === 0) return null;
  const isDangerous = files.some(({ opensNothing }) => !opensNothing);
  return (
    <OutcomeNotice tone="warning" title={t(`plain.${kind}.title`, { count })}>
      <Text size="sm">{t(isDangerous ? `plain.${kind}.text` : 'plain.textOld', { count })}</Text>
      {files.map(({ id, path, opensNothing }) => (
        <Group key={id} gap="sm" mt="sm" wrap="nowrap" justify="space-between">
          <Text size="sm" className={styles['path'] ?? ''}>
            {path}
            {opensNothing && isDangerous && ` (${t('plain.old')})`}
          </Text>
          <BusyButton
            size="xs"
            variant="default"
            className={styles['fixed'] ?? ''}
            busy={busy}
            aria-label={t('plain.deleteNamed', { path })}
            onClick={() => {
              void run(async () => {
                await request('keys:delete-export', { exportId: id });
              });
            }}
          >
            {t('plain.delete')}
          </BusyButton>
        </Group>
      ))}
      <FailureNotice failure={failure} />
    </OutcomeNotice>
  );
}
