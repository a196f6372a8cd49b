/** An attempt that failed, with the button to try it again. What the person has cancelled is no failure, and only said. */
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { HoldfastError } from '../../shared/errors.ts';
import { ErrorNotice } from './error-notice.tsx';
import type { Failure } from './use-attempt.ts';

export interface FailureNoticeProps {
  readonly failure: Failure | null;
  /** False where the button that was pressed is still there. */
  readonly canRepeat?: boolean;
}

export function FailureNotice({ failure, canRepeat = true }: FailureNoticeProps) {
  const { t } = useTranslation(['common', 'errors']);
  if (failure === null) return null;
  const { error, again } = failure;
  if (error instanceof HoldfastError && error.code === 'sign-in/cancelled') {
    return (
      <Text size="sm" c="dimmed" aria-live="polite">
        {t('errors:sign-in/cancelled.title')}
      </Text>
    );
  }
  return (
    <ErrorNotice
      error={error}
      {...(canRepeat ? { onAction: again, actionLabel: t('common:actions.retry') } : {})}
    />
  );
}
