/** The archives of one destination by day. With several destinations the person chooses which. */
import { Alert, Select, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppState } from '../../../shared/ipc/contract.ts';
import type { Archive } from '../../../shared/model/archive.ts';
import type { Job } from '../../../shared/model/job.ts';
import { FailureNotice } from '../../ui/failure-notice.tsx';
import { useNow } from '../../ui/use-now.ts';
import { Waiting } from '../../ui/waiting.tsx';
import { DestinationNotice } from '../status/destination-notice.tsx';
import { ArchiveBrowser } from './archive-browser.tsx';
import { ArchiveDays } from './archive-days.tsx';
import { NoArchives } from './no-archives.tsx';
import { useArchives } from './use-archives.ts';

export interface ArchivesPageProps {
  readonly state: AppState;
  readonly jobs: readonly Job[];
  /** The one to begin with; null for the first. */
  readonly destinationId?: string | null;
  readonly onRestore: (destinationId: string, archiveId: string) => void;
  readonly onShowStatus: () => void;
}

export function ArchivesPage(props: ArchivesPageProps) {
  const { state, jobs, onRestore, onShowStatus } = props;
  const { t } = useTranslation('archives');
  const now = useNow();
  const [chosenId, setChosenId] = useState<string | null>(props.destinationId ?? null);
  const [browsed, setBrowsed] = useState<Archive | null>(null);
  const { destinations } = state;
  const destination = destinations.find(({ id }) => id === chosenId) ?? destinations[0] ?? null;
  const { archives, error, readAgain } = useArchives(destination, jobs);
  if (destination === null) {
    return (
      <Alert variant="default" title={t('noDestination.title')}>
        {t('noDestination.text')}
      </Alert>
    );
  }
  if (browsed !== null) {
    return (
      <ArchiveBrowser
        destinationId={destination.id}
        archive={browsed}
        onBack={() => {
          setBrowsed(null);
        }}
        onRestore={() => {
          onRestore(destination.id, browsed.id);
        }}
      />
    );
  }
  return (
    <Stack gap="lg">
      <div>
        <Title order={1}>{t('title')}</Title>
        <Text c="dimmed">{t('intro')}</Text>
      </div>
      {destinations.length > 1 && (
        <Select
          label={t('destination')}
          maw={420}
          allowDeselect={false}
          value={destination.id}
          data={destinations.map(({ id, label }) => ({ value: id, label }))}
          onChange={setChosenId}
        />
      )}
      {destination.status === 'ready' ? (
        <>
          {error !== null && <FailureNotice failure={{ error, again: readAgain }} />}
          {archives === null && error === null && <Waiting text={t('loading')} />}
          {archives?.length === 0 && (
            <NoArchives
              plans={state.plans.filter((plan) => plan.destinationId === destination.id)}
              jobs={jobs}
              onShowStatus={onShowStatus}
            />
          )}
          {archives !== null && archives.length > 0 && (
            <ArchiveDays
              archives={archives}
              now={now}
              onBrowse={setBrowsed}
              onRestore={({ id }) => {
                onRestore(destination.id, id);
              }}
            />
          )}
        </>
      ) : (
        <DestinationNotice destination={destination} />
      )}
    </Stack>
  );
}
