import { existsSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { CloudFiles } from '../native/cloud-files.ts';
import { openFileSystem } from '../native/open-file-system.ts';
import type { Repository } from '../repository/repository.ts';
import { SnapshotBrowser } from '../restore/snapshot-browser.ts';
import { TreeReader } from '../restore/tree-reader.ts';
import { createTestRepository, testJob, testPorts } from '../testing/engine-means.ts';
import { iCloudStub } from '../testing/icloud-stub.ts';
import { MemoryBackend } from '../testing/memory-backend.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { runBackup } from './archiver.ts';
import type { CloudPolicy } from './cloud-sources.ts';

/** Files whose bytes are elsewhere, until they are asked for. */
function scene() {
  const root = temporaryFolder();
  const source = join(root, 'photos');
  mkdirSync(source);
  const elsewhere = new Set<string>();
  const bringing = new Map<string, () => void>();
  const cloud: CloudFiles = {
    isElsewhere: (path) => elsewhere.has(path.toString()),
    request: (path) => {
      elsewhere.delete(path);
      bringing.get(path)?.();
      return Promise.resolve();
    },
  };
  const write = (name: string, text: string): string => {
    const path = join(source, name);
    writeFileSync(path, text);
    return path;
  };
  const stub = (name: string, text: string): void => {
    const stubPath = join(source, `.${name}.icloud`);
    rmSync(join(source, name), { force: true });
    writeFileSync(stubPath, iCloudStub(text.length));
    bringing.set(join(source, name), () => {
      rmSync(stubPath);
      write(name, text);
    });
  };
  return { source, cloud, elsewhere, write, stub };
}

async function backUp(
  repository: Repository,
  { source, cloud }: Pick<ReturnType<typeof scene>, 'source' | 'cloud'>,
  cloudFiles: CloudPolicy,
  excludes: readonly string[] = [],
) {
  const job = testJob();
  const ports = testPorts();
  const fileSystem = await openFileSystem(ports.log);
  const request = { sources: [source], excludes, excludedPlaces: [], cloudFiles };
  const result = await runBackup(repository, request, { ports, fileSystem, cloud }, job);
  const { snapshot } = await repository.findSnapshot('latest');
  const browser = new SnapshotBrowser(new TreeReader(repository));
  const { entries } = await browser.children(snapshot.tree, source, 0, 100);
  const listed = job.warned.map(({ path, reason }) => [path.slice(source.length + 1), reason]);
  return { result, names: entries.map(({ name }) => name), listed };
}

it('leaves out what is only in a cloud, lists it, and still succeeds', async () => {
  const at = scene();
  at.write('here.txt', 'here');
  at.elsewhere.add(at.write('dataless.txt', 'elsewhere'));
  at.stub('stubbed.txt', 'elsewhere, too');
  at.write('.mine.icloud', 'my own file of such a name');
  const repository = await createTestRepository(new MemoryBackend());
  const { result, names, listed } = await backUp(repository, at, 'skip');
  expect(names).toEqual(['.mine.icloud', 'here.txt']);
  expect(listed.toSorted((a, b) => String(a[0]).localeCompare(String(b[0])))).toEqual([
    ['dataless.txt', 'cloud-only'],
    ['stubbed.txt', 'cloud-only'],
  ]);
  expect(result.warningCount).toBe(0);
});

it('fetches them where the plan says so', async () => {
  const at = scene();
  at.elsewhere.add(at.write('dataless.txt', 'elsewhere'));
  at.stub('stubbed.txt', 'elsewhere, too');
  const repository = await createTestRepository(new MemoryBackend());
  const { names, listed } = await backUp(repository, at, 'fetch');
  expect(names).toEqual(['dataless.txt', 'stubbed.txt']);
  expect(listed).toEqual([]);
});

it('neither fetches nor lists what is left out anyway', async () => {
  const at = scene();
  at.elsewhere.add(at.write('dataless.mov', 'elsewhere'));
  at.stub('stubbed.mov', 'elsewhere, too');
  at.stub('letter.txt', 'wanted');
  const repository = await createTestRepository(new MemoryBackend());
  const { result, names, listed } = await backUp(repository, at, 'fetch', ['*.mov']);
  expect(names).toEqual(['letter.txt']);
  expect(listed).toEqual([]);
  expect(result.entriesLeftOut).toBe(2);
  expect(at.elsewhere.size).toBe(1);
  expect(existsSync(join(at.source, '.stubbed.mov.icloud'))).toBe(true);
  expect((await backUp(repository, at, 'skip', ['*.mov'])).listed).toEqual([]);
});

it('keeps what the last archive has of a file that was taken off the disk since', async () => {
  const at = scene();
  const path = at.write('a.txt', 'as it was');
  const written = new Date('2026-01-01T00:00:00Z');
  utimesSync(path, written, written);
  at.write('b.txt', 'as it was, too');
  at.write('c.txt', 'will change');
  const repository = await createTestRepository(new MemoryBackend());
  await backUp(repository, at, 'skip');
  // Another inode and time of change, the same size and time of writing.
  renameSync(path, `${path}.old`);
  writeFileSync(path, 'as it was');
  utimesSync(path, written, written);
  rmSync(`${path}.old`);
  at.elsewhere.add(path);
  at.stub('b.txt', 'as it was, too');
  at.stub('c.txt', 'another length');
  const { result, names, listed } = await backUp(repository, at, 'skip');
  expect(names).toEqual(['a.txt', 'b.txt']);
  expect(listed).toEqual([['c.txt', 'cloud-only']]);
  expect(result.dataBlobs).toBe(0);
});
