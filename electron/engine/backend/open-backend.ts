/**
 * The one place that knows which backend serves which location. Decorators (retry, limits) are put on here,
 * so that every caller gets the same storage for the same location.
 */
import type { Location } from '../../../shared/model/destination.ts';
import type { Backend } from './backend.ts';
import { LocalBackend } from './local-backend.ts';

/** Does not touch the storage yet: the first request tells whether it is there. */
export function openBackend(location: Location): Backend {
  return new LocalBackend(location.path);
}
