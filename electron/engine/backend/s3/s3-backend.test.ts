import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { S3Server } from '../../../../e2e/servers/s3/s3-server.ts';
import { describeBackend, named } from '../../testing/backend-suite.ts';
import { s3Backend } from '../../testing/s3-means.ts';

const servers: S3Server[] = [];

async function startServer(seed?: number): Promise<S3Server> {
  const server = await S3Server.start(seed);
  servers.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

describeBackend(
  'the S3 backend',
  async () => s3Backend(await startServer()),
  async () => {
    const server = await startServer(3);
    return {
      backend: s3Backend(server),
      breakUp: (isBad) => {
        Object.assign(server.faults, {
          cutUploads: isBad ? 0.5 : 0,
          cutDownloads: isBad ? 0.5 : 0,
        });
      },
    };
  },
);

describe('a service that goes wrong', () => {
  it('gets every file whole, whatever is lost on the way', async () => {
    const server = await startServer(7);
    const backend = s3Backend(server);
    Object.assign(server.faults, {
      slowDown: 0.1,
      retryAfterSeconds: 2,
      internalError: 0.1,
      cutUploads: 0.15,
      loseAnswers: 0.15,
      cutDownloads: 0.2,
    });
    const contents = Array.from({ length: 30 }, (_, i) => randomBytes(i % 5 === 0 ? 900_000 : 900));
    for (const bytes of contents) await backend.write(named('pack', bytes), bytes);
    for (const bytes of contents) {
      expect((await backend.read(named('pack', bytes))).equals(bytes)).toBe(true);
      const range = { offset: 100, length: 700 };
      expect(await backend.read(named('pack', bytes), range)).toEqual(bytes.subarray(100, 800));
    }
  });

  it('is told apart by what a person can do about it', async () => {
    const server = await startServer();
    const file = named('pack', randomBytes(3));
    const answers = [
      [403, 'AccessDenied', 's3/access-denied'],
      [403, 'InvalidAccessKeyId', 's3/unknown-key'],
      [403, 'RequestTimeTooSkewed', 's3/clock-wrong'],
      [400, 'AuthorizationHeaderMalformed', 's3/wrong-region'],
      [404, 'NoSuchBucket', 's3/bucket-missing'],
      [403, 'QuotaExceeded', 'backend/no-space'],
    ] as const;
    for (const [status, name, code] of answers) {
      server.faults.refuseWith = { status, code: name };
      await expect(s3Backend(server).read(file)).rejects.toMatchObject({ code });
    }
  });

  it('is not believed to have told all when it says that there is more', async () => {
    const server = await startServer();
    const backend = s3Backend(server);
    const bytes = randomBytes(10);
    await backend.write(named('index', bytes), bytes);
    server.faults.losesNextPage = true;
    const listing = backend.list('index');
    expect((await listing.next()).value).toMatchObject({ name: named('index', bytes).name });
    await expect(listing.next()).rejects.toMatchObject({ code: 's3/listing-incomplete' });
  });

  it('is told by its own word where nobody knows it', async () => {
    const server = await startServer();
    server.faults.refuseWith = { status: 400, code: 'SomethingNew' };
    await expect(s3Backend(server).read(named('pack', randomBytes(3)))).rejects.toMatchObject({
      code: 'backend/refused',
      context: { reason: 'SomethingNew' },
    });
  });

  it('knows a wrong key and a missing bucket', async () => {
    const server = await startServer();
    const file = named('pack', randomBytes(3));
    await expect(
      s3Backend(server, { secretAccessKey: 'another' }).read(file),
    ).rejects.toMatchObject({ code: 's3/unknown-key' });
    await expect(s3Backend(server, { bucket: 'nowhere' }).prepare()).rejects.toMatchObject({
      code: 's3/bucket-missing',
    });
  });

  it('never has a secret in what is thrown', async () => {
    const server = await startServer();
    server.faults.refuseWith = { status: 403, code: 'AccessDenied' };
    const error = await s3Backend(server, { secretAccessKey: 'very-secret-key' })
      .read(named('pack', randomBytes(3)))
      .catch((thrown: unknown) => thrown);
    const seen: string[] = [];
    for (let at = error; at instanceof Error; at = at.cause) {
      seen.push(at.message, at.stack ?? '', JSON.stringify(at));
    }
    expect(seen.length).toBeGreaterThan(3);
    expect(seen.join('\n')).not.toContain('very-secret-key');
    expect(seen.join('\n')).not.toContain('Signature=');
  });
});
