/**
 * As many files in one folder as must be borne, on the way there and back, with the memory it takes: 100,000 in `npm run test:full`, a fifth of that in
 * every other run.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runBackup } from './archiver.ts';
import { planRestore } from '../restore/restore-plan.ts';
import { runRestore } from '../restore/restorer.ts';
import {
  createTestRepository,
  testFileSystem,
  testJob,
  testPorts,
} from '../testing/engine-means.ts';
import { resticOracle } from '../testing/restic-oracle.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const means = { ports: testPorts(), fileSystem: testFileSystem() };

const COUNT = process.env['HOLDFAST_FULL_TESTS'] === '1' ? 100_000 : 20_000;

describe(`a folder of ${COUNT} files`, () => {
  it('is backed up, found unchanged, planned and restored with bounded memory', async () => {
    const outer = temporaryFolder();
    const at = {
      source: join(outer, 'source'),
      repo: join(outer, 'repo'),
      out: join(outer, 'out'),
    };
    mkdirSync(at.source);
    const request = { sources: [at.source], excludes: [], excludedPlaces: [] };
    const count = COUNT;
    for (let index = 0; index < count; index += 1) {
      writeFileSync(join(at.source, `file-${index}`), `content of ${index}`);
    }
    const repository = await createTestRepository(at.repo);
    let [mostBytes, calls] = [0, 0];
    const job = {
      ...testJob(),
      // Keeps nothing, so that it is our memory that is measured.
      progress: () => {
        calls += 1;
        if (calls % 500 === 0) mostBytes = Math.max(mostBytes, process.memoryUsage.rss());
      },
    };
    const first = await runBackup(repository, request, means, job);
    expect(first).toMatchObject({ filesNew: count, warningCount: 0 });
    const second = await runBackup(repository, request, means, job);
    expect(second).toMatchObject({ filesUnmodified: count, dataBlobs: 0 });
    const snapshot = await repository.findSnapshot('latest');
    const plan = await planRestore(repository, snapshot, {
      include: ['/'],
      target: { kind: 'folder', path: at.out, keepParents: false },
      conflictPolicy: 'skip',
      repositoryFolder: at.repo,
    });
    expect(plan.preview.files).toBe(count);
    const result = await runRestore(repository, plan, means, job);
    expect(result).toMatchObject({ filesRestored: count, warningCount: 0 });
    expect(readdirSync(join(at.out, at.source))).toHaveLength(count);
    const megabytes = Math.round(mostBytes / 1024 / 1024);
    process.stdout.write(`${count} files: most memory ${megabytes} MiB\n`);
    expect(megabytes).toBeLessThan(1200);
    resticOracle(at.repo, outer).check();
  });
});
