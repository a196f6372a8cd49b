/** The wizards that take the whole window, each with its ways out. */
import type { AppState } from '../shared/ipc/contract.ts';
import { ConnectWizard } from './features/connect/connect-wizard.tsx';
import { NewPlan } from './features/connect/new-plan.tsx';
import { ChangeWizard } from './features/keys/change-wizard.tsx';
import { SetupWizard } from './features/setup/setup-wizard.tsx';
import type { View, WizardView } from './view.ts';

export interface WizardPageProps {
  readonly view: WizardView;
  readonly state: AppState;
  readonly go: (view: View) => void;
}

export function WizardPage({ view, state, go }: WizardPageProps) {
  const home = (): void => {
    go({ page: 'status' });
  };
  if (view.page === 'setup') {
    return (
      <SetupWizard
        storages={state.storages}
        keychain={state.keychain}
        replacesDestinationId={view.replacesDestinationId ?? null}
        onDone={home}
        onLeave={home}
        onConnect={(place) => {
          go({ page: 'connect', place });
        }}
      />
    );
  }
  if (view.page === 'change-secret') {
    const { destinationId } = view;
    const destination = state.destinations.find(({ id }) => id === destinationId);
    return destination === undefined ? null : (
      <ChangeWizard
        destination={destination}
        keychain={state.keychain}
        onLeave={(takenOut) => {
          go(
            takenOut === null
              ? { page: 'keys' }
              : { page: 'keys', givenUp: { destinationId, kind: takenOut } },
          );
        }}
        onDone={(oldStillOpens) => {
          go({ page: 'keys', changed: { destinationId, oldStillOpens } });
        }}
        onStartFresh={() => {
          go({ page: 'setup', replacesDestinationId: destinationId });
        }}
      />
    );
  }
  if (view.page === 'connect') {
    return (
      <ConnectWizard
        storages={state.storages}
        found={view.place}
        onLeave={home}
        onOpened={(destinationId) => {
          go({ page: 'archives', destinationId });
        }}
      />
    );
  }
  return <NewPlan destinationId={view.destinationId} onDone={home} onLeave={home} />;
}
