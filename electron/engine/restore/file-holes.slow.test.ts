/** Files with holes: what is a hole in the source is none of our bytes, and takes no room when it is restored. */
import { lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runBackup } from '../backup/archiver.ts';
import {
  createTestRepository,
  testFileSystem,
  testJob,
  testPorts,
} from '../testing/engine-means.ts';
import { describeTree } from '../testing/file-tree.ts';
import { makeSparse, SPARSE } from '../testing/file-zoo.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { planRestore } from './restore-plan.ts';
import { runRestore } from './restorer.ts';

const means = { ports: testPorts(), fileSystem: testFileSystem() };
/** What a file system may need besides for where the parts are. */
const SLACK_BLOCKS = 16;

it('take no more room when they are restored than they took', async () => {
  const folder = temporaryFolder();
  const [source, path, target] = ['source', 'repo', 'target'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  mkdirSync(source);
  makeSparse(join(source, 'sparse'));
  const repository = await createTestRepository(path);
  const request = { sources: [source], excludes: [], excludedPlaces: [] };
  await runBackup(repository, request, means, testJob());
  const snapshot = await repository.findSnapshot('latest');
  await repository.refreshIndex();
  const plan = await planRestore(repository, snapshot, {
    include: ['/'],
    target: { kind: 'folder', path: target, keepParents: false },
    conflictPolicy: 'skip',
    repositoryFolder: path,
  });
  await runRestore(repository, plan, means, testJob());
  expect(describeTree(join(target, source))).toEqual(describeTree(source));
  for (const name of SPARSE) {
    const blocksOf = (above: string): number => lstatSync(join(above, 'sparse', name)).blocks;
    expect(blocksOf(join(target, source))).toBeLessThanOrEqual(blocksOf(source) + SLACK_BLOCKS);
  }
});
