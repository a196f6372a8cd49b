/**
 * One repository, used by restic and by the command line in turn. Whoever comes second finds nothing to do, byte for byte; what one has made the
 * other forgets, prunes and restores; and restic checks all data after every kind of operation.
 */
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { changeKey } from '../electron/engine/repository/key-slots.ts';
import {
  createTestRepository,
  openTestRepository,
  TEST_SECRET,
  testSlot,
} from '../electron/engine/testing/engine-means.ts';
import { describeTree, makeOddTree, randomBytesFor } from '../electron/engine/testing/file-tree.ts';
import { resticOracle, type ResticOracle } from '../electron/engine/testing/restic-oracle.ts';
import { temporaryFolder } from '../electron/engine/testing/temporary-folder.ts';
import { jsonLines, startHoldfast, succeeded } from './testing/built-program.ts';

/** A folder that nobody writes to while tests run: in the system's temporary one every other test changes the level above the source. */
const quiet = ['/srv', '/opt', '/var/lib'].find((folder) => {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
});
const because = quiet === undefined ? ': there is no folder here that is quiet and ours' : '';

interface Listed {
  readonly id: string;
  readonly tree: string;
}

function places(folder: string) {
  const at = {
    source: join(folder, 'source'),
    home: join(folder, 'home'),
    target: join(folder, 'to'),
  };
  mkdirSync(at.source);
  mkdirSync(at.home);
  return { ...at, repository: join(folder, 'repo') };
}

const listed = (restic: ResticOracle): Listed[] =>
  JSON.parse(restic.run('snapshots', '--json')) as Listed[];

describe.skipIf(quiet === undefined)(`who comes second${because}`, () => {
  it.each(['restic', 'holdfast'])(
    '%s finds nothing to do: the same tree, no byte added',
    async (second) => {
      const folder = mkdtempSync(join(quiet ?? '', 'holdfast-test-'));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      const { source } = places(folder);
      // Beside them: a change of the folder above the source would be one.
      const elsewhere = temporaryFolder();
      const repository = join(elsewhere, 'repo');
      makeOddTree(source);
      await createTestRepository(repository);
      const restic = resticOracle(repository, elsewhere);
      const place = { repository, home: elsewhere };
      const ours = async () =>
        jsonLines(await succeeded(startHoldfast(place, '--json', 'backup', source))).at(-1) ?? {};
      const [first, then] =
        second === 'restic'
          ? [await ours(), restic.backup('--host', hostname(), source)]
          : [restic.backup('--host', hostname(), source), await ours()];
      expect(first['files_new']).toBeGreaterThan(50);
      expect(then).toMatchObject({
        files_new: 0,
        files_changed: 0,
        files_unmodified: first['files_new'],
        dirs_new: 0,
        dirs_changed: 0,
        data_blobs: 0,
        tree_blobs: 0,
        data_added: 0,
      });
      const trees = listed(restic).map(({ tree }) => tree);
      expect(trees).toHaveLength(2);
      expect(trees[1]).toBe(trees[0]);
      restic.check();
    },
  );
});

describe('a repository that restic has made, with many archives', () => {
  it('is backed up to, forgotten from, pruned, restored and given a new secret', async () => {
    const folder = temporaryFolder();
    const place = places(folder);
    const { source, repository, target } = place;
    const restic = resticOracle(repository, folder);
    restic.run('init', '--repository-version', '2');
    // A secret that opens quickly; there is much to open.
    const secretBytes = new TextEncoder().encode(TEST_SECRET);
    await changeKey(await openTestRepository(repository), secretBytes, testSlot);
    const holds = new Map<string, readonly string[]>();
    const change = (round: number): void => {
      for (let file = 0; file < 10; file += 1) {
        if (round > 0 && file % 5 !== round % 5) continue;
        const bytes = randomBytesFor(`${file} ${round}`, file === 0 ? 3_000_000 : 20_000 * file);
        writeFileSync(join(source, `file ${file}`), bytes);
      }
    };
    for (let round = 0; round < 12; round += 1) {
      change(round);
      holds.set(
        restic.backup('--host', hostname(), source).snapshot_id.slice(0, 8),
        describeTree(source),
      );
    }
    const run = async (...args: string[]) => {
      const text = await succeeded(startHoldfast(place, '--json', ...args));
      restic.check();
      return jsonLines(text).at(-1) ?? {};
    };
    const restores = async (id: string): Promise<void> => {
      rmSync(target, { recursive: true, force: true });
      await run('restore', id, '--target', target);
      expect(describeTree(join(target, source))).toEqual(holds.get(id));
      rmSync(target, { recursive: true, force: true });
      restic.run('restore', id, '--target', target);
      expect(describeTree(join(target, source))).toEqual(holds.get(id));
    };

    change(12);
    const backedUp = await run('backup', source);
    // Of the last one that restic has made: what has not changed since is not read again.
    expect(backedUp).toMatchObject({ files_new: 0, files_changed: 2, files_unmodified: 8 });
    const own = String(backedUp['snapshot_id']).slice(0, 8);
    holds.set(own, describeTree(source));
    const [oldest = ''] = holds.keys();
    for (const id of [oldest, own]) await restores(id);

    const forgotten = [...holds.keys()].slice(0, 8);
    await run('forget', ...forgotten);
    expect(listed(restic).map(({ id }) => id.slice(0, 8))).toEqual([...holds.keys()].slice(8));
    const pruned = await run('prune', '--max-unused', '0');
    expect(pruned['message_type']).toBe('summary');
    await run('repair', 'index');
    const left = [...holds.keys()].slice(8);
    for (const id of [left[0] ?? '', own]) await restores(id);
    // And restic goes on from there.
    expect(restic.backup('--host', hostname(), source)).toMatchObject({
      files_new: 0,
      files_changed: 0,
      data_blobs: 0,
    });
    const secret = join(place.home, 'secret');
    writeFileSync(secret, TEST_SECRET, { mode: 0o600 });
    await run('key', 'passwd', '--new-secret-file', secret);
    expect(listed(restic)).toHaveLength(left.length + 1);
  });
});
