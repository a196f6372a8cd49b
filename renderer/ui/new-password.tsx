/** A new password: rated by the main process while it is typed, with advice, or suggested. What is accepted is decided there. */
import { Button, Group, PasswordInput, Stack, Text, VisuallyHidden } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PasswordRating } from '../../shared/model/password-rating.ts';
import { request } from '../api/client.ts';
import styles from './new-password.module.css';

export interface NewPasswordProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** false until the password in the field has been found good enough. */
  readonly onRated: (isGood: boolean) => void;
}

const RATE_AFTER_MS = 150;

export function NewPassword({ value, onChange, onRated }: NewPasswordProps) {
  const { t } = useTranslation(['keys', 'errors', 'common']);
  const [isVisible, setIsVisible] = useState(false);
  const rating = useRating(value, onRated);
  const problem = rating?.problem ?? null;

  async function suggest(): Promise<void> {
    const { password } = await request('protection:suggest-password', {});
    setIsVisible(true);
    onChange(password);
  }

  return (
    <Stack gap="xs">
      <Group align="end" gap="sm">
        <PasswordInput
          label={t('keys:password.label')}
          description={t('setup:protection.password.rule')}
          value={value}
          visible={isVisible}
          onVisibilityChange={setIsVisible}
          maxLength={300}
          w="100%"
          maw={460}
          autoComplete="off"
          spellCheck={false}
          visibilityToggleButtonProps={{ 'aria-label': t('common:showSecret') }}
          onChange={(event) => {
            onChange(event.currentTarget.value);
          }}
        />
        <Button variant="default" onClick={() => void suggest().catch(() => undefined)}>
          {t('keys:password.suggest')}
        </Button>
      </Group>
      {rating !== null && (
        <>
          <VisuallyHidden>
            <meter aria-label={t('keys:password.strength')} min={0} max={4} value={rating.score} />
          </VisuallyHidden>
          <div className={styles['meter']} data-strong={problem === null} aria-hidden="true">
            {[1, 2, 3, 4].map((step) => (
              <span key={step} data-filled={rating.score >= step} />
            ))}
          </div>
        </>
      )}
      <div aria-live="polite">{rating !== null && <Verdict rating={rating} />}</div>
    </Stack>
  );
}

function Verdict({ rating }: { readonly rating: PasswordRating }) {
  const { t } = useTranslation(['keys', 'errors']);
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Why one cannot go on is not left below the edge of a small window.
    place.current?.scrollIntoView({ block: 'nearest' });
    // At each new verdict.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [rating]);
  const { problem, score, warning, advice } = rating;
  const verdict =
    problem === 'secret/too-weak'
      ? t(score === 4 ? 'keys:password.tooWeak' : `keys:password.rating.${asKey(score)}`)
      : problem === null
        ? t('keys:password.rating.4')
        : t(`errors:${problem}.advice`);
  const hints = problem === null ? [] : advice;
  return (
    <div ref={place}>
      <Text size="sm" fw={600}>
        {verdict}
      </Text>
      {problem !== null && warning !== null && (
        <Text size="sm">{t(`keys:password.warnings.${warning}`)}</Text>
      )}
      {hints.map((hint) => (
        <Text key={hint} size="sm" c="dimmed">
          {t(`keys:password.advice.${hint}`)}
        </Text>
      ))}
    </div>
  );
}

type ScoreKey = '0' | '1' | '2' | '3' | '4';

function asKey(score: number): ScoreKey {
  return String(score) as ScoreKey;
}

/** null while nothing is typed, or the answer is on its way for the first time. */
function useRating(password: string, onRated: (isGood: boolean) => void): PasswordRating | null {
  const [rated, setRated] = useState<{ password: string; rating: PasswordRating } | null>(null);
  useEffect(() => {
    onRated(false);
    if (password === '') return undefined;
    let isOver = false;
    const timer = setTimeout(() => {
      void (async () => {
        const rating = await request('protection:rate-password', { password });
        if (isOver) return;
        setRated({ password, rating });
        onRated(rating.problem === null);
        // Unrated is not accepted; the next character asks again.
      })().catch(() => undefined);
    }, RATE_AFTER_MS);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
    // `onRated` is new at every rendering; what it does is not.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [password]);
  return password === '' ? null : (rated?.rating ?? null);
}
