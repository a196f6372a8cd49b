/** A whole backup through an S3 service that goes wrong; restic itself opens the bucket afterwards, and the archive is restored identical. */
import { afterEach, describe, it } from 'vitest';
import { S3Server, type S3Faults } from '../../../../e2e/servers/s3/s3-server.ts';
import { InstantClock } from '../../testing/instant-clock.ts';
import { proveS3 } from '../../testing/s3-scene.ts';

const servers: S3Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

const FAULTS: readonly (readonly [string, Partial<S3Faults>])[] = [
  ['nothing wrong', {}],
  ['10 % of calls asked to slow down', { slowDown: 0.1, retryAfterSeconds: 3 }],
  ['5 % answered 500', { internalError: 0.05 }],
  ['uploads cut in the middle', { cutUploads: 0.2 }],
  ['answers lost after the commit', { loseAnswers: 0.2 }],
  ['downloads that break off', { cutDownloads: 0.1 }],
  ['one bit turned over in 1 of 20 downloads', { flipDownloads: 0.05 }],
];

describe('a backup to S3', () => {
  it.each(FAULTS)('%s', async (_, faults) => {
    const server = await S3Server.start(11);
    servers.push(server);
    const calm = { ...server.faults };
    Object.assign(server.faults, faults);
    await proveS3(server, new InstantClock(), () => Object.assign(server.faults, calm));
  });
});
