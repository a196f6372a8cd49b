/** The frame of every wizard: where one is, the step's heading (which takes the focus), Back and Next at the bottom. */
import { Button, Group, Text, Title } from '@mantine/core';
import { useEffect, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import styles from './wizard-frame.module.css';
import { BusyButton } from './busy-button.tsx';

export interface WizardFrameProps {
  readonly title: string;
  readonly text?: string | undefined;
  readonly steps: readonly string[];
  /** Index of the current step. */
  readonly active: number;
  /** The content takes the whole height and scrolls by itself. */
  readonly fills?: boolean;
  readonly onLeave?: (() => void) | undefined;
  readonly leaveLabel?: string;
  readonly onBack?: (() => void) | undefined;
  readonly backLabel: string;
  readonly nextLabel: string;
  readonly nextDisabled?: boolean;
  readonly nextLoading?: boolean;
  /** What runs cannot be taken back: there is no way out until it has ended. */
  readonly holds?: boolean;
  readonly onNext: () => void;
  /** A further, quieter way on. */
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

export function WizardFrame(props: WizardFrameProps) {
  const { title, text, steps, active, fills = false, holds = false, children } = props;
  const { t } = useTranslation();
  const where = t('wizard.step', {
    number: active + 1,
    total: steps.length,
    name: steps[active] ?? '',
  });
  return (
    <form
      className={styles['frame']}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (props.nextDisabled !== true && props.nextLoading !== true) props.onNext();
      }}
    >
      <div className={styles['head']}>
        {steps.length > 1 && (
          <>
            <div className={styles['track']} aria-hidden="true">
              {steps.map((step, index) => (
                <span key={step} data-done={index <= active} />
              ))}
            </div>
            <Text size="sm" c="dimmed" aria-live="polite">
              {where}
            </Text>
          </>
        )}
        <StepHeading key={title} title={title} />
        {text !== undefined && (
          <Text c="dimmed" mt={4} className={styles['text'] ?? ''}>
            {text}
          </Text>
        )}
      </div>
      <div className={fills ? styles['filling'] : styles['content']}>{children}</div>
      <Group justify="space-between" gap="sm" className={styles['foot'] ?? ''}>
        <div className={styles['leave']}>
          {props.onLeave !== undefined && (
            <Button variant="subtle" color="gray" disabled={holds} onClick={props.onLeave}>
              {props.leaveLabel}
            </Button>
          )}
        </div>
        <Group gap="sm" justify="flex-end" className={styles['ways'] ?? ''}>
          {!holds && props.aside}
          {props.onBack !== undefined && (
            <Button variant="default" disabled={holds} onClick={props.onBack}>
              {props.backLabel}
            </Button>
          )}
          <BusyButton
            type="submit"
            disabled={props.nextDisabled === true}
            busy={props.nextLoading === true}
          >
            {props.nextLabel}
          </BusyButton>
        </Group>
      </Group>
    </form>
  );
}

/** Takes the focus as it appears, so that the new step is read out and the keyboard begins at its top. */
function StepHeading({ title }: { readonly title: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus();
  }, []);
  return (
    <Title order={1} ref={heading} tabIndex={-1} className={styles['heading'] ?? ''}>
      {title}
    </Title>
  );
}
