/** The wizards that take the whole window, each with its ways out. */
import { ConnectWizard } from './features/connect/connect-wizard.tsx';
import { NewPlan } from './features/connect/new-plan.tsx';
import { SetupWizard } from './features/setup/setup-wizard.tsx';
import type { View, WizardView } from './view.ts';

export interface WizardPageProps {
  readonly view: WizardView;
  readonly go: (view: View) => void;
}

export function WizardPage({ view, go }: WizardPageProps) {
  const home = (): void => {
    go({ page: 'status' });
  };
  if (view.page === 'setup') {
    return (
      <SetupWizard
        onDone={home}
        onLeave={home}
        onConnect={(place) => {
          go({ page: 'connect', place });
        }}
      />
    );
  }
  if (view.page === 'connect') {
    return (
      <ConnectWizard
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
