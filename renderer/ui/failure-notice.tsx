/** An attempt that failed, with the button to try it again. */
import { useTranslation } from 'react-i18next';
import { ErrorNotice } from './error-notice.tsx';
import type { Failure } from './use-attempt.ts';

export function FailureNotice({ failure }: { readonly failure: Failure | null }) {
  const { t } = useTranslation();
  if (failure === null) return null;
  return (
    <ErrorNotice
      error={failure.error}
      onAction={failure.again}
      actionLabel={t('common:actions.retry')}
    />
  );
}
