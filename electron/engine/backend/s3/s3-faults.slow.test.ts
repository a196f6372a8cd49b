/** A whole backup through an S3 service that goes wrong; restic itself opens the bucket afterwards, and the archive is restored identical. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { S3Server, type S3Faults } from '../../../../e2e/servers/s3/s3-server.ts';
import { runBackup } from '../../backup/archiver.ts';
import { openFileSystem } from '../../native/open-file-system.ts';
import { check } from '../../repository/check.ts';
import { Repository } from '../../repository/repository.ts';
import { planRestore } from '../../restore/restore-plan.ts';
import { runRestore } from '../../restore/restorer.ts';
import { TEST_HOST, testPorts } from '../../testing/engine-means.ts';
import { describeTree } from '../../testing/file-tree.ts';
import { InstantClock } from '../../testing/instant-clock.ts';
import { s3Backend } from '../../testing/s3-means.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { TestJob } from '../../testing/test-ports.ts';
import { fastSlot } from '../../testing/test-repository.ts';

const PASSWORD = 'a password for tests';
const secret = Buffer.from(PASSWORD);

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

function writeTree(folder: string, round: number): void {
  for (let i = 0; i < 40; i++) {
    const path = join(folder, `round ${round}`, `folder ${i % 7}`);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, `file ${i}`), randomBytes(i % 10 === 0 ? 6_000_000 : 3000 * i));
  }
}

describe('a backup to S3', () => {
  it.each(FAULTS)('%s', async (_, faults) => {
    const server = await S3Server.start(11);
    servers.push(server);
    const clock = new InstantClock();
    const backend = s3Backend(server, { clock });
    const ports = { ...testPorts(), clock };
    const folder = temporaryFolder();
    const source = join(folder, 'source');
    const fileSystem = await openFileSystem(ports.log);
    Object.assign(server.faults, faults);

    await backend.prepare();
    const repository = await Repository.create(backend, ports, { secret, slot: fastSlot });
    const request = { sources: [source], excludes: [], excludedPlaces: [] };
    for (const round of [0, 1]) {
      writeTree(source, round);
      await runBackup(repository, request, { ports, fileSystem }, new TestJob());
    }

    const target = join(folder, 'restored');
    const plan = await planRestore(repository, await repository.findSnapshot('latest'), {
      include: ['/'],
      target: { kind: 'folder', path: target, keepParents: false },
      conflictPolicy: 'keep-both',
      repositoryFolder: null,
    });
    const result = await runRestore(repository, plan, { ports, fileSystem }, new TestJob());
    expect(result.warningCount).toBe(0);
    expect(describeTree(join(target, source))).toEqual(describeTree(source));
    const found = await check(repository, { readData: true }, new TestJob());
    expect(found.findings.filter(({ severity }) => severity === 'error')).toEqual([]);

    Object.assign(server.faults, {
      slowDown: 0,
      internalError: 0,
      cutUploads: 0,
      loseAnswers: 0,
      cutDownloads: 0,
      flipDownloads: 0,
    });
    const restic = async (...args: string[]): Promise<string> =>
      (await resticOn(server, folder, ...args)).stdout;
    expect(await restic('check', '--read-data')).toContain('no errors were found');
    // restic goes on in the same bucket, and finds everything there already.
    const lines = (await restic('backup', '--json', '--host', TEST_HOST, source))
      .trim()
      .split('\n');
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
      data_blobs: 0,
    });
  });
});

/** Not waited for with this thread: the server runs in it. */
async function resticOn(server: S3Server, folder: string, ...args: string[]) {
  const place = `s3:${server.endpoint}/${server.bucket}/holdfast/test`;
  return promisify(execFile)('restic', ['--no-cache', '-r', place, ...args], {
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      TMPDIR: folder,
      RESTIC_PASSWORD: PASSWORD,
      AWS_ACCESS_KEY_ID: server.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
    },
  });
}
