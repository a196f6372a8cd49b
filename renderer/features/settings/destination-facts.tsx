/** What is to know about a destination; nothing of it is secret. */
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { DestinationView } from '../../../shared/ipc/contract.ts';
import { Disclosure } from '../../ui/disclosure.tsx';
import { FactList } from '../../ui/fact-list.tsx';
import { useFormat } from '../../ui/use-format.ts';

export function DestinationFacts({ destination }: { readonly destination: DestinationView }) {
  const { t } = useTranslation('settings');
  const format = useFormat();
  const { location, fingerprint, protection } = destination;
  const proofs = protection.proofs.toReversed();
  const line = (proof: (typeof proofs)[number]): string =>
    t('destinations.proofLine', {
      when: format.dateTime(proof.at),
      how: t(`destinations.proofHow.${proof.how}`),
    });
  const [last, ...earlier] = proofs;
  return (
    <>
      <FactList
        facts={[
          [t('destinations.folder'), location.path],
          [t('destinations.fingerprint'), `${fingerprint}\n${t('destinations.fingerprintHint')}`],
          [t('destinations.protection'), t(`destinations.kinds.${protection.kind}`)],
          [t('destinations.since'), format.dateTime(destination.createdAt)],
          [t('destinations.proof'), last === undefined ? t('destinations.noProof') : line(last)],
        ]}
      />
      {earlier.length > 0 && (
        <Disclosure
          label={t('destinations.earlierProofs', {
            count: earlier.length,
            formatted: format.count(earlier.length),
          })}
        >
          {earlier.map((proof) => (
            <Text key={proof.at} size="sm">
              {line(proof)}
            </Text>
          ))}
        </Disclosure>
      )}
    </>
  );
}
