/** A backup with two archives on a small disk, and what restic and we find of it. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTestRepository } from '../../electron/engine/testing/engine-means.ts';
import { describeTree, randomBytesFor } from '../../electron/engine/testing/file-tree.ts';
import { resticOracle } from '../../electron/engine/testing/restic-oracle.ts';
import { SmallDisk } from '../../electron/engine/testing/small-disk.ts';
import { temporaryFolder } from '../../electron/engine/testing/temporary-folder.ts';
import { jsonLines, startHoldfast, succeeded, type Running } from './built-program.ts';

export const MIB = 1024 * 1024;
const SLICE_MS = 3;

/** A repository with two archives; half of the first one is in nothing else. `where`: in a folder of the disk, all of the disk, or not on it. */
export async function diskScene(where: 'in' | 'whole' | 'beside' = 'in', mebibytes = 32) {
  const disk = new SmallDisk(mebibytes);
  const folder = temporaryFolder();
  const repositories = {
    in: join(disk.path, 'repo'),
    whole: disk.path,
    beside: join(folder, 'repo'),
  };
  const place = { repository: repositories[where], home: join(folder, 'home') };
  const source = join(folder, 'source');
  mkdirSync(source);
  mkdirSync(place.home);
  await createTestRepository(place.repository);
  const archives: { readonly id: string; readonly holds: readonly string[] }[] = [];
  const startBackup = (): Running => startHoldfast(place, '--json', 'backup', source);
  const backUp = async (): Promise<void> => {
    const lines = jsonLines(await succeeded(startBackup()));
    archives.push({ id: String(lines.at(-1)?.['snapshot_id']), holds: describeTree(source) });
  };
  for (let file = 0; file < 8; file += 1) {
    writeFileSync(join(source, `${file}.bin`), randomBytesFor(`file ${file}`, MIB));
  }
  await backUp();
  for (let file = 0; file < 8; file += 2) rmSync(join(source, `${file}.bin`));
  await backUp();
  const restic = resticOracle(place.repository, folder);
  return {
    disk,
    folder,
    place,
    source,
    archives,
    restic,
    startBackup,
    /** Must succeed; its archive is judged from now on. */
    backUp,
    /** Of files that did not get their names. They go when they are a day old; none stays where the run itself could remove it. */
    halfWritten: (): string[] =>
      readdirSync(place.repository, { recursive: true })
        .map(String)
        .filter((name) => name.includes('-tmp-')),
    /** restic finds no error; restic and we restore all archives, whether or not there is room for a lock. */
    judge: async (expected = archives): Promise<void> => {
      assert.match(restic.run('check', '--read-data', '--no-lock'), /no errors were found/u);
      const ids = JSON.parse(restic.run('snapshots', '--json', '--no-lock')) as { id: string }[];
      assert.deepEqual(ids.map(({ id }) => id).toSorted(), expected.map(({ id }) => id).toSorted());
      for (const { id, holds } of expected) {
        const theirs = join(folder, 'theirs');
        restic.run('restore', id, '--no-lock', '--target', theirs);
        assert.deepEqual(describeTree(join(theirs, source)), holds);
        const own = join(folder, 'ours');
        await succeeded(startHoldfast(place, 'restore', id, '--target', own));
        assert.deepEqual(describeTree(join(own, source)), holds);
        rmSync(theirs, { recursive: true });
        rmSync(own, { recursive: true });
      }
      const locks = readdirSync(join(place.repository, 'locks'));
      assert.deepEqual(
        locks.filter((name) => /^[0-9a-f]{64}$/u.test(name)),
        [],
      );
    },
  };
}

/**
 * Must end with exit code 1, as an error of this name in one sentence. False when it succeeded instead.
 */
export async function failsAs({ ended }: Running, code: string): Promise<boolean> {
  const { status, stderr } = await ended;
  if (status === 0) return false;
  assert.equal(status, 1, stderr);
  const error = jsonLines(stderr).at(-1);
  assert.equal(error?.['error'], code, stderr);
  assert.match(String(error['message']), /^[A-Z][^.]*$/u);
  assert.match(String(error['advice']), /^[A-Z].*\.$/u);
  return true;
}

/**
 * Lets it work a few milliseconds at a time until it `isThere`; then `happen` comes to pass while it stands still. False when it was over
 * before: it is to be tried again.
 */
export async function inTheMiddle(
  { child, ended }: Running,
  isThere: () => boolean,
  happen: () => void,
): Promise<boolean> {
  let isOver = false;
  void ended.then(() => (isOver = true));
  while (!isThere()) {
    child.kill('SIGCONT');
    await new Promise((resolve) => setTimeout(resolve, SLICE_MS));
    if (isOver) return false;
    child.kill('SIGSTOP');
  }
  happen();
  child.kill('SIGCONT');
  return true;
}
