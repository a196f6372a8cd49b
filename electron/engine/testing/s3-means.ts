/** An S3 backend that talks to a server of `e2e/servers/s3`, with a clock whose waits cost nothing. */
import { CallGate, DEFAULT_LIMITS } from '../backend/remote/call-gate.ts';
import { Bandwidth } from '../backend/remote/transfer.ts';
import { S3_LIMITS, S3Backend } from '../backend/s3/s3-backend.ts';
import type { Clock, Log } from '../ports.ts';
import { InstantClock } from './instant-clock.ts';

const SILENT: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined };

export interface S3Account {
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface S3TestOptions {
  readonly clock?: Clock;
  readonly path?: string;
  readonly bucket?: string;
  readonly secretAccessKey?: string;
  readonly stallMs?: number;
}

export function s3Backend(
  server: S3Account,
  {
    clock = new InstantClock(),
    path = 'holdfast/test',
    bucket,
    secretAccessKey,
    stallMs = 20_000,
  }: S3TestOptions = {},
): S3Backend {
  const gate = new CallGate({ clock, log: SILENT }, { ...DEFAULT_LIMITS, ...S3_LIMITS });
  return new S3Backend(
    {
      kind: 's3',
      endpoint: server.endpoint,
      region: 'us-east-1',
      bucket: bucket ?? server.bucket,
      path,
      pathStyle: true,
    },
    {
      kind: 's3',
      accessKeyId: server.accessKeyId,
      secretAccessKey: secretAccessKey ?? server.secretAccessKey,
    },
    { clock, log: SILENT, gate, bandwidth: new Bandwidth(clock), stallMs },
  );
}
