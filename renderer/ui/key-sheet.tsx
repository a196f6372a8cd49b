/** A key, four times four groups. */
import { useEffect, useRef, type RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import { groupsOf } from '../../shared/recovery-key.ts';
import styles from './key-sheet.module.css';
import { SecretScreen } from './secret-screen.tsx';

export interface KeySheetProps {
  readonly digits: string;
  /** As it appears. */
  readonly takesFocus?: boolean;
  /** Copying by hand is the same as the button "Copy the key": the whole key, which leaves the clipboard again. */
  readonly onCopy: () => void;
}

export function KeySheet({ digits, takesFocus = false, onCopy }: KeySheetProps) {
  const { t } = useTranslation('keys');
  const list = useRef<HTMLOListElement>(null);
  useCopyByHand(list, onCopy);
  useEffect(() => {
    if (takesFocus) list.current?.focus();
  }, [takesFocus]);
  return (
    <SecretScreen>
      <ol
        ref={list}
        tabIndex={takesFocus ? -1 : undefined}
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

/**
 * What the browser would copy stays on the clipboard for good, and may be half a key. Heard at the document: "select all" reaches
 * beyond the sheet.
 */
function useCopyByHand(list: RefObject<HTMLOListElement | null>, onCopy: () => void): void {
  const latest = useRef(onCopy);
  useEffect(() => {
    latest.current = onCopy;
  });
  useEffect(() => {
    function copy(event: ClipboardEvent): void {
      const selection = document.getSelection();
      if (list.current === null || selection === null || selection.isCollapsed) return;
      if (!selection.containsNode(list.current, true)) return;
      event.preventDefault();
      latest.current();
    }
    document.addEventListener('copy', copy);
    document.addEventListener('cut', copy);
    return () => {
      document.removeEventListener('copy', copy);
      document.removeEventListener('cut', copy);
    };
  }, [list]);
}
