/** A box that is drawn only: the row that it stands in says its state. */
import { Check, Minus } from 'lucide-react';
import styles from './check-mark.module.css';
import type { CheckState } from './selection.ts';

export function CheckMark({ state }: { readonly state: CheckState }) {
  return (
    <span className={styles['mark']} data-state={state}>
      {state === 'checked' && <Check size={12} strokeWidth={3.5} />}
      {state === 'mixed' && <Minus size={12} strokeWidth={3.5} />}
    </span>
  );
}
