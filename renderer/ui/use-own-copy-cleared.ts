/** Takes our own copy off the clipboard before anything can be pasted here, or pasting would prove nothing. */
import { useEffect } from 'react';
import { request } from '../api/client.ts';

export function useOwnCopyCleared(): void {
  useEffect(() => {
    request('keys:clear-copy', {}).catch(() => undefined);
  }, []);
}
