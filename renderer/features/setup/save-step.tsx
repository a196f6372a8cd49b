/** The secret, to be saved: the key on the screen, and both kinds into a password manager or on a sheet of paper. */
import { Button, Group, Stack, Text } from '@mantine/core';
import { Copy, Eye, EyeOff, FileText, KeyRound } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { KeyDraft, SecretSource } from '../../../shared/ipc/contract.ts';
import type { SecretKind } from '../../../shared/model/protection.ts';
import { normalizePassword } from '../../../shared/password-rules.ts';
import { request } from '../../api/client.ts';
import { FailureNotice } from '../../ui/failure-notice.tsx';
import { KeySheet } from '../../ui/key-sheet.tsx';
import { OutcomeNotice } from '../../ui/outcome-notice.tsx';
import { SecretScreen } from '../../ui/secret-screen.tsx';
import { useAttempt } from '../../ui/use-attempt.ts';
import { ExportDialog } from '../keys/export-dialog.tsx';
import { KitDialog } from '../keys/kit-dialog.tsx';
import styles from './setup.module.css';

/** As long as our copy stays on the clipboard. */
const COPY_LIVES_MS = 45_000;

export interface SaveStepProps {
  readonly draft: KeyDraft;
  readonly source: SecretSource;
  /** Where the backup is or will be. */
  readonly place: string;
  /** The secret was copied, exported or put on a kit: somebody else than Holdfast may have it from now on. */
  readonly onTakenOut?: () => void;
}

export function SaveStep({ draft, source, place, onTakenOut }: SaveStepProps) {
  const { t } = useTranslation('setup');
  const [isCopied, setIsCopied] = useState(false);
  /** In password mode, where a suggested one is known to nobody yet. */
  const [isShown, setIsShown] = useState(false);
  useEffect(() => {
    if (!isCopied) return undefined;
    const timer = setTimeout(() => setIsCopied(false), COPY_LIVES_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const [open, setOpen] = useState<'export' | 'kit' | null>(null);
  const { failure, run } = useAttempt();
  const { draftId, kind, fingerprint } = draft;
  const key = useDraftKey(draftId, kind, run);
  const close = (): void => {
    setOpen(null);
  };

  function copy(): void {
    void run(async () => {
      await request('keys:copy', { source });
      setIsCopied(true);
      onTakenOut?.();
    });
  }

  return (
    <Stack gap="md">
      <OutcomeNotice
        tone="warning"
        title={t(kind === 'password' ? 'save.passwordLostTitle' : 'save.lostTitle')}
      />
      {key !== null && <KeySheet digits={key} onCopy={copy} />}
      {isShown && source.password !== null && (
        <SecretScreen isLine>
          <code className={styles['password']}>{normalizePassword(source.password)}</code>
        </SecretScreen>
      )}
      <Group gap="sm">
        {source.password !== null && (
          <Button
            variant="default"
            leftSection={
              isShown ? (
                <EyeOff size={16} aria-hidden="true" />
              ) : (
                <Eye size={16} aria-hidden="true" />
              )
            }
            onClick={() => {
              setIsShown(!isShown);
            }}
          >
            {t(isShown ? 'save.hidePassword' : 'save.showPassword')}
          </Button>
        )}
        <Button
          variant="default"
          className={styles['fixed'] ?? ''}
          leftSection={<Copy size={16} aria-hidden="true" />}
          onClick={copy}
        >
          {t(kind === 'key' ? 'save.copy' : 'save.copyPassword')}
        </Button>
        <Button
          variant="default"
          leftSection={<KeyRound size={16} aria-hidden="true" />}
          onClick={() => {
            setOpen('export');
          }}
        >
          {t('save.export')}
        </Button>
        <Button
          variant="default"
          leftSection={<FileText size={16} aria-hidden="true" />}
          onClick={() => {
            setOpen('kit');
          }}
        >
          {t('save.kit')}
        </Button>
      </Group>
      <Text size="sm" c="dimmed">
        {t(kind === 'key' ? 'save.where' : 'save.wherePassword', { fingerprint })}
      </Text>
      <Text size="sm" aria-live="polite">
        {isCopied ? t(kind === 'key' ? 'save.copied' : 'save.copiedPassword') : ''}
      </Text>
      <FailureNotice failure={failure} />
      <Text size="sm">
        {t(kind === 'password' ? 'save.lostPassword' : 'save.lost')}{' '}
        {t(kind === 'password' ? 'keys:neverPassword' : 'keys:never')}
      </Text>
      <ExportDialog
        opened={open === 'export'}
        onClose={close}
        source={source}
        kind={kind}
        fingerprint={fingerprint}
        place={place}
        onTakenOut={onTakenOut}
      />
      <KitDialog
        opened={open === 'kit'}
        onClose={close}
        source={source}
        kind={kind}
        onTakenOut={onTakenOut}
      />
    </Stack>
  );
}

/** The digits are in the page only while this screen is. null until they have come, and in password mode. */
function useDraftKey(
  draftId: string,
  kind: SecretKind,
  run: (action: () => Promise<void>) => Promise<boolean>,
): string | null {
  const [key, setKey] = useState<string | null>(null);
  useEffect(() => {
    if (kind === 'password') return;
    void run(async () => {
      setKey((await request('protection:show-draft', { draftId })).key);
    });
    // `run` is new at every rendering; what it does is not.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [draftId, kind]);
  return key;
}
