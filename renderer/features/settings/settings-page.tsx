/** Settings: what is backed up, where to, how the window looks, and what this is. */
import { Button, Card, Divider, Group, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppState } from '../../../shared/ipc/contract.ts';
import type { View } from '../../view.ts';
import { useDestinationTitle } from '../destination/use-destination-title.ts';
import { DestinationNotice } from '../status/destination-notice.tsx';
import { AboutSettings } from './about-settings.tsx';
import { LookSettings } from './look-settings.tsx';
import { PlanCloudFiles } from './plan-cloud-files.tsx';
import { PlanExcludes } from './plan-excludes.tsx';
import { PlanFolders } from './plan-folders.tsx';

export interface SettingsPageProps {
  readonly state: AppState;
  readonly go: (view: View) => void;
}

export function SettingsPage({ state, go }: SettingsPageProps) {
  const { t } = useTranslation('settings');
  const { plans, destinations } = state;
  const titleOf = useDestinationTitle();
  const titleOfId = (destinationId: string): string => {
    const destination = destinations.find(({ id }) => id === destinationId);
    return destination === undefined ? '' : titleOf(destination);
  };
  return (
    <Stack gap="xl" maw={760}>
      <Title order={1}>{t('title')}</Title>
      <Part title={t('plans.title')}>
        {plans.length === 0 && <Text c="dimmed">{t('plans.none')}</Text>}
        {plans.map((plan) => (
          <Card key={plan.id} withBorder padding="lg">
            <Stack gap="lg">
              <div>
                <Title order={3} size="h5">
                  {t('plans.named', { name: plan.name })}
                </Title>
                <Text size="sm" c="dimmed">
                  {t('plans.to', { destination: titleOfId(plan.destinationId) })}{' '}
                  {t('plans.nextRun')}
                </Text>
              </div>
              <PlanFolders plan={plan} />
              <Divider />
              <PlanExcludes plan={plan} />
              <Divider />
              <PlanCloudFiles plan={plan} />
            </Stack>
          </Card>
        ))}
      </Part>
      <Part title={t('destinations.title')}>
        {destinations.length === 0 && <Text c="dimmed">{t('destinations.none')}</Text>}
        {destinations.map((destination) => (
          <Card key={destination.id} withBorder padding="lg">
            <Stack gap="md">
              <Title order={3} size="h5">
                {titleOf(destination)}
              </Title>
              {destination.status !== 'ready' && <DestinationNotice destination={destination} />}
              <Text size="sm" c="dimmed">
                {destination.place}
              </Text>
              <Group>
                <Button
                  variant="default"
                  aria-label={t('destinations.openNamed', { label: titleOf(destination) })}
                  onClick={() => {
                    go({ page: 'destination', destinationId: destination.id });
                  }}
                >
                  {t('destinations.open')}
                </Button>
              </Group>
            </Stack>
          </Card>
        ))}
      </Part>
      <Group gap="sm">
        <Button
          variant="default"
          onClick={() => {
            go({ page: 'setup' });
          }}
        >
          {t('destinations.setUp')}
        </Button>
        <Button
          variant="default"
          onClick={() => {
            go({ page: 'connect', place: null });
          }}
        >
          {t('destinations.connect')}
        </Button>
      </Group>
      <Part title={t('look.title')}>
        <LookSettings state={state} />
      </Part>
      <Part title={t('about.title')}>
        <AboutSettings state={state} />
      </Part>
    </Stack>
  );
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section aria-label={title}>
      <Title order={2} size="h4" mb="sm">
        {title}
      </Title>
      <Stack gap="md">{children}</Stack>
    </section>
  );
}
