/**
 * The one place that knows which backend serves which place. Decorators (copies kept nearby, the gate that paces and repeats) are put on
 * here, so that every caller gets the same storage for the same place.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { HoldfastError } from '../../../shared/errors.ts';
import type { Place } from '../../../shared/model/destination.ts';
import type { Clock, Log } from '../ports.ts';
import type { Backend } from './backend.ts';
import { CachedBackend } from './cached-backend.ts';
import { DriveBackend } from './drive/drive-backend.ts';
import { DriveClient } from './drive/drive-client.ts';
import { LocalBackend } from './local-backend.ts';
import { CallGate, type GateWait } from './remote/call-gate.ts';
import { Bandwidth, STALL_MS } from './remote/transfer.ts';

export interface BackendMeans {
  readonly clock: Clock;
  readonly log: Log;
  /** For copies and indexes that may be deleted at any time; null keeps none. */
  readonly cacheFolder: string | null;
  /** Told when calls to the storage wait, and null when they go on. */
  readonly onWait?: (wait: GateWait | null) => void;
}

/**
 * Does not touch the storage yet: the first request tells whether it is there.
 * @throws HoldfastError `sign-in/required` without the credentials that the place needs
 */
export function openBackend({ location, credentials }: Place, means: BackendMeans): Backend {
  if (location.kind === 'local') return new LocalBackend(location.path);
  if (credentials?.kind !== 'google') throw new HoldfastError('sign-in/required');
  const { clock, log, cacheFolder, onWait } = means;
  const gate = new CallGate({ clock, log });
  if (onWait !== undefined) gate.onWait(onWait);
  const remote = { clock, log, gate, bandwidth: new Bandwidth(clock), stallMs: STALL_MS };
  const client = new DriveClient(credentials, remote);
  const own =
    cacheFolder === null ? null : join(cacheFolder, hashed(location.accountId, location.path));
  const backend = new DriveBackend(client, remote, {
    location,
    indexPath: own === null ? null : join(own, 'drive-index.jsonl'),
  });
  return own === null ? backend : new CachedBackend(backend, join(own, 'files'));
}

function hashed(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}
