/** The storage does not let this computer in any more: why, and the way in again. What waits for it goes on then. */
import { Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { asErrorCode, fillIn } from '../../../shared/error-catalog.ts';
import type { DestinationView } from '../../../shared/ipc/contract.ts';
import { OutcomeNotice } from '../../ui/outcome-notice.tsx';
import { ReconnectForm } from './reconnect-form.tsx';

export interface SignedOutNoticeProps {
  readonly destination: DestinationView;
  /** The code of the error that asks for it; null where simply none is stored. */
  readonly because: string | null;
  readonly onDone?: (() => void) | undefined;
}

export function SignedOutNotice({ destination, because, onDone }: SignedOutNoticeProps) {
  const { t } = useTranslation(['status', 'errors']);
  const { label, location } = destination;
  const code = asErrorCode(because);
  const isUsual = code === null || code === 'drive/sign-in-ended' || code === 'sign-in/required';
  const account = location.kind === 'gdrive' ? location.accountName : '';
  const isS3 = location.kind === 's3';
  const say = (part: 'title' | 'meaning' | 'advice'): string =>
    code === null
      ? ''
      : fillIn(t(`errors:${code}.${part}`, { skipInterpolation: true }), {
          bucket: isS3 ? location.bucket : '',
        });
  return (
    <OutcomeNotice
      tone="warning"
      title={
        isUsual
          ? t('destination.signedOut.title', { label })
          : t('destination.signedOut.named', { label, what: say('title') })
      }
    >
      <Stack gap="sm">
        {isUsual ? (
          <Text size="sm">
            {t(isS3 ? 'destination.signedOut.s3' : 'destination.signedOut.text', { account })}
          </Text>
        ) : (
          <>
            <Text size="sm">{say('meaning')}</Text>
            <Text size="sm">{say('advice')}</Text>
          </>
        )}
        <ReconnectForm destination={destination} because={because} onDone={onDone} />
      </Stack>
    </OutcomeNotice>
  );
}
