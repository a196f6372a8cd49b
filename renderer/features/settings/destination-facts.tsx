/** What is to know about a destination; nothing of it is secret. What can be done with its secret is on the page Keys. */
import { useTranslation } from 'react-i18next';
import type { DestinationView } from '../../../shared/ipc/contract.ts';
import { FactList } from '../../ui/fact-list.tsx';
import { useFormat } from '../../ui/use-format.ts';

export function DestinationFacts({ destination }: { readonly destination: DestinationView }) {
  const { t } = useTranslation('settings');
  const format = useFormat();
  const { location, fingerprint, protection } = destination;
  return (
    <FactList
      facts={[
        [t('destinations.folder'), location.path],
        [t('destinations.fingerprint'), `${fingerprint}\n${t('destinations.fingerprintHint')}`],
        [t('destinations.protection'), t(`destinations.kinds.${protection.kind}`)],
        [t('destinations.since'), format.dateTime(destination.createdAt)],
      ]}
    />
  );
}
