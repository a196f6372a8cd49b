/** Asks once for the folders that the app suggests. Without suggestions the person adds folders by hand. */
import { useEffect, type Dispatch } from 'react';
import { request } from '../../api/client.ts';
import type { SetupAction } from './setup-choices.ts';

export function useSuggestedFolders(choose: Dispatch<SetupAction>): void {
  useEffect(() => {
    const suggest = async (): Promise<void> => {
      choose({ type: 'suggest-folders', folders: await request('folders:suggest', {}) });
    };
    suggest().catch(() => undefined);
  }, [choose]);
}
