/** A Drive backend that talks to a server of `e2e/servers/drive`, with a clock whose waits cost nothing. */
import type { DriveServer } from '../../../e2e/servers/drive/drive-server.ts';
import type { CredentialsOf } from '../../../shared/model/destination.ts';
import { DriveBackend } from '../backend/drive/drive-backend.ts';
import { DriveClient } from '../backend/drive/drive-client.ts';
import { CallGate, DEFAULT_LIMITS, type GateLimits } from '../backend/remote/call-gate.ts';
import { Bandwidth } from '../backend/remote/transfer.ts';
import type { Clock, Log } from '../ports.ts';
import { InstantClock } from './instant-clock.ts';

export interface DriveTestOptions {
  readonly clock?: Clock;
  readonly log?: Log;
  readonly limits?: Partial<GateLimits>;
  readonly stallMs?: number;
  readonly indexPath?: string | null;
  readonly path?: string;
  readonly refreshToken?: string;
  readonly folderId?: string | null;
  readonly clientId?: string;
}

const SILENT: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined };

export function googleCredentials(
  server: DriveServer,
  refreshToken = server.accounts.signedIn(),
): CredentialsOf<'google'> {
  return {
    kind: 'google',
    clientId: 'test-client',
    clientSecret: 'test-secret',
    refreshToken,
    servers: {
      apiUrl: `${server.url}/`,
      authUrl: `${server.url}/o/oauth2/v2/auth`,
      tokenUrl: `${server.url}/token`,
      revokeUrl: `${server.url}/revoke`,
    },
  };
}

export function driveBackend(
  server: DriveServer,
  {
    clock = new InstantClock(),
    log = SILENT,
    limits = {},
    stallMs = 20_000,
    indexPath = null,
    path = 'Holdfast/test',
    refreshToken,
    folderId = null,
    clientId = 'test-client',
  }: DriveTestOptions = {},
) {
  const gate = new CallGate({ clock, log }, { ...DEFAULT_LIMITS, ...limits });
  const bandwidth = new Bandwidth(clock);
  const means = { clock, log, gate, bandwidth, stallMs };
  const client = new DriveClient({ ...googleCredentials(server, refreshToken), clientId }, means);
  const location = {
    kind: 'gdrive',
    path,
    folderId,
    accountId: '0001',
    clientId,
    accountName: 'anna@example.com',
  } as const;
  const backend = new DriveBackend(client, means, { location, indexPath });
  return { backend, client, gate, bandwidth, clock };
}
