/** Says what is being waited for, to the eye and to assistive technology. */
import { Loader, Text } from '@mantine/core';
import styles from './waiting.module.css';

export interface WaitingProps {
  readonly text: string;
  readonly hint?: string;
}

export function Waiting({ text, hint }: WaitingProps) {
  return (
    <output className={styles['waiting']}>
      <Loader size="sm" aria-hidden="true" />
      <span>
        <Text component="span" display="block" size="sm">
          {text}
        </Text>
        {hint !== undefined && (
          <Text component="span" display="block" size="sm" c="dimmed">
            {hint}
          </Text>
        )}
      </span>
    </output>
  );
}
