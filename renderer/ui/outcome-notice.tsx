/** How something ended, in a calm frame: the tone is in the icon and its colour, the words keep the colour of text. */
import { Alert } from '@mantine/core';
import { CircleCheck, CircleX, TriangleAlert } from 'lucide-react';
import { useEffect, useRef, type ReactNode } from 'react';
import styles from './outcome-notice.module.css';

export interface OutcomeNoticeProps {
  readonly tone: 'good' | 'warning' | 'bad';
  readonly title: string;
  /** As it appears: where what had the focus before is gone. */
  readonly takesFocus?: boolean;
  /** As it appears: the answer to what was just clicked is not left below the edge of a small window. */
  readonly comesIntoView?: boolean;
  readonly children?: ReactNode;
}

const icons = {
  good: <CircleCheck aria-hidden="true" color="var(--app-good)" />,
  warning: <TriangleAlert aria-hidden="true" color="var(--app-attention)" />,
  bad: <CircleX aria-hidden="true" color="var(--app-bad)" />,
} as const;

export function OutcomeNotice({
  tone,
  title,
  takesFocus = false,
  comesIntoView = tone === 'bad',
  children,
}: OutcomeNoticeProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (comesIntoView) place.current?.scrollIntoView({ block: 'nearest' });
  }, [comesIntoView]);
  useEffect(() => {
    if (takesFocus) place.current?.focus();
  }, [takesFocus]);
  return (
    <Alert
      ref={place}
      {...(takesFocus ? { tabIndex: -1, className: styles['quietFocus'] ?? '' } : {})}
      variant="default"
      role={tone === 'bad' ? 'alert' : 'status'}
      icon={icons[tone]}
      title={title}
    >
      {children}
    </Alert>
  );
}
