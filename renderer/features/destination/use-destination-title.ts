/** What a destination is called where several may stand side by side: those of one computer are often named alike. */
import { useTranslation } from 'react-i18next';
import type { DestinationView } from '../../../shared/ipc/contract.ts';

export function useDestinationTitle(): (
  destination: Pick<DestinationView, 'label' | 'location'>,
) => string {
  const { t } = useTranslation('destination');
  return ({ label, location: { kind } }) =>
    kind === 'local' ? label : t('titled', { kind: t(`kinds.${kind}`), label });
}
