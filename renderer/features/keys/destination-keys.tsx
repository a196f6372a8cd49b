/** One backup's secret: the facts, and a row for each thing that can be done. */
import { Button, Card, Stack, Text, Title } from '@mantine/core';
import { Eye, FileText, KeyRound, RefreshCw, SearchCheck, type LucideIcon } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DestinationView } from '../../../shared/ipc/contract.ts';
import type { SecretKind } from '../../../shared/model/protection.ts';
import { Disclosure } from '../../ui/disclosure.tsx';
import { FactList } from '../../ui/fact-list.tsx';
import { useFormat } from '../../ui/use-format.ts';
import type { View } from '../../view.ts';
import { DestinationNotice } from '../status/destination-notice.tsx';
import { UnprovedNotice } from '../status/unproved-notice.tsx';
import { ChangedNotice } from './changed-notice.tsx';
import { ExportDialog } from './export-dialog.tsx';
import { GivenUpNotice } from './given-up-notice.tsx';
import { KitDialog } from './kit-dialog.tsx';
import { ProveDialog } from './prove-dialog.tsx';
import { RetiringNotice } from './retiring-notice.tsx';
import { RevealDialog } from './reveal-dialog.tsx';
import styles from './keys-page.module.css';

export interface DestinationKeysProps {
  /** Its secret was changed a moment ago. */
  readonly changed: { readonly oldStillOpens: boolean } | null;
  /** A secret of this kind was to replace it, was taken out, and is not used. */
  readonly givenUp: SecretKind | null;
  readonly destination: DestinationView;
  readonly go: (view: View) => void;
}

type Dialog = 'show' | 'export' | 'kit' | 'prove';

export function DestinationKeys({ destination, changed, givenUp, go }: DestinationKeysProps) {
  const { t } = useTranslation('keys');
  const [open, setOpen] = useState<Dialog | null>(null);
  const { id: destinationId, label, place, fingerprint } = destination;
  const { protection, status, isKeyKept } = destination;
  const { kind, proofs } = protection;
  const isReady = status === 'ready';
  // A key that is not saved anywhere is never needed more than while the storage is away.
  const isAway = status === 'unreachable' || status === 'signed-out';
  const source = { kind: 'destination', destinationId, password: null } as const;
  const close = (): void => {
    setOpen(null);
  };
  const dialog = (name: Dialog) => ({ opened: open === name, onClose: close });
  const row = (name: Dialog) => () => {
    setOpen(name);
  };
  return (
    <Card withBorder padding="lg" component="section" aria-label={label}>
      <Stack gap="md">
        <Title order={2} size="h4">
          {label}
        </Title>
        {changed !== null && (
          <ChangedNotice oldStillOpens={changed.oldStillOpens} onMakeKit={row('kit')} />
        )}
        {givenUp !== null && (
          <GivenUpNotice kind={givenUp} isUnsettled={protection.changingTo !== null} />
        )}
        {protection.retiringKeyId !== null && isReady && (
          <RetiringNotice destinationId={destinationId} />
        )}
        <Facts destination={destination} />
        {!isReady && <DestinationNotice destination={destination} />}
        {proofs.length === 0 && (isReady || isAway) && (
          <UnprovedNotice kind={kind} onProve={isReady ? row('prove') : null} />
        )}
        {(isReady || isKeyKept) && (
          <ul className={styles['rows']}>
            {kind === 'key' && <Row name="show" Icon={Eye} onClick={row('show')} />}
            <Row
              name="export"
              Icon={KeyRound}
              title={t(`rows.export.${kind}`)}
              onClick={row('export')}
            />
            <Row name="kit" Icon={FileText} onClick={row('kit')} />
            {isReady && (
              <>
                <Row name="prove" Icon={SearchCheck} onClick={row('prove')} />
                <Row
                  name="change"
                  Icon={RefreshCw}
                  onClick={() => {
                    go({ page: 'change-secret', destinationId });
                  }}
                />
              </>
            )}
          </ul>
        )}
      </Stack>
      <RevealDialog destinationId={destinationId} {...dialog('show')} />
      <ExportDialog
        source={source}
        kind={kind}
        fingerprint={fingerprint}
        place={place}
        {...dialog('export')}
      />
      <KitDialog source={source} kind={kind} {...dialog('kit')} />
      <ProveDialog destination={destination} {...dialog('prove')} />
    </Card>
  );
}

interface RowProps {
  readonly name: Dialog | 'change';
  readonly Icon: LucideIcon;
  readonly title?: string;
  readonly onClick: () => void;
}

function Row({ name, Icon, title, onClick }: RowProps) {
  const { t } = useTranslation('keys');
  const heading = title ?? (name === 'export' ? '' : t(`rows.${name}.title`));
  return (
    <li className={styles['row']}>
      <Icon size={20} aria-hidden="true" />
      <div className={styles['about']}>
        <Text fw={600}>{heading}</Text>
        <Text size="sm" c="dimmed">
          {t(`rows.${name}.text`)}
        </Text>
      </div>
      <Button
        variant="default"
        className={styles['fixed'] ?? ''}
        aria-label={`${heading}: ${t(`rows.${name}.action`)}`}
        onClick={onClick}
      >
        {t(`rows.${name}.action`)}
      </Button>
    </li>
  );
}

function Facts({ destination }: { readonly destination: DestinationView }) {
  const { t } = useTranslation('keys');
  const format = useFormat();
  const { fingerprint, protection, createdAt } = destination;
  const { kind, proofs, changedAt } = protection;
  const line = ({ at, how }: (typeof proofs)[number]): string =>
    t('facts.proofLine', { when: format.dateTime(at), how: t(`how.${how}`) });
  const last = proofs.at(-1);
  return (
    <>
      <FactList
        facts={[
          [t('facts.protection'), t(`kinds.${kind}`)],
          [t('facts.fingerprint'), `${fingerprint}\n${t('facts.fingerprintHint')}`],
          [t('facts.since'), format.dateTime(changedAt ?? createdAt)],
          [t('facts.proved'), last === undefined ? t('facts.neverProved') : line(last)],
        ]}
      />
      <Disclosure label={t('history')}>
        {proofs.length === 0 && <Text size="sm">{t('historyNone')}</Text>}
        {proofs.toReversed().map((proof) => (
          <Text key={proof.at} size="sm">
            {line(proof)}
          </Text>
        ))}
      </Disclosure>
    </>
  );
}
