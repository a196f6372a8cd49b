/** What happened, what it means for the data, one action; the technical detail is one click away. */
import { Button, Code, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { errorCatalog, fillIn } from '../../shared/error-catalog.ts';
import { toWireError, type WireError } from '../../shared/errors.ts';
import { Disclosure } from './disclosure.tsx';
import { OutcomeNotice } from './outcome-notice.tsx';

export interface ErrorNoticeProps {
  /** A HoldfastError, its wire form, or anything else that was thrown. */
  readonly error: unknown;
  /** Does what the notice's button says. Without it there is no button. */
  readonly onAction?: (() => void) | undefined;
  /** In the place of the catalog's word for the button. */
  readonly actionLabel?: string | undefined;
}

export function ErrorNotice({ error, onAction, actionLabel }: ErrorNoticeProps) {
  const { t } = useTranslation(['errors', 'common']);
  const wire = asWire(error);
  const say = (part: 'title' | 'meaning' | 'advice'): string =>
    // The facts are filled in here: a fact that is missing leaves no braces behind.
    fillIn(t(`errors:${wire.code}.${part}`, { skipInterpolation: true }), wire.context);
  const { action } = errorCatalog[wire.code];
  const detail = [wire.code, ...describeContext(wire), ...wire.causes].join('\n');
  return (
    <OutcomeNotice tone="bad" title={say('title')}>
      <Stack gap="xs">
        <Text size="sm">{say('meaning')}</Text>
        <Text size="sm">{say('advice')}</Text>
        {onAction !== undefined && (
          <Button size="xs" variant="default" w="fit-content" onClick={onAction}>
            {actionLabel ?? t(`common:actions.${action}`)}
          </Button>
        )}
        <Disclosure label={t('common:technicalDetail')}>
          <Code block>{detail}</Code>
        </Disclosure>
      </Stack>
    </OutcomeNotice>
  );
}

function asWire(error: unknown): WireError {
  if (typeof error === 'object' && error !== null && !(error instanceof Error) && 'code' in error) {
    const { code } = error as WireError;
    if (code in errorCatalog) return error as WireError;
  }
  return toWireError(error);
}

function describeContext({ context }: WireError): string[] {
  return Object.entries(context).map(([name, value]) => `${name}: ${String(value)}`);
}
