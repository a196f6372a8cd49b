/** Where the backup goes: a folder, what is in it, and how much room there is. A backup that is already there always wins. */
import { Button, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { AppState } from '../../../shared/ipc/contract.ts';
import { OutcomeNotice } from '../../ui/outcome-notice.tsx';
import { PlaceChooser } from '../places/place-chooser.tsx';
import { useFormat } from '../../ui/use-format.ts';
import type { Place } from '../../view.ts';
import { canUsePlace } from './setup-choices.ts';
import type { TotalSize } from './total-size.ts';

export interface PlaceStepProps {
  readonly storages: AppState['storages'];
  readonly place: Place | null;
  /** What the chosen folders hold. */
  readonly needed: TotalSize;
  readonly onChoose: (place: Place) => void;
  readonly onForget: () => void;
  /** "Open the existing backup". */
  readonly onConnect: (place: Place) => void;
}

export function PlaceStep(props: PlaceStepProps) {
  const { storages, place, needed, onChoose, onForget, onConnect } = props;
  const { t } = useTranslation('setup');
  const format = useFormat();
  const free = place?.inspection.freeBytes ?? null;
  return (
    <Stack gap="md">
      <PlaceChooser
        purpose="destination"
        storages={storages}
        place={place}
        detail={
          free === null ? t('place.freeUnknown') : t('place.free', { bytes: format.bytes(free) })
        }
        onChoose={onChoose}
        onForget={onForget}
      />
      {place !== null && <Finding key={place.grant} place={place} onConnect={onConnect} />}
      {canUsePlace(place) && free !== null && needed.bytes > free && (
        <OutcomeNotice tone="warning" title={t('place.tight.title')}>
          <Text size="sm">
            {t('place.tight.text', {
              needed: format.bytes(needed.bytes),
              free: format.bytes(free),
            })}
          </Text>
        </OutcomeNotice>
      )}
    </Stack>
  );
}

function Finding({
  place,
  onConnect,
}: Pick<PlaceStepProps, 'onConnect'> & { readonly place: Place }) {
  const { t } = useTranslation('setup');
  const { state, fingerprint } = place.inspection;
  if (canUsePlace(place))
    return <OutcomeNotice comesIntoView tone="good" title={t('place.good')} />;
  if (state !== 'repository') {
    const problem = state === 'other-files' ? 'files' : 'unusable';
    return <OutcomeNotice comesIntoView tone="warning" title={t(`place.problem.${problem}`)} />;
  }
  return (
    <OutcomeNotice comesIntoView tone="warning" title={t('place.exists.title')}>
      <Text size="sm">{t('place.exists.text', { fingerprint: fingerprint ?? '' })}</Text>
      <Button
        mt="sm"
        size="xs"
        variant="default"
        onClick={() => {
          onConnect(place);
        }}
      >
        {t('place.exists.open')}
      </Button>
    </OutcomeNotice>
  );
}
