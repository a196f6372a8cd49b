/** Asks once for the folders that the app suggests. Without suggestions the person adds folders by hand. */
import { useCallback, useEffect, type Dispatch } from 'react';
import { request } from '../../api/client.ts';
import type { SetupAction } from './setup-choices.ts';

/** Returns how to ask once more. */
export function useSuggestedFolders(choose: Dispatch<SetupAction>): () => void {
  const suggest = useCallback(() => {
    request('folders:suggest', {})
      .then((folders) => {
        choose({ type: 'suggest-folders', folders });
        return folders;
      })
      .catch(() => undefined);
  }, [choose]);
  useEffect(suggest, [suggest]);
  return suggest;
}
