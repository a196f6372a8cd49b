import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  rmSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Warning } from '../../../shared/model/job.ts';
import { decodeTree, type Node } from '../format/tree.ts';
import type { Repository } from '../repository/repository.ts';
import {
  createTestRepository,
  openTestRepository,
  testFileSystem,
  testJob,
  testPorts,
} from '../testing/engine-means.ts';
import { makeOddTree, randomBytesFor } from '../testing/file-tree.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { LocalBackend } from '../backend/local-backend.ts';
import { repairIndex } from '../repository/repair-index.ts';
import { runBackup, type BackupRequest } from './archiver.ts';

let folder: string;
let source: string;
let repositoryPath: string;
let repository: Repository;

beforeEach(async () => {
  folder = temporaryFolder();
  source = join(folder, 'source');
  repositoryPath = join(folder, 'repo');
  mkdirSync(source);
  repository = await createTestRepository(repositoryPath);
});

const means = { ports: testPorts(), fileSystem: testFileSystem() };

function backUp(request: Partial<BackupRequest> = {}, job = testJob()) {
  return runBackup(
    repository,
    { sources: [source], excludes: [], excludedPlaces: [], ...request },
    means,
    job,
  );
}

/** Nodes by path below the source, from the latest snapshot. */
async function archived(): Promise<Map<string, Node>> {
  const { snapshot } = await repository.findSnapshot('latest');
  const found = new Map<string, Node>();
  const visit = async (tree: string, path: string): Promise<void> => {
    for (const node of decodeTree(await repository.loadBlob('tree', tree))) {
      const at = `${path}/${node.name.toString('latin1')}`;
      if (at.startsWith(`${source}/`)) found.set(at.slice(source.length + 1), node);
      if (node.subtree !== null) await visit(node.subtree, at);
    }
  };
  await visit(snapshot.tree, '');
  return found;
}

function filesIn(kind: string): string[] {
  return readdirSync(join(repositoryPath, kind));
}

describe('a backup', () => {
  it('keeps everything that lies in the source', async () => {
    makeOddTree(source);
    const result = await backUp();
    expect(result.warnings).toEqual([]);
    const nodes = await archived();
    expect(nodes.get('docs/empty')).toMatchObject({ type: 'file', size: 0, content: [] });
    expect(nodes.get('docs/hard-a')).toMatchObject({ links: 3 });
    expect(nodes.get('link')?.linkTarget.toString()).toBe('docs/hello.txt');
    expect(nodes.get('docs/hello.txt')?.mtime.epochNs).toBe(1_234_567_890_123_456_789n);
    expect(nodes.get('pipe')).toMatchObject({ type: 'fifo', content: null });
    expect(result.filesNew).toBe([...nodes.values()].filter((node) => node.type === 'file').length);
    const { snapshot } = await repository.findSnapshot('latest');
    expect(snapshot).toMatchObject({
      paths: [source],
      hostname: 'test-host',
      programVersion: 'holdfast 0.0.0-test',
    });
    expect(filesIn('locks')).toEqual([]);
  });

  it('finds nothing to store when nothing changed, also from a new process', async () => {
    makeOddTree(source);
    const first = await backUp();
    const before = await archived();
    repository = await openTestRepository(repositoryPath);
    const second = await backUp();
    expect(second).toMatchObject({
      parentId: first.snapshotId,
      filesNew: 0,
      filesChanged: 0,
      filesUnmodified: first.filesNew,
      dirsNew: 0,
      dataBlobs: 0,
    });
    // The system's temporary folder, a level above ours, may change meanwhile.
    expect(second.dirsChanged).toBeLessThanOrEqual(1);
    expect(second.treeBlobs).toBeLessThanOrEqual(2);
    expect(await archived()).toEqual(before);
  });

  it('reads what changed and only that, and notices a change that kept size and time', async () => {
    makeOddTree(source);
    await backUp();
    writeFileSync(join(source, 'docs', 'hello.txt'), 'hello again\n');
    writeFileSync(join(source, 'new'), 'new');
    const when = new Date(1_500_000_000_000);
    writeFileSync(join(source, 'twin-1'), 'EQUAL CONTENT');
    utimesSync(join(source, 'twin-1'), when, when);
    const result = await backUp();
    expect(result).toMatchObject({ filesNew: 1, filesChanged: 2, dataBlobs: 3 });
    writeFileSync(join(source, 'twin-1'), 'Equal Content');
    utimesSync(join(source, 'twin-1'), when, when);
    expect(await backUp()).toMatchObject({ filesNew: 0, filesChanged: 1, dataBlobs: 1 });
  });

  it('joins several sources and names the one that is missing', async () => {
    const other = join(folder, 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'x'), 'x');
    writeFileSync(join(source, 'y'), 'y');
    const missing = join(folder, 'missing');
    const result = await backUp({ sources: [source, missing, other, join(source, 'y')] });
    expect(result.warnings).toEqual([{ path: missing, reason: 'vanished', detail: 'ENOENT' }]);
    expect(result.filesNew).toBe(2);
  });

  it('refuses a source that is not there, and one where nothing can be had', async () => {
    await expect(backUp({ sources: [join(folder, 'none')] })).rejects.toMatchObject({
      code: 'backup/source-missing',
    });
    expect(filesIn('snapshots')).toEqual([]);
    expect(filesIn('locks')).toEqual([]);
  });

  it('refuses a source inside the destination, whatever way it is named', async () => {
    const excludedPlaces = [{ path: repositoryPath, reason: 'destination-inside-source' as const }];
    for (const inside of [repositoryPath, join(repositoryPath, 'data')]) {
      await expect(backUp({ sources: [inside], excludedPlaces })).rejects.toMatchObject({
        code: 'backup/source-is-destination',
      });
    }
  });

  it('leaves out the destination and what patterns say, and tells the first only', async () => {
    writeFileSync(join(folder, 'keep'), 'k');
    writeFileSync(join(source, 'a.tmp'), 'k');
    mkdirSync(join(source, 'cache'));
    writeFileSync(join(source, 'cache', 'deep'), 'k');
    const result = await backUp({
      sources: [folder],
      excludes: ['*.tmp', 'cache/'],
      excludedPlaces: [{ path: repositoryPath, reason: 'destination-inside-source' }],
    });
    expect(result.warnings).toEqual([
      { path: repositoryPath, reason: 'destination-inside-source', detail: null },
    ]);
    expect(result.warningCount).toBe(0);
    expect(result.filesNew).toBe(1);
  });

  it('tells progress with totals that agree with the result', async () => {
    makeOddTree(source);
    const job = testJob();
    const result = await backUp({}, job);
    const last = job.told.at(-1);
    expect(last?.phase).toBe('finishing');
    expect(last?.bytesDone).toBe(result.bytesProcessed);
    expect(last?.filesDone).toBe(last?.filesTotal ?? last?.filesDone);
  });

  it('when cancelled leaves no snapshot and no lock, and the next run goes on', async () => {
    writeFileSync(join(source, 'a.bin'), randomBytesFor('a', 40_000_000));
    writeFileSync(join(source, 'b.bin'), randomBytesFor('b', 30_000_000));
    const job = testJob();
    // When the first pack is stored, and known to be: however fast the files are read.
    class Backend extends LocalBackend {
      override async write(...[file, ...more]: Parameters<LocalBackend['write']>): Promise<void> {
        await super.write(file, ...more);
        if (file.kind === 'pack') setImmediate(() => job.cancel());
      }
    }
    repository = await openTestRepository(new Backend(repositoryPath));
    await expect(backUp({}, job)).rejects.toMatchObject({ code: 'job/cancelled' });
    expect(filesIn('snapshots')).toEqual([]);
    expect(filesIn('locks')).toEqual([]);
    expect(filesIn('index').length).toBeGreaterThan(0);
    const fresh = await openTestRepository(repositoryPath);
    repository = fresh;
    const result = await backUp();
    // At least one whole pack of the first run served again.
    expect(result.bytesAdded).toBeLessThan(60_000_000);
    expect(result.bytesProcessed).toBe(70_000_000);
  });

  it('reads again what is unchanged on disk but lost in the repository', async () => {
    writeFileSync(join(source, 'x'), 'precious');
    await backUp();
    // The data pack and its index are gone; trees stay readable through a second snapshot's own tree blobs.
    for (const index of filesIn('index')) unlinkSync(join(repositoryPath, 'index', index));
    repository = await openTestRepository(repositoryPath);
    const result = await backUp();
    expect(result).toMatchObject({ dataBlobs: 1 });
    expect((await archived()).get('x')?.content).toHaveLength(1);
  });

  it('says once that the repository has lost what an unchanged file needs', async () => {
    writeFileSync(join(source, 'x'), 'precious');
    await backUp();
    await repository.refreshIndex();
    const { snapshot } = await repository.findSnapshot('latest');
    const treePack = repository.locate('tree', snapshot.tree)[0]?.pack;
    for (const folder of filesIn('data')) {
      for (const pack of filesIn(`data/${folder}`)) {
        if (pack !== treePack) unlinkSync(join(repositoryPath, 'data', folder, pack));
      }
    }
    await repairIndex(repository, { readAllPacks: false }, testJob());
    repository = await openTestRepository(repositoryPath);
    means.ports.warned.splice(0);
    expect(await backUp()).toMatchObject({ dataBlobs: 1, filesUnmodified: 1 });
    expect(means.ports.warned.filter((event) => event.includes('is missing'))).toHaveLength(1);
  });

  it('never writes one inode with links and without, though a name goes meanwhile', async () => {
    for (let index = 0; index < 300; index += 1) writeFileSync(join(source, `m${index}`), 'm');
    writeFileSync(join(source, 'a-first'), 'linked');
    linkSync(join(source, 'a-first'), join(source, 'z-last'));
    let removed = false;
    const job = testJob((progress) => {
      if (removed || progress.filesDone < 50) return;
      removed = true;
      unlinkSync(join(source, 'a-first'));
    });
    await backUp({}, job);
    const nodes = await archived();
    const [first, last] = [nodes.get('a-first'), nodes.get('z-last')];
    expect(removed).toBe(true);
    expect(first?.links).toBe(2);
    if (last?.links === 1) expect(last.inode).toBe(0n);
    else expect(last?.inode).toBe(first?.inode);
  });

  it('leaves out what vanishes on the way, and says so', async () => {
    for (let index = 0; index < 200; index += 1)
      writeFileSync(join(source, `f${index}`), `f${index}`);
    mkdirSync(join(source, 'zz'));
    writeFileSync(join(source, 'zz', 'gone'), 'x');
    let removed = false;
    const job = testJob((progress) => {
      if (removed || progress.filesDone === 0) return;
      removed = true;
      rmSync(join(source, 'zz'), { recursive: true });
    });
    const result = await backUp({}, job);
    const gone = result.warnings.filter((warning: Warning) => warning.path.includes('/zz'));
    expect(gone).toHaveLength(1);
    expect(gone[0]?.reason).toBe('vanished');
    expect((await archived()).has('zz')).toBe(false);
    expect(result.filesNew).toBe(200);
  });

  it('says when a file changes while it is read, and stores what was read', async () => {
    const path = join(source, 'growing');
    writeFileSync(path, randomBytesFor('g', 40_000_000));
    const growing = setInterval(() => writeFileSync(path, 'more', { flag: 'a' }), 1);
    const result = await backUp().finally(() => clearInterval(growing));
    expect(result.warnings).toEqual([{ path, reason: 'changed-while-reading', detail: null }]);
    const node = (await archived()).get('growing');
    const lengths = (node?.content ?? []).map((id) => repository.blobLength('data', id) ?? 0);
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(node?.size);
    expect(await backUp()).toMatchObject({ filesChanged: 1, warningCount: 0 });
  });

  it.runIf(process.getuid?.() !== 0)('reports what may not be read', async () => {
    writeFileSync(join(source, 'secret'), 'x');
    writeFileSync(join(source, 'open'), 'x');
    chmodSync(join(source, 'secret'), 0);
    const result = await backUp();
    expect(result.warnings).toMatchObject([{ reason: 'permission-denied', detail: 'EACCES' }]);
  });
});
