/** Detail that is one click away. */
import type { ReactNode } from 'react';
import styles from './disclosure.module.css';

export interface DisclosureProps {
  readonly label: string;
  readonly children: ReactNode;
}

export function Disclosure({ label, children }: DisclosureProps) {
  return (
    <details className={styles['disclosure']}>
      <summary>{label}</summary>
      <div className={styles['content']}>{children}</div>
    </details>
  );
}
