/** Room at a destination, and what the backup takes of it. */
import { useEffect, useState } from 'react';
import type { DestinationView, RequestResult } from '../../../shared/ipc/contract.ts';
import { request } from '../../api/client.ts';

export type DestinationSize = RequestResult<'destinations:size'>;

/** null until it is known. Asked for again when the destination's state changes, or `fresh` does. */
export function useSize(
  { id: destinationId, status }: Pick<DestinationView, 'id' | 'status'>,
  { withBackup, fresh = null }: { readonly withBackup: boolean; readonly fresh?: string | null },
): DestinationSize | 'unknown' | null {
  const [size, setSize] = useState<DestinationSize | 'unknown' | null>(null);
  useEffect(() => {
    let isGone = false;
    const show = (found: DestinationSize | 'unknown'): void => {
      if (!isGone) setSize(found);
    };
    if (status === 'ready') {
      // The page says elsewhere what is the matter with the destination.
      request('destinations:size', { destinationId, withBackup }).then(show, () => show('unknown'));
    } else show('unknown');
    return () => {
      isGone = true;
    };
    // `fresh` is why it is asked for again.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [destinationId, status, withBackup, fresh]);
  return size;
}
