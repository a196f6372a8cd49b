/** The pages beside the navigation. */
import type { AppState } from '../shared/ipc/contract.ts';
import type { Job } from '../shared/model/job.ts';
import { ArchivesPage } from './features/archives/archives-page.tsx';
import { ContinueOffer } from './features/connect/continue-offer.tsx';
import { DestinationPage } from './features/destination/destination-page.tsx';
import { KeysPage } from './features/keys/keys-page.tsx';
import { RestorePage } from './features/restore/restore-page.tsx';
import { SettingsPage } from './features/settings/settings-page.tsx';
import { StatusPage } from './features/status/status-page.tsx';
import type { PageView, View } from './view.ts';

export interface PageProps {
  readonly view: PageView;
  readonly state: AppState;
  readonly jobs: readonly Job[];
  readonly go: (view: View) => void;
}

export function Page({ view, state, jobs, go }: PageProps) {
  if (view.page === 'status') return <StatusPage state={state} jobs={jobs} go={go} />;
  if (view.page === 'keys')
    return (
      <KeysPage
        state={state}
        changed={view.changed ?? null}
        givenUp={view.givenUp ?? null}
        go={go}
      />
    );
  if (view.page === 'settings') return <SettingsPage state={state} go={go} />;
  if (view.page === 'destination') {
    const { destinationId } = view;
    const destination = state.destinations.find(({ id }) => id === destinationId);
    return destination === undefined ? (
      <SettingsPage state={state} go={go} />
    ) : (
      <DestinationPage state={state} jobs={jobs} destination={destination} go={go} />
    );
  }
  if (view.page === 'archives') {
    return (
      <>
        {view.destinationId !== undefined && (
          <ContinueOffer state={state} destinationId={view.destinationId} go={go} />
        )}
        <ArchivesPage
          key={view.destinationId ?? ''}
          state={state}
          jobs={jobs}
          destinationId={view.destinationId ?? null}
          onRestore={(destinationId, archiveId) => {
            go({ page: 'restore', destinationId, archiveId, jobId: null });
          }}
          onShowStatus={() => {
            go({ page: 'status' });
          }}
        />
      </>
    );
  }
  const { destinationId, archiveId, jobId } = view;
  return (
    <RestorePage
      key={`${destinationId} ${archiveId ?? ''} ${jobId ?? ''}`}
      state={state}
      jobs={jobs}
      destinationId={destinationId}
      archiveId={archiveId}
      jobId={jobId}
      onStarted={(started) => {
        go({ ...view, jobId: started });
      }}
      onAgain={() => {
        go({ ...view, jobId: null });
      }}
      onLeave={() => {
        go({ page: 'archives', destinationId });
      }}
    />
  );
}
