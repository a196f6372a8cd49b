/** A whole backup to S3-compatible storage: twice written, restored identical, checked, then judged and continued by restic. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { runBackup } from '../backup/archiver.ts';
import { openFileSystem } from '../native/open-file-system.ts';
import type { Clock } from '../ports.ts';
import { check } from '../repository/check.ts';
import { Repository } from '../repository/repository.ts';
import { planRestore } from '../restore/restore-plan.ts';
import { runRestore } from '../restore/restorer.ts';
import { TEST_HOST, testPorts } from './engine-means.ts';
import { describeTree } from './file-tree.ts';
import { s3Backend, type S3Account } from './s3-means.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { TestJob } from './test-ports.ts';
import { fastSlot } from './test-repository.ts';

const PASSWORD = 'a password for tests';

function writeTree(folder: string, round: number): void {
  for (let i = 0; i < 40; i++) {
    const path = join(folder, `round ${round}`, `folder ${i % 7}`);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, `file ${i}`), randomBytes(i % 10 === 0 ? 6_000_000 : 3000 * i));
  }
}

/** `beforeRestic` is for what goes wrong on purpose: restic has other patience. */
export async function proveS3(
  account: S3Account,
  clock: Clock,
  beforeRestic: () => void = () => undefined,
): Promise<void> {
  const backend = s3Backend(account, { clock });
  const ports = { ...testPorts(), clock };
  const folder = temporaryFolder();
  const source = join(folder, 'source');
  const fileSystem = await openFileSystem(ports.log);
  const means = { ports, fileSystem };

  await backend.prepare();
  const repository = await Repository.create(backend, ports, {
    secret: Buffer.from(PASSWORD),
    slot: fastSlot,
  });
  const request = { sources: [source], excludes: [], excludedPlaces: [] };
  for (const round of [0, 1]) {
    writeTree(source, round);
    await runBackup(repository, request, means, new TestJob());
  }

  const target = join(folder, 'restored');
  const plan = await planRestore(repository, await repository.findSnapshot('latest'), {
    include: ['/'],
    target: { kind: 'folder', path: target, keepParents: false },
    conflictPolicy: 'keep-both',
    repositoryFolder: null,
  });
  const result = await runRestore(repository, plan, means, new TestJob());
  expect(result.warningCount).toBe(0);
  expect(describeTree(join(target, source))).toEqual(describeTree(source));
  const found = await check(repository, { readData: true }, new TestJob());
  expect(found.findings.filter(({ severity }) => severity === 'error')).toEqual([]);

  beforeRestic();
  // Not waited for with this thread: a server may run in it.
  const restic = async (...args: readonly string[]): Promise<string> => {
    const place = `s3:${account.endpoint}/${account.bucket}/holdfast/test`;
    const { stdout } = await promisify(execFile)('restic', ['--no-cache', '-r', place, ...args], {
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        TMPDIR: folder,
        RESTIC_PASSWORD: PASSWORD,
        AWS_ACCESS_KEY_ID: account.accessKeyId,
        AWS_SECRET_ACCESS_KEY: account.secretAccessKey,
      },
    });
    return stdout;
  };
  expect(await restic('check', '--read-data')).toContain('no errors were found');
  // restic goes on in the same bucket, and finds everything there already.
  const lines = (await restic('backup', '--json', '--host', TEST_HOST, source)).trim().split('\n');
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ data_blobs: 0 });
}
