/** Where a backup goes, or lies: the kind of storage, then the place there, and what was found in it. */
import { Paper, Radio, SimpleGrid, Stack, Text } from '@mantine/core';
import { Cloud, HardDrive, Server, type LucideIcon } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppState, GrantedFolder, PlacePurpose } from '../../../shared/ipc/contract.ts';
import { request } from '../../api/client.ts';
import { BusyButton } from '../../ui/busy-button.tsx';
import { FailureNotice } from '../../ui/failure-notice.tsx';
import { useAttempt } from '../../ui/use-attempt.ts';
import type { Location } from '../../../shared/model/destination.ts';
import type { Place } from '../../view.ts';
import { GoogleDrivePlace } from './google-drive-place.tsx';
import styles from './places.module.css';
import { S3Place } from './s3-place.tsx';

const kinds = ['folder', 'google', 'icloud', 's3'] as const;
type Kind = (typeof kinds)[number];

const kindOf: Readonly<Record<Location['kind'], Kind>> = {
  local: 'folder',
  gdrive: 'google',
  icloud: 'icloud',
  s3: 's3',
};

const icons: Readonly<Record<Kind, LucideIcon>> = {
  folder: HardDrive,
  google: Cloud,
  icloud: Cloud,
  s3: Server,
};

export interface PlaceChooserProps {
  readonly purpose: PlacePurpose;
  readonly storages: AppState['storages'];
  readonly place: Place | null;
  /** Below the place. */
  readonly detail: string | null;
  readonly onChoose: (place: Place) => void;
  /** What was chosen is not what the form shows any more: nobody may go on to it unawares. */
  readonly onForget: () => void;
}

export function PlaceChooser(props: PlaceChooserProps) {
  const { purpose, storages, place, detail, onChoose, onForget } = props;
  const { t } = useTranslation('places');
  const [kind, setKind] = useState<Kind>(place === null ? 'folder' : kindOf[place.kind]);
  const { busy, failure, run, abandon } = useAttempt();

  function take(find: () => Promise<GrantedFolder | undefined>): Promise<boolean> {
    return run(async (isCurrent) => {
      const found = await find();
      if (found === undefined || !isCurrent()) return;
      const {
        path,
        kind: where,
        ...inspection
      } = await request('destinations:inspect', {
        grant: found.grant,
      });
      if (isCurrent()) onChoose({ ...found, path, kind: where, inspection });
    });
  }

  function startOver(): void {
    abandon();
    if (place !== null) onForget();
  }

  const pickFolder = async (): Promise<GrantedFolder | undefined> =>
    (await request('folders:choose', { purpose }))[0];
  const pickICloud = (): Promise<GrantedFolder> => request('places:icloud', { purpose });

  return (
    <Stack gap="md">
      <Radio.Group
        aria-label={t('kinds')}
        value={kind}
        onChange={(value) => {
          startOver();
          setKind(kinds.find((each) => each === value) ?? 'folder');
        }}
      >
        <SimpleGrid cols={2} spacing="sm">
          {kinds.map((each) => (
            <KindCard key={each} kind={each} />
          ))}
        </SimpleGrid>
      </Radio.Group>
      {(kind === 'folder' || kind === 'icloud' || place !== null) && (
        <Paper withBorder radius="md" className={styles['picked'] ?? ''}>
          <div className={styles['pickedText']}>
            <Text fw={500} {...(place === null ? { c: 'dimmed' } : {})}>
              {place === null ? t(`none.${kind === 'icloud' ? 'icloud' : purpose}`) : place.path}
            </Text>
            {place !== null && detail !== null && (
              <Text size="sm" c="dimmed">
                {detail}
              </Text>
            )}
          </div>
          {(kind === 'folder' || kind === 'icloud') && (
            <BusyButton
              variant={place === null ? 'filled' : 'default'}
              busy={busy}
              onClick={() => void take(kind === 'folder' ? pickFolder : pickICloud)}
            >
              {t(kind === 'icloud' ? 'useICloud' : place === null ? 'choose' : 'change')}
            </BusyButton>
          )}
        </Paper>
      )}
      {kind === 'google' && (
        <GoogleDrivePlace
          purpose={purpose}
          storages={storages}
          busy={busy}
          onSignIn={take}
          onChange={startOver}
        />
      )}
      {kind === 's3' && <S3Place purpose={purpose} busy={busy} onUse={take} onChange={startOver} />}
      {(kind === 'icloud' || (kind === 'folder' && purpose === 'destination')) && (
        <Text size="sm" c="dimmed">
          {t(kind === 'icloud' ? 'icloudText' : 'folderHint')}
        </Text>
      )}
      <FailureNotice failure={failure} />
    </Stack>
  );
}

function KindCard({ kind }: { readonly kind: Kind }) {
  const { t } = useTranslation('places');
  const Icon = icons[kind];
  return (
    <Radio.Card value={kind} p="sm" radius="md" className={styles['kind'] ?? ''}>
      <div className={styles['kindContent']}>
        <Icon size={20} aria-hidden="true" className={styles['kindIcon']} />
        <div>
          <Text fw={600} size="sm">
            {t(`kind.${kind}.title`)}
          </Text>
          <Text size="xs" c="dimmed">
            {t(`kind.${kind}.text`)}
          </Text>
        </div>
      </div>
    </Radio.Card>
  );
}
