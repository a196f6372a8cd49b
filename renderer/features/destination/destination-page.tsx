/** One destination: where it is, whose, how full; what goes on there; its check; and how to let it go. */
import { Anchor, Card, Divider, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { AppState, DestinationView } from '../../../shared/ipc/contract.ts';
import type { Job } from '../../../shared/model/job.ts';
import type { View } from '../../view.ts';
import { DestinationNotice } from '../status/destination-notice.tsx';
import { ReconnectForm } from '../status/reconnect-form.tsx';
import { Disclosure } from '../../ui/disclosure.tsx';
import { usesSameSignIn } from './same-sign-in.ts';
import { useDestinationTitle } from './use-destination-title.ts';
import { RunningJob } from '../status/running-job.tsx';
import { isUnfinished } from '../status/status-sentence.ts';
import { BandwidthSettings } from './bandwidth-settings.tsx';
import { CheckDestination } from './check-destination.tsx';
import { DestinationFacts } from './destination-facts.tsx';
import { Disconnect } from './disconnect.tsx';

export interface DestinationPageProps {
  readonly state: AppState;
  readonly jobs: readonly Job[];
  readonly destination: DestinationView;
  readonly go: (view: View) => void;
}

export function DestinationPage({ state, jobs, destination, go }: DestinationPageProps) {
  const { t } = useTranslation('destination');
  const { id, location, status } = destination;
  const titleOf = useDestinationTitle();
  const isRemote = location.kind === 'gdrive' || location.kind === 's3';
  const running = jobs.filter(
    (job) => job.destinationId === id && job.kind !== 'check' && isUnfinished(job),
  );
  const toSettings = (): void => {
    go({ page: 'settings' });
  };
  return (
    <Stack gap="lg" maw={760}>
      <div>
        <Anchor component="button" type="button" size="sm" onClick={toSettings}>
          {t('back')}
        </Anchor>
        <Title order={1}>{titleOf(destination)}</Title>
      </div>
      {status !== 'ready' && <DestinationNotice destination={destination} />}
      <Card withBorder padding="lg">
        <DestinationFacts key={status} destination={destination} jobs={jobs} />
      </Card>
      {running.map((job) => (
        <Card key={job.id} withBorder padding="lg">
          <RunningJob job={job} />
        </Card>
      ))}
      <Card withBorder padding="lg">
        <Stack gap="md">
          <CheckDestination destination={destination} jobs={jobs} />
          {isRemote && status === 'ready' && (
            <>
              <Divider />
              <div>
                <Title order={4} size="h6">
                  {t(`signIn.${location.kind}.title`)}
                </Title>
                <Text size="sm" c="dimmed">
                  {t(`signIn.${location.kind}.text`)}
                </Text>
              </div>
              {location.kind === 's3' ? (
                <Disclosure label={t('signIn.s3.open')}>
                  <ReconnectForm destination={destination} because={null} />
                </Disclosure>
              ) : (
                <ReconnectForm destination={destination} because={null} />
              )}
            </>
          )}
          {isRemote && (
            <>
              <Divider />
              <BandwidthSettings bandwidth={state.bandwidth} />
            </>
          )}
          <Divider />
          <div>
            <Title order={4} size="h6">
              {t('disconnect.title')}
            </Title>
            <Text size="sm" c="dimmed">
              {t('disconnect.text')}
            </Text>
          </div>
          <Disconnect
            destination={destination}
            sharedWith={state.destinations.filter((other) => usesSameSignIn(other, destination))}
            onDone={toSettings}
            onSaveSecret={() => {
              go({ page: 'keys' });
            }}
          />
        </Stack>
      </Card>
    </Stack>
  );
}
