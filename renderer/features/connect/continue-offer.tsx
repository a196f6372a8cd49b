/** Above the archives of a backup that was just opened: the offer to go on backing up to it. */
import { Button, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { AppState } from '../../../shared/ipc/contract.ts';
import { belongsToAnother } from '../../../shared/location-names.ts';
import { OutcomeNotice } from '../../ui/outcome-notice.tsx';
import type { View } from '../../view.ts';
import styles from './connect.module.css';

export interface ContinueOfferProps {
  readonly state: AppState;
  readonly destinationId: string;
  readonly go: (view: View) => void;
}

export function ContinueOffer({ state, destinationId, go }: ContinueOfferProps) {
  const { t } = useTranslation('connect');
  const destination = state.destinations.find(({ id }) => id === destinationId);
  const isUsed = state.plans.some((plan) => plan.destinationId === destinationId);
  if (destination === undefined || destination.status !== 'ready' || isUsed) return null;
  const isAnothers = belongsToAnother(destination.location, state.computerName);
  return (
    <div className={styles['offer']}>
      <OutcomeNotice tone="good" title={t('opened.title')}>
        <Text size="sm">{t(isAnothers ? 'opened.anothers' : 'opened.text')}</Text>
        <Button
          mt="sm"
          size="xs"
          variant="default"
          onClick={() => {
            go(isAnothers ? { page: 'setup' } : { page: 'new-plan', destinationId });
          }}
        >
          {t(isAnothers ? 'opened.own' : 'opened.continue')}
        </Button>
      </OutcomeNotice>
    </div>
  );
}
