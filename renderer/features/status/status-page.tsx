/** Home: one honest sentence, then what stands behind it. */
import { Stack } from '@mantine/core';
import type { AppState, DestinationView } from '../../../shared/ipc/contract.ts';
import type { Job } from '../../../shared/model/job.ts';
import { useNow } from '../../ui/use-now.ts';
import type { View } from '../../view.ts';
import { PlaintextExports } from '../keys/plaintext-exports.tsx';
import { AppNotices } from './app-notices.tsx';
import { AttachedCard } from './attached-card.tsx';
import { DestinationNotice } from './destination-notice.tsx';
import { OtherRun } from './other-run.tsx';
import { PlanCard } from './plan-card.tsx';
import { SecretNotice } from './secret-notice.tsx';
import { SentenceHeading } from './sentence-heading.tsx';
import { isUnfinished, overallSentence, sentenceFor } from './status-sentence.ts';
import { UnprovedNotice } from './unproved-notice.tsx';

export interface StatusPageProps {
  readonly state: AppState;
  readonly jobs: readonly Job[];
  readonly go: (view: View) => void;
}

export function StatusPage({ state, jobs, go }: StatusPageProps) {
  const now = useNow();
  const { plans, destinations } = state;
  const destinationOf = (id: string): DestinationView | null =>
    destinations.find((destination) => destination.id === id) ?? null;
  const isHistoryLost = state.notices.includes('settings/history-unreadable');
  const sentences = plans.map((plan) =>
    sentenceFor(plan, destinationOf(plan.destinationId), jobs, now, isHistoryLost),
  );
  const lastRestore = jobs.findLast(({ kind }) => kind === 'restore');
  const others = jobs.filter(
    (job) => job.kind !== 'backup' && (isUnfinished(job) || job === lastRestore),
  );
  return (
    <Stack gap="lg">
      <SentenceHeading sentence={overallSentence(sentences)} />
      <AppNotices state={state} />
      {destinations.map((destination) =>
        destination.status === 'ready' ? (
          <SecretNotice key={destination.id} destination={destination} />
        ) : (
          <AwayNotices key={destination.id} destination={destination} />
        ),
      )}
      <PlaintextExports exports={state.exports} />
      {plans.map((plan) => (
        <PlanCard
          key={plan.id}
          plan={plan}
          isOnly={plans.length === 1}
          destination={destinationOf(plan.destinationId)}
          jobs={jobs}
          go={go}
        />
      ))}
      {others.map((job) => (
        <OtherRun key={job.id} job={job} go={go} />
      ))}
      {destinations
        .filter(({ id }) => !plans.some((plan) => plan.destinationId === id))
        .map((destination) => (
          <AttachedCard
            key={destination.id}
            destination={destination}
            computerName={state.computerName}
            go={go}
          />
        ))}
    </Stack>
  );
}

/** The warning about a secret that may be saved nowhere stands until it is proved, also while the storage is away. */
function AwayNotices({ destination }: { readonly destination: DestinationView }) {
  const { status, protection } = destination;
  return (
    <>
      <DestinationNotice destination={destination} />
      {status !== 'locked' && protection.proofs.length === 0 && (
        <UnprovedNotice kind={protection.kind} onProve={null} />
      )}
    </>
  );
}
