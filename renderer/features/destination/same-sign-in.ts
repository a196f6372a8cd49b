/** Destinations that a sign-in to Google opens together: what is withdrawn for one of them is withdrawn for all. */
import type { DestinationView } from '../../../shared/ipc/contract.ts';

type Signed = Pick<DestinationView, 'id' | 'location'>;

export function usesSameSignIn(other: Signed, one: Signed): boolean {
  return (
    other.id !== one.id &&
    other.location.kind === 'gdrive' &&
    one.location.kind === 'gdrive' &&
    other.location.accountId === one.location.accountId &&
    other.location.clientId === one.location.clientId
  );
}
