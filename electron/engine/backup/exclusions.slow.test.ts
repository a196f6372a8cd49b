/** restic as the judge of the options that it has, too: the same tree, byte for byte, from the same files. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { cacheDirectoryTag, noExclusionOptions } from '../../../shared/model/exclusion-options.ts';
import type { ExclusionOptions } from '../../../shared/model/exclusions.ts';
import { decodeTree } from '../format/tree.ts';
import type { Repository } from '../repository/repository.ts';
import { openTestRepository, testFileSystem, testJob, testPorts } from '../testing/engine-means.ts';
import { resticOracle } from '../testing/restic-oracle.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { runBackup } from './archiver.ts';

const TAG = `${cacheDirectoryTag.header ?? ''}\n# made by a test\n`;

function scene() {
  const outer = temporaryFolder();
  const source = join(outer, 'quiet', 'source');
  const repo = join(outer, 'repo');
  const write = (path: string, content: string | Buffer = path): void => {
    mkdirSync(dirname(join(source, path)), { recursive: true });
    writeFileSync(join(source, path), content);
  };
  write('letter.txt');
  write('notes.tmp');
  write('keep.tmp');
  write('deep/er/notes.tmp');
  write('deep/er/[odd] name');
  write('film.mov', Buffer.alloc(5000, 1));
  write('edge.mov', Buffer.alloc(4096, 2));
  write('cache/CACHEDIR.TAG', TAG);
  write('cache/a');
  write('cache/below/b');
  write('false-cache/CACHEDIR.TAG', 'Signature: something else entirely, and long enough to read');
  write('false-cache/kept');
  write('short-cache/CACHEDIR.TAG', 'Sig');
  write('short-cache/kept');
  mkdirSync(join(source, 'folder-cache', 'CACHEDIR.TAG'), { recursive: true });
  write('folder-cache/kept');
  write('private/.nobackup', 'reason: secret\n');
  write('private/diary');
  write('other/.nobackup', 'no reason\n');
  write('other/thing');
  mkdirSync(join(source, 'mounted'));
  symlinkSync('/etc/hostname', join(source, 'link'));
  const restic = resticOracle(repo, outer);
  restic.run('init');
  return { outer, source, repo, restic };
}

/** Of the source's own folder, which is the same for everybody who leaves out the same. */
async function treeOf(repository: Repository, snapshotId: string, path: string): Promise<string> {
  const { snapshot } = await repository.findSnapshot(snapshotId);
  await repository.refreshIndex();
  let tree = snapshot.tree;
  for (const name of path.split('/').slice(1)) {
    const nodes = decodeTree(await repository.loadBlob('tree', tree));
    tree = nodes.find((node) => node.name.toString() === name)?.subtree ?? '';
  }
  return tree;
}

interface Case {
  readonly restic: readonly string[];
  readonly excludes?: readonly string[];
  readonly options?: Partial<ExclusionOptions>;
  readonly leftOut: number;
}

const cases: readonly Case[] = [
  { restic: [], leftOut: 0 },
  { restic: ['--exclude', '*.tmp'], excludes: ['*.tmp'], leftOut: 3 },
  {
    restic: ['--exclude', '*.tmp', '--exclude', '!keep.tmp'],
    excludes: ['*.tmp', '!keep.tmp'],
    leftOut: 2,
  },
  {
    restic: ['--exclude', 'er/notes.tmp', '--exclude', 'cache/**/b', '--exclude', '\\[odd]*'],
    excludes: ['er/notes.tmp', 'cache/**/b', '\\[odd]*'],
    leftOut: 3,
  },
  { restic: ['--exclude-caches'], options: { tags: [cacheDirectoryTag] }, leftOut: 2 },
  {
    restic: ['--exclude-if-present', '.nobackup'],
    options: { tags: [{ name: '.nobackup', header: null }] },
    leftOut: 2,
  },
  {
    restic: ['--exclude-if-present', '.nobackup:reason:'],
    options: { tags: [{ name: '.nobackup', header: 'reason:' }] },
    leftOut: 1,
  },
  { restic: ['--exclude-larger-than', '4096'], options: { largerThanBytes: 4096 }, leftOut: 1 },
  { restic: ['--one-file-system'], options: { oneFileSystem: true }, leftOut: 2 },
];

it('leaves out what restic leaves out', async () => {
  const { source, repo, restic } = scene();
  const mounted = join(source, 'mounted');
  execFileSync('mount', ['-t', 'tmpfs', 'holdfast-test', mounted]);
  onTestFinished(() => {
    execFileSync('umount', ['--lazy', mounted]);
  });
  writeFileSync(join(mounted, 'far-away'), 'on another disk');
  const bound = join(source, 'bound');
  writeFileSync(bound, '');
  execFileSync('mount', ['--bind', join(mounted, 'far-away'), bound]);
  onTestFinished(() => {
    execFileSync('umount', ['--lazy', bound]);
  });
  const repository = await openTestRepository(repo);
  const trees = new Set<string>();
  for (const each of cases) {
    const theirs = restic.backup('--force', ...each.restic, source);
    const ours = await runBackup(
      repository,
      {
        sources: [source],
        excludes: each.excludes ?? [],
        exclusionOptions: { ...noExclusionOptions, ...each.options },
        excludedPlaces: [],
      },
      { ports: testPorts(), fileSystem: testFileSystem() },
      testJob(),
    );
    expect({ ...each, leftOut: ours.entriesLeftOut, warnings: ours.warningCount }).toEqual({
      ...each,
      warnings: 0,
    });
    const tree = await treeOf(repository, theirs.snapshot_id, source);
    expect({
      restic: each.restic,
      tree: await treeOf(repository, ours.snapshotId, source),
    }).toEqual({ restic: each.restic, tree });
    trees.add(tree);
  }
  // Each of them leaves out something else.
  expect(trees.size).toBe(cases.length);
  restic.check();
  rmSync(join(mounted, 'far-away'));
});
