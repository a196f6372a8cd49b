/** A part of a page that scrolls by itself, also by keyboard. */
import type { ReactNode } from 'react';
import styles from './scroll-box.module.css';

export interface ScrollBoxProps {
  readonly label: string;
  readonly children: ReactNode;
}

export function ScrollBox({ label, children }: ScrollBoxProps) {
  return (
    // A box that scrolls must take the focus, or whoever has no mouse cannot scroll it.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section className={styles['box']} aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
