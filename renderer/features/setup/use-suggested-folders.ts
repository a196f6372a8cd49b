/** Asks once for the folders that the app suggests. Without suggestions the person adds folders by hand. */
import { useCallback, useEffect, type Dispatch } from 'react';
import { request } from '../../api/client.ts';
import type { SetupAction } from './setup-choices.ts';

/** Returns how to ask once more. `destinationId`: one that has archives already. */
export function useSuggestedFolders(
  choose: Dispatch<SetupAction>,
  destinationId: string | null = null,
): () => void {
  const suggest = useCallback(() => {
    request('folders:suggest', { destinationId })
      .then((folders) => {
        choose({ type: 'suggest-folders', folders });
        return folders;
      })
      .catch(() => undefined);
  }, [choose, destinationId]);
  useEffect(suggest, [suggest]);
  return suggest;
}
