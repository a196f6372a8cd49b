/** One field for a key or a password. Where it looks like a key, it says which group is wrong. Nothing remembers it. */
import { PasswordInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { looksLikeKey, parseRecoveryKey } from '../../shared/recovery-key.ts';
import { useKeyProblem } from './use-key-problem.ts';

export interface SecretFieldProps {
  readonly label: string;
  readonly description?: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Outside a form of its own. */
  readonly onEnter?: (() => void) | undefined;
  /** Why the secret was refused. What is wrong with the form of a key is said first. */
  readonly wrong?: string | null;
  /** In a dialog: as it opens. */
  readonly takesFocus?: boolean;
}

export function SecretField(props: SecretFieldProps) {
  const { label, description, value, onChange, onEnter, wrong = null, takesFocus = false } = props;
  const { t } = useTranslation();
  const sayProblem = useKeyProblem();
  const parsed = parseRecoveryKey(value);
  const problem = looksLikeKey(value) && !parsed.ok ? sayProblem(parsed.problem) : null;
  return (
    <PasswordInput
      label={label}
      description={description}
      value={value}
      error={problem ?? wrong}
      maxLength={1000}
      autoComplete="off"
      spellCheck={false}
      data-autofocus={takesFocus ? true : undefined}
      visibilityToggleButtonProps={{ 'aria-label': t('showSecret') }}
      onChange={(event) => {
        onChange(event.currentTarget.value);
      }}
      onKeyDown={(event) => {
        if (onEnter === undefined || event.key !== 'Enter') return;
        // Or Enter would mean "Next".
        event.preventDefault();
        onEnter();
      }}
    />
  );
}
