/** A folder chosen in the system's dialog as a place for backups, and what was found in it. */
import { Paper, Text } from '@mantine/core';
import { HardDrive } from 'lucide-react';
import { request } from '../api/client.ts';
import type { Place } from '../view.ts';
import { FailureNotice } from './failure-notice.tsx';
import styles from './place-picker.module.css';
import { useAttempt } from './use-attempt.ts';
import { BusyButton } from './busy-button.tsx';

export interface PlacePickerProps {
  readonly purpose: 'destination' | 'existing-repository';
  readonly place: Place | null;
  readonly texts: {
    readonly none: string;
    readonly choose: string;
    readonly change: string;
    /** Below the path. */
    readonly detail: string | null;
  };
  readonly onChoose: (place: Place) => void;
}

export function PlacePicker({ purpose, place, texts, onChoose }: PlacePickerProps) {
  const { busy, failure, run } = useAttempt();

  function pick(): void {
    void run(async () => {
      const [folder] = await request('folders:choose', { purpose });
      if (folder === undefined) return;
      const { path, ...inspection } = await request('destinations:inspect', {
        grant: folder.grant,
      });
      onChoose({ ...folder, path, inspection });
    });
  }

  return (
    <>
      <Paper withBorder radius="md" className={styles['picker'] ?? ''}>
        <HardDrive size={24} aria-hidden="true" className={styles['icon']} />
        <div className={styles['text']}>
          <Text fw={500} {...(place === null ? { c: 'dimmed' } : {})}>
            {place === null ? texts.none : place.path}
          </Text>
          {texts.detail !== null && (
            <Text size="sm" c="dimmed">
              {texts.detail}
            </Text>
          )}
        </div>
        <BusyButton variant={place === null ? 'filled' : 'default'} busy={busy} onClick={pick}>
          {place === null ? texts.choose : texts.change}
        </BusyButton>
      </Paper>
      <FailureNotice failure={failure} />
    </>
  );
}
