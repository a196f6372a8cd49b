/** What must be typed before a storage can be signed in to anew. */
import type { Location } from '../../../shared/model/destination.ts';

export interface ReconnectFields {
  readonly keys: 'none' | 'needed' | 'possible';
  readonly region: boolean;
  /** Of the person's own Google client. */
  readonly clientSecret: boolean;
}

const aboutTheClient = new Set(['drive/client-refused', 'sign-in/no-client']);

/** `because`: what asks for it, or null. `failed`: how the last try ended, or null. */
export function asksFor(
  kind: Location['kind'],
  because: string | null,
  failed: string | null,
): ReconnectFields {
  // The keys may be right all the same.
  const mayStay = because === 's3/access-denied' || failed === 's3/access-denied';
  const isRegion = because === 's3/wrong-region' || failed === 's3/wrong-region';
  if (kind === 's3') {
    const keys = isRegion || mayStay ? 'possible' : 'needed';
    return { keys, region: isRegion, clientSecret: false };
  }
  const isClient = aboutTheClient.has(because ?? '') || aboutTheClient.has(failed ?? '');
  return { keys: 'none', region: false, clientSecret: kind === 'gdrive' && isClient };
}
