/** The secret goes into a password manager: which one, how, and afterwards back from there. */
import { Modal } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SecretSource } from '../../../shared/ipc/contract.ts';
import type { SecretKind } from '../../../shared/model/protection.ts';
import { ExportDone, type Exported } from './export-done.tsx';
import { ExportForm } from './export-form.tsx';

export interface ExportDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly source: SecretSource;
  readonly kind: SecretKind;
  readonly fingerprint: string;
  /** Where the backup is or will be. */
  readonly place: string;
  /** Somebody else than Holdfast may have the secret from now on. */
  readonly onTakenOut?: (() => void) | undefined;
}

export function ExportDialog(props: ExportDialogProps) {
  const { t } = useTranslation('keys');
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      title={t('export.title')}
      size="lg"
      centered
    >
      <ExportSteps {...props} />
    </Modal>
  );
}

/** Forgotten with all that was typed as soon as the dialog closes. */
function ExportSteps(props: ExportDialogProps) {
  const { source, kind, fingerprint, place, onTakenOut, onClose } = props;
  const [exported, setExported] = useState<Exported | null>(null);
  return exported === null ? (
    <ExportForm
      source={source}
      kind={kind}
      fingerprint={fingerprint}
      place={place}
      onExported={(done) => {
        setExported(done);
        onTakenOut?.();
      }}
      onClose={onClose}
    />
  ) : (
    <ExportDone source={source} kind={kind} exported={exported} onClose={onClose} />
  );
}
