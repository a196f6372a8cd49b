/** A key, four times four groups. */
import { useTranslation } from 'react-i18next';
import { groupsOf } from '../../shared/recovery-key.ts';
import styles from './key-sheet.module.css';
import { SecretScreen } from './secret-screen.tsx';

export interface KeySheetProps {
  readonly digits: string;
  /** As it appears. */
  readonly takesFocus?: boolean;
}

export function KeySheet({ digits, takesFocus = false }: KeySheetProps) {
  const { t } = useTranslation('keys');
  return (
    <SecretScreen>
      <ol
        {...(takesFocus ? { ref: focus, tabIndex: -1 } : {})}
        className={styles['key']}
        aria-label={t('sheet.key')}
      >
        {groupsOf(digits).map((group, index) => (
          <li key={`${String(index)}${group}`}>
            <span className={styles['number']} aria-hidden="true">
              {index + 1}
            </span>
            <code>{group}</code>
          </li>
        ))}
      </ol>
    </SecretScreen>
  );
}

function focus(list: HTMLOListElement | null): void {
  list?.focus();
}
