/** A button whose action takes a while. Meanwhile it does nothing, and says so, but keeps the focus: a disabled button would lose it. */
import { Button, Loader, type ButtonProps } from '@mantine/core';
import type { ComponentPropsWithoutRef } from 'react';

export type BusyButtonProps = Omit<ButtonProps, 'loading'> &
  Omit<ComponentPropsWithoutRef<'button'>, keyof ButtonProps> & { readonly busy: boolean };

const LOADER_SIZE = 16;

export function BusyButton({ busy, onClick, leftSection, ...rest }: BusyButtonProps) {
  return (
    <Button
      {...rest}
      aria-busy={busy}
      aria-disabled={busy ? true : undefined}
      leftSection={
        busy ? <Loader size={LOADER_SIZE} color="currentColor" aria-hidden="true" /> : leftSection
      }
      onClick={(event) => {
        // Also keeps a submit button from submitting twice.
        if (busy) event.preventDefault();
        else onClick?.(event);
      }}
    />
  );
}
