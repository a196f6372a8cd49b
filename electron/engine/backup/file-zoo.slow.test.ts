/** One of everything, backed up by us and by restic, and restored by both: the same tree, and the same on disk. */
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { BackupResult } from '../../../shared/model/job.ts';
import { encodePath } from '../format/repository-path.ts';
import { decodeTree, type Node } from '../format/tree.ts';
import type { Id } from '../format/id.ts';
import type { Repository } from '../repository/repository.ts';
import { planRestore } from '../restore/restore-plan.ts';
import { runRestore } from '../restore/restorer.ts';
import {
  createTestRepository,
  openTestRepository,
  TEST_SECRET,
  testFileSystem,
  testJob,
  testPorts,
} from '../testing/engine-means.ts';
import { describeTree } from '../testing/file-tree.ts';
import { describeAttributes, makeZoo, reasonForNoZoo } from '../testing/file-zoo.ts';
import { resticOracle } from '../testing/restic-oracle.ts';
import { reasonForNoDisk } from '../testing/small-disk.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { runBackup } from './archiver.ts';

const means = { ports: testPorts(), fileSystem: testFileSystem() };
const reason = reasonForNoZoo();
const because = reason === null ? '' : `: ${reason}`;

function backUp(repository: Repository, source: string): Promise<BackupResult> {
  return runBackup(
    repository,
    { sources: [source], excludes: [], excludedPlaces: [] },
    means,
    testJob(),
  );
}

async function restore(
  repository: Repository,
  path: string,
  target: string,
  include: readonly string[] = ['/'],
  wanted = 'latest',
) {
  const snapshot = await repository.findSnapshot(wanted);
  await repository.refreshIndex();
  const plan = await planRestore(repository, snapshot, {
    include,
    target: { kind: 'folder', path: target, keepParents: false },
    conflictPolicy: 'skip',
    repositoryFolder: path,
  });
  return runRestore(repository, plan, means, testJob());
}

/** The folder's own tree: those above it change while others work in the system's temporary folder. */
async function treeOf(repository: Repository, snapshotId: string, folder: string): Promise<Id> {
  const { snapshot } = await repository.findSnapshot(snapshotId);
  await repository.refreshIndex();
  let tree: Id = snapshot.tree;
  for (const name of folder.split('/').slice(1)) {
    const nodes: readonly Node[] = decodeTree(await repository.loadBlob('tree', tree));
    const found = nodes.find((node) => node.name.toString() === name);
    if (found?.subtree === undefined || found.subtree === null) throw new Error(`no ${name}`);
    tree = found.subtree;
  }
  return tree;
}

/** However long their paths are. */
function filesBelow(folder: string): number {
  return execFileSync('find', [folder, '-name', 'file', '-printf', '.']).length;
}

function scene() {
  const folder = temporaryFolder();
  const at = {
    folder,
    source: join(folder, 'source'),
    path: join(folder, 'repo'),
    ours: join(folder, 'ours'),
    theirs: join(folder, 'theirs'),
  };
  mkdirSync(at.source);
  return at;
}

describe.skipIf(reason !== null)(`one of everything${because}`, () => {
  it('is the same tree as restic makes, and comes back the same by both', async () => {
    const { folder, source, path, ours, theirs } = scene();
    makeZoo(source);
    const before = { tree: describeTree(source), attributes: describeAttributes(source) };
    const repository = await createTestRepository(path);
    const own = await backUp(repository, source);
    expect(own.warnings).toEqual([]);
    const restic = resticOracle(path, folder);
    const foreign = restic.backup('--force', source);
    expect(foreign).toMatchObject({ data_blobs: 0 });
    expect(await treeOf(repository, own.snapshotId, source)).toBe(
      await treeOf(await openTestRepository(path), foreign.snapshot_id, source),
    );
    expect((await restore(repository, path, ours)).warnings).toEqual([]);
    restic.run('restore', own.snapshotId, '--target', theirs);
    for (const target of [ours, theirs]) {
      const restored = join(target, source);
      expect(describeTree(restored)).toEqual(before.tree);
      expect(describeAttributes(restored)).toEqual(before.attributes);
    }
    expect(describeTree(source)).toEqual(before.tree);
    restic.check();
  });

  it('holds sockets, which are left out without a word, as restic does', async () => {
    const { folder, source, path, ours } = scene();
    writeFileSync(join(source, 'file'), 'x');
    const server = createServer().listen(join(source, 'socket'));
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const repository = await createTestRepository(path);
    expect(await backUp(repository, source)).toMatchObject({ warningCount: 0, filesNew: 1 });
    await restore(repository, path, ours);
    expect(describeTree(join(ours, source)).map((line) => line.split(' | ')[0])).toEqual([
      '',
      '/file',
    ]);
    resticOracle(path, folder).check();
  });

  it('holds paths that are longer than the system takes at once, which restic does not reach', async () => {
    const { folder, path } = scene();
    const source = join(folder, 'some more letters', 'source');
    mkdirSync(source, { recursive: true });
    const [near, far] = [join(folder, 'o'), join(folder, 'f'.repeat(200))];
    // Step by step, as it was made.
    onTestFinished(() => void spawnSync('rm', ['-rf', source, near, far]));
    const script = `
      const { mkdirSync, writeFileSync } = require('node:fs');
      for (let level = 0; level < 20; level += 1) {
        mkdirSync('d'.repeat(250));
        process.chdir('d'.repeat(250));
        writeFileSync('file', String(level));
      }`;
    execFileSync(process.execPath, ['-e', script], { cwd: source });
    expect(filesBelow(source)).toBe(20);
    const repository = await createTestRepository(path);
    const own = await backUp(repository, source);
    expect(own).toMatchObject({ warningCount: 0, filesNew: 20 });

    // Its exit code tells what it left out; what we have stored is whole to it.
    const restic = resticOracle(path, folder);
    const theirs = spawnSync('restic', ['--no-cache', '-r', path, 'backup', source], {
      encoding: 'utf8',
      env: { ...process.env, RESTIC_PASSWORD: TEST_SECRET },
    });
    expect(theirs.status).toBe(3);
    restic.check();

    const include = [
      encodePath(
        source
          .split('/')
          .slice(1)
          .map((name) => Buffer.from(name)),
      ),
    ];
    for (const target of [near, far]) {
      const result = await restore(repository, path, target, include, own.snapshotId);
      expect(result).toMatchObject({ warningCount: 0, filesRestored: 20 });
      expect(filesBelow(target)).toBe(20);
    }
  });
});

describe.skipIf(reasonForNoDisk() !== null)(
  `a file that cannot be read${reasonForNoDisk() === null ? '' : ': nothing may be mounted here'}`,
  () => {
    it('is told, also to root, and everything else is whole', async () => {
      const { folder, source, path, ours } = scene();
      for (const name of ['broken', 'whole']) writeFileSync(join(source, name), name);
      // Whoever reads the memory of a process at address 0 gets EIO, as of a disk that fails.
      execFileSync('mount', ['--bind', `/proc/${process.pid}/mem`, join(source, 'broken')]);
      onTestFinished(() => void spawnSync('umount', ['-l', join(source, 'broken')]));
      const repository = await createTestRepository(path);
      const result = await backUp(repository, source);
      expect(result).toMatchObject({
        filesNew: 1,
        warnings: [{ path: join(source, 'broken'), reason: 'unreadable', detail: 'EIO' }],
      });
      await restore(repository, path, ours);
      expect(describeTree(join(ours, source)).map((line) => line.split(' | ')[0])).toEqual([
        '',
        '/whole',
      ]);
      resticOracle(path, folder).check();
    });
  },
);
