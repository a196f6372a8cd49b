/** What can be said of a backup before it is opened, so that the person knows which secret belongs to it. */
import { useTranslation } from 'react-i18next';
import { FactList } from '../../ui/fact-list.tsx';
import { OutcomeNotice } from '../../ui/outcome-notice.tsx';
import { useFormat } from '../../ui/use-format.ts';
import type { Place } from '../../view.ts';

export function FoundBackup({ place }: { readonly place: Place }) {
  const { t } = useTranslation('connect');
  const format = useFormat();
  const { fingerprint, keyCreatedAt, newestFileAt } = place.inspection;
  const when = (text: string | null): string =>
    text === null ? t('place.unknown') : format.dateTime(text);
  return (
    <OutcomeNotice comesIntoView tone="good" title={t('place.found')}>
      <FactList
        facts={[
          [t('place.folder'), place.path],
          [t('place.fingerprint'), fingerprint ?? t('place.unknown')],
          [t('place.keyCreated'), when(keyCreatedAt)],
          [t('place.newest'), when(newestFileAt)],
        ]}
      />
    </OutcomeNotice>
  );
}
