/**
 * The same contract, and a whole backup, on a real distributed store: Debian's Ceph. Only in the full run, where its packages are installed;
 * then a Ceph that does not start is a failure.
 */
import { randomBytes } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { CephServer } from '../../../../e2e/servers/s3/ceph-server.ts';
import { describeBackend } from '../../testing/backend-suite.ts';
import { s3Backend, type S3Account } from '../../testing/s3-means.ts';
import { proveS3 } from '../../testing/s3-scene.ts';
import { systemClock } from '../../system-ports.ts';

const START_MS = 240_000;

describe.runIf(process.env['HOLDFAST_FULL_TESTS'] === '1')('Ceph', () => {
  let ceph: CephServer | undefined;
  let account: S3Account;
  beforeAll(async () => {
    ceph = await CephServer.start();
    const { endpoint, accessKeyId, secretAccessKey } = ceph;
    account = { endpoint, accessKeyId, secretAccessKey, bucket: 'backups' };
    const client = new S3Client({
      endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
    });
    await client.send(new CreateBucketCommand({ Bucket: account.bucket }));
    client.destroy();
  }, START_MS);
  afterAll(async () => {
    await ceph?.stop();
  });

  describeBackend('the S3 backend on Ceph', () =>
    Promise.resolve(s3Backend(account, { path: `suite/${randomBytes(6).toString('hex')}` })),
  );

  it('keeps a backup that restic finds whole, and both go on in it', async () => {
    await proveS3(account, systemClock());
  });
});
