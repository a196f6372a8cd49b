/** restic as the judge of our backups, both ways; a run that is killed, and one by somebody who may not read everything. */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BackupResult } from '../../../shared/model/job.ts';
import type { Repository } from '../repository/repository.ts';
import { planRestore } from '../restore/restore-plan.ts';
import { runRestore } from '../restore/restorer.ts';
import {
  createTestRepository,
  openTestRepository,
  testFileSystem,
  testJob,
  testPorts,
} from '../testing/engine-means.ts';
import { describeTree, makeOddTree } from '../testing/file-tree.ts';
import { resticOracle } from '../testing/restic-oracle.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { runBackup } from './archiver.ts';

const means = { ports: testPorts(), fileSystem: testFileSystem() };

function backUp(repository: Repository, source: string, job = testJob()): Promise<BackupResult> {
  const request = { sources: [source], excludes: [], excludedPlaces: [] };
  return runBackup(repository, request, means, job);
}

/** A quiet place: its ancestors must not change between two backups. */
function places() {
  const outer = temporaryFolder();
  const inner = join(outer, 'quiet');
  mkdirSync(inner);
  return {
    outer,
    source: join(inner, 'source'),
    repo: join(outer, 'repo'),
    out: join(outer, 'out'),
  };
}

/** Stands still: anything made in a folder above the source would be a change of that folder. */
function prepared() {
  const at = places();
  mkdirSync(at.out);
  mkdirSync(at.repo);
  mkdirSync(join(at.outer, 'restic-tmp'));
  mkdirSync(at.source);
  return at;
}

/** The system's temporary folder changes while others work; only the levels below it are ours. */
const FOREIGN_LEVELS = 1;

describe('restic as the judge', () => {
  it('checks and restores what we wrote, and then finds nothing to back up', async () => {
    const at = prepared();
    makeOddTree(at.source, { bigFileBytes: 64 * 1024 * 1024, smallFiles: 20_000 });
    const before = describeTree(at.source);
    const repository = await createTestRepository(at.repo);
    const ours = await backUp(repository, at.source);
    expect(ours.warnings).toEqual([]);

    const restic = resticOracle(at.repo, at.outer);
    restic.check();
    restic.run('restore', 'latest', '--target', at.out);
    expect(describeTree(join(at.out, at.source))).toEqual(before);

    const summary = restic.backup(at.source);
    expect(summary).toMatchObject({
      files_new: 0,
      files_changed: 0,
      files_unmodified: ours.filesNew,
      dirs_new: 0,
      data_blobs: 0,
    });
    expect(summary.dirs_changed).toBeLessThanOrEqual(FOREIGN_LEVELS);
    const levels = at.source.split('/').length - 1;
    expect(summary.tree_blobs).toBeLessThanOrEqual(FOREIGN_LEVELS + 1);
    expect(levels).toBeGreaterThan(FOREIGN_LEVELS);
    restic.check();
  });

  it.each(['America/New_York', 'Asia/Kolkata', 'UTC'])(
    'agrees byte for byte on trees in the time zone %s',
    async (zone) => {
      const before = process.env['TZ'];
      process.env['TZ'] = zone;
      try {
        const at = prepared();
        makeOddTree(at.source);
        const restic = resticOracle(at.repo, at.outer);
        rmSync(at.repo, { recursive: true });
        restic.run('init');
        restic.backup(at.source);
        const repository = await openTestRepository(at.repo);
        const [theirs] = await repository.listSnapshots();
        const ours = await backUp(repository, at.source);
        expect(ours).toMatchObject({ filesNew: 0, filesChanged: 0, dirsNew: 0, dataBlobs: 0 });
        expect(ours.parentId).toBe(theirs?.id);
        expect(ours.dirsChanged).toBeLessThanOrEqual(FOREIGN_LEVELS);
        expect(ours.treeBlobs).toBeLessThanOrEqual(FOREIGN_LEVELS + 1);
        restic.check();
      } finally {
        if (before === undefined) delete process.env['TZ'];
        else process.env['TZ'] = before;
      }
    },
  );

  it('made a backup that we restore exactly', async () => {
    const at = prepared();
    makeOddTree(at.source, { bigFileBytes: 20_000_000, smallFiles: 2000 });
    const restic = resticOracle(at.repo, at.outer);
    rmSync(at.repo, { recursive: true });
    restic.run('init');
    restic.backup(at.source);
    const repository = await openTestRepository(at.repo);
    const snapshot = await repository.findSnapshot('latest');
    await repository.refreshIndex();
    const plan = await planRestore(repository, snapshot, {
      include: ['/'],
      target: { kind: 'folder', path: at.out, keepParents: false },
      conflictPolicy: 'skip',
      repositoryFolder: at.repo,
    });
    const result = await runRestore(repository, plan, means, testJob());
    expect(result.warnings).toEqual([]);
    expect(describeTree(join(at.out, at.source))).toEqual(describeTree(at.source));
  });
});

describe('a backup that is killed', () => {
  it('leaves a repository that restic finds sound, and the next run goes on', async () => {
    const at = prepared();
    makeOddTree(at.source, { bigFileBytes: 150_000_000, smallFiles: 200 });
    await createTestRepository(at.repo);
    const script = join(import.meta.dirname, '..', 'testing', 'backup-process.ts');
    const killed = fork(script, [at.repo, at.source], {
      execArgv: ['--no-warnings'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    await new Promise<void>((resolve) => {
      killed.on('message', (bytesDone: number) => {
        if (bytesDone > 60_000_000) resolve();
      });
      killed.on('exit', () => {
        resolve();
      });
    });
    killed.kill('SIGKILL');
    if (killed.exitCode === null && killed.signalCode === null) await once(killed, 'exit');
    expect(killed.signalCode).toBe('SIGKILL');
    expect(readdirSync(join(at.repo, 'snapshots'))).toEqual([]);
    expect(readdirSync(join(at.repo, 'locks'))).toHaveLength(1);

    const repository = await openTestRepository(at.repo, testPorts());
    const result = await backUp(repository, at.source);
    expect(result.warnings).toEqual([]);
    expect(readdirSync(join(at.repo, 'locks')).length).toBeLessThanOrEqual(1);
    const restic = resticOracle(at.repo, at.outer);
    restic.run('unlock');
    restic.check();
    restic.run('restore', 'latest', '--target', at.out);
    expect(describeTree(join(at.out, at.source))).toEqual(describeTree(at.source));
  });
});

describe.runIf(process.getuid?.() === 0 && existsSync('/usr/bin/setpriv'))(
  'a backup by somebody who is not root',
  () => {
    it('names what may not be read and keeps the rest', async () => {
      const at = prepared();
      makeOddTree(at.source, { bigFileBytes: 1000 });
      mkdirSync(join(at.source, 'closed'));
      writeFileSync(join(at.source, 'closed', 'x'), 'x');
      chmodSync(join(at.source, 'closed'), 0o700);
      chmodSync(at.outer, 0o755);
      const repo = join(at.out, 'repo');
      chmodSync(at.out, 0o777);
      const script = join(import.meta.dirname, '..', 'testing', 'backup-process.ts');
      const child = spawn(
        'setpriv',
        [
          '--reuid=65534',
          '--regid=65534',
          '--clear-groups',
          process.execPath,
          '--no-warnings',
          script,
          repo,
          at.source,
          'create',
        ],
        { stdio: ['ignore', 'pipe', 'inherit'], env: { PATH: process.env['PATH'], HOME: at.out } },
      );
      let text = '';
      child.stdout.on('data', (data: Buffer) => (text += data.toString()));
      await once(child, 'close');
      const result = JSON.parse(text) as BackupResult;
      const denied = result.warnings.map(({ path, reason, detail }) => [path, reason, detail]);
      // `secret` belongs to that user; `empty-dir` and `closed` are root's and private.
      expect(denied.toSorted((a, b) => String(a[0]).localeCompare(String(b[0])))).toEqual([
        [join(at.source, 'closed'), 'permission-denied', 'EACCES'],
        [join(at.source, 'empty-dir'), 'permission-denied', 'EACCES'],
      ]);
      expect(result.warningCount).toBe(2);
      resticOracle(repo, at.outer).check();
    });
  },
);
