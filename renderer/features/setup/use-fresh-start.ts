/** "Start fresh": the folders of the old plans and a place beside the old backup are chosen already. */
import { useEffect } from 'react';
import { request } from '../../api/client.ts';
import type { SetupAction } from './setup-choices.ts';

export function useFreshStart(
  replacesDestinationId: string | null,
  choose: (action: SetupAction) => void,
): void {
  useEffect(() => {
    if (replacesDestinationId === null) return;
    void (async () => {
      const { folders, place } = await request('setup:start-fresh', {
        destinationId: replacesDestinationId,
      });
      choose({ type: 'add-folders', folders });
      const { kind, ...inspection } = await request('destinations:inspect', {
        grant: place.grant,
      });
      choose({ type: 'place', place: { ...place, kind, inspection } });
      // Without it the person chooses by hand.
    })().catch(() => undefined);
  }, [replacesDestinationId, choose]);
}
