/** One file that all threads work on, of everything that a disk image holds, with restic as the judge. */
import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runBackup } from './archiver.ts';
import {
  createTestRepository,
  openTestRepository,
  testFileSystem,
  testJob,
  testPorts,
} from '../testing/engine-means.ts';
import { randomBytesFor } from '../testing/file-tree.ts';
import { resticOracle } from '../testing/restic-oracle.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const MIB = 1024 * 1024;
const PIECES = 320;

/** Noise, text that repeats itself, zeros, and noise that was there before. */
function piece(at: number): Buffer {
  const kind = Math.floor(at / 20) % 4;
  if (kind === 1) return Buffer.alloc(MIB, `line ${at} of a long list, `);
  if (kind === 2) return Buffer.alloc(MIB);
  return randomBytesFor(`piece ${kind === 3 ? at - 60 : at}`, MIB);
}

it('a large file is what restic would have made of it, and comes back as it was', async () => {
  const outer = temporaryFolder();
  const [source, repo, out] = ['quiet', 'repo', 'out'].map((name) => join(outer, name));
  if (source === undefined || repo === undefined || out === undefined) throw new Error('no place');
  for (const folder of [source, repo, out, join(outer, 'restic-tmp')]) mkdirSync(folder);
  const path = join(source, 'machine.img');
  const file = openSync(path, 'w');
  for (let at = 0; at < PIECES; at += 1) writeSync(file, piece(at));
  closeSync(file);

  const repository = await createTestRepository(repo);
  const means = { ports: testPorts(), fileSystem: testFileSystem() };
  const request = { sources: [source], excludes: [], excludedPlaces: [] };
  const job = testJob();
  const ours = await runBackup(repository, request, means, job);
  expect(ours).toMatchObject({ filesNew: 1, bytesProcessed: PIECES * MIB, warnings: [] });
  expect(job.told.at(-1)).toMatchObject({ bytesDone: PIECES * MIB });

  const restic = resticOracle(repo, outer);
  restic.check();
  // Read as a whole, and cut by restic itself.
  const again = restic.backup('--force', source);
  expect(again).toMatchObject({ data_blobs: 0, files_new: 1 });
  expect(restic.backup(source)).toMatchObject({
    files_new: 0,
    files_changed: 0,
    files_unmodified: 1,
    data_blobs: 0,
  });
  restic.run('restore', 'latest', '--target', out);
  expect(readFileSync(join(out, path)).equals(readFileSync(path))).toBe(true);

  const second = await runBackup(await openTestRepository(repo), request, means, testJob());
  expect(second).toMatchObject({ filesUnmodified: 1, filesChanged: 0, dataBlobs: 0 });
});
