/** Folders that threads fill as a whole: what comes of them must be what one thread makes that decides of each entry. */
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { LocalBackend } from '../backend/local-backend.ts';
import { localTime } from '../backup/node-from-stat.ts';
import { encodeTree, type Node } from '../format/tree.ts';
import type { Id } from '../format/id.ts';
import { testJob } from '../testing/engine-means.ts';
import { describeTree, randomBytesFor } from '../testing/file-tree.ts';
import { RestoreScene } from '../testing/restore-scene.ts';

let scene: RestoreScene;
let source: string;
let target: string;

beforeEach(async () => {
  scene = await RestoreScene.create();
  ({ source, target } = scene);
});

function packs(): string[] {
  return readdirSync(join(scene.repositoryPath, 'data'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function namesBelow(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[]).toSorted();
}

it('come back with everything in them, whatever it is', async () => {
  const write = (name: string, bytes: number, mode = 0o644): void => {
    writeFileSync(join(source, name), randomBytesFor(name, bytes));
    chmodSync(join(source, name), mode);
  };
  for (const folder of ['a', 'a/b', 'a/b/c', 'empty', 'z']) mkdirSync(join(source, folder));
  write('a/small', 3000);
  write('a/none', 0);
  write('a/b/larger', 700_000);
  write('a/b/large', 12_000_000, 0o600);
  write('a/b/c/program', 5000, 0o4755);
  write('z/read-only', 100, 0o444);
  write('z/closed', 100, 0o000);
  write('z/open', 100, 0o666);
  writeFileSync(join(source, 'z/same'), randomBytesFor('a/small', 3000));
  linkSync(join(source, 'a/small'), join(source, 'z/linked'));
  symlinkSync('../a/small', join(source, 'z/link'));
  symlinkSync('nowhere', join(source, 'a/b/dangling'));
  writeFileSync(Buffer.from(`${source}/z/\xff name`, 'latin1'), 'no UTF-8');
  for (const folder of ['a/b/c', 'z']) chmodSync(join(source, folder), 0o750);
  utimesSync(join(source, 'a/b'), 1, 2);
  await scene.backUp();
  const umask = process.umask(0o077);
  try {
    const result = await scene.restore();
    expect(result).toMatchObject({ warnings: [], filesKeptBoth: 0, filesAlreadyRight: 0 });
    expect(result).toMatchObject({ filesRestored: 11, otherRestored: 2 });
  } finally {
    process.umask(umask);
  }
  expect(describeTree(scene.restored)).toEqual(describeTree(source));
  expect(statSync(join(scene.restored, 'z')).mode & 0o7777).toBe(0o750);
});

it('come back whole when they have thousands of entries, which several threads share', async () => {
  const names = Array.from({ length: 3000 }, (_, at) => `a file with quite a long name, ${at}`);
  for (const [at, name] of names.entries())
    writeFileSync(join(source, name), at % 7 === 0 ? '' : `content ${at % 100}`);
  mkdirSync(join(source, 'in the middle'));
  writeFileSync(join(source, 'in the middle', 'x'), 'x');
  await scene.backUp();
  const seen: number[] = [];
  const job = testJob(({ filesDone }) => seen.push(filesDone));
  const result = await scene.restore({}, job);
  expect(result).toMatchObject({ warnings: [], filesRestored: 3001 });
  expect(describeTree(scene.restored)).toEqual(describeTree(source));
  expect(seen.at(-1)).toBe(3001);
});

it('are gone through entry by entry when only some of them is chosen', async () => {
  for (const folder of ['a', 'b']) mkdirSync(join(source, folder));
  for (const name of ['a/x', 'a/y', 'b/z']) writeFileSync(join(source, name), name);
  await scene.backUp();
  await scene.restore({ exclude: [join(source, 'a', 'x')] });
  expect(namesBelow(scene.restored)).toEqual(['a', 'a/y', 'b', 'b/z']);
});

describe('that are damaged', () => {
  it('lose what is lost, and nothing else', async () => {
    mkdirSync(join(source, 'old'));
    for (let at = 0; at < 20; at++)
      writeFileSync(join(source, 'old', `${at}`), randomBytesFor(`old ${at}`, 20_000));
    await scene.backUp();
    const before = packs();
    mkdirSync(join(source, 'new'));
    for (let at = 0; at < 20; at++)
      writeFileSync(join(source, 'new', `${at}`), randomBytesFor(`new ${at}`, 20_000));
    await scene.backUp();
    const fresh = packs().filter((pack) => !before.includes(pack));
    const ofFiles = fresh.filter((pack) => statSync(pack).size > 100_000);
    expect(ofFiles.length).toBeGreaterThan(0);
    for (const pack of ofFiles) truncateSync(pack, 25_000);
    await scene.reopen();
    const result = await scene.restore();
    expect(new Set(result.warnings.map(({ reason }) => reason))).toEqual(new Set(['damaged']));
    const lost = result.warnings.map(({ path }) => path);
    expect(lost.every((path) => path.startsWith(join(scene.restored, 'new/')))).toBe(true);
    expect(readdirSync(join(scene.restored, 'old')).length).toBe(20);
    const left = readdirSync(join(scene.restored, 'new'));
    expect(left.length).toBe(20 - lost.length);
    for (const name of left) {
      expect(name).toMatch(/^\d+$/u);
      const [restored, original] = [scene.restored, source].map((root) =>
        readFileSync(join(root, 'new', name)),
      );
      expect(restored?.equals(original ?? Buffer.alloc(0))).toBe(true);
    }
  });

  it('take the other copy of what was read first and is not right', async () => {
    const names = ['a', 'b', 'c'];
    for (const name of names) writeFileSync(join(source, name), randomBytesFor(name, 20_000));
    await scene.backUp();
    const first = largePacks();
    await storeAgain(names);
    const second = largePacks().filter((pack) => !first.includes(pack));
    for (const copy of [first, second]) {
      expect(copy.length).toBeGreaterThan(0);
      const before = copy.map((pack) => readFileSync(pack));
      for (const pack of copy) {
        const bytes = readFileSync(pack);
        for (let at = 40; at < bytes.length - 2000; at += 1000) bytes[at] = (bytes[at] ?? 0) ^ 1;
        chmodSync(pack, 0o600);
        writeFileSync(pack, bytes);
      }
      await scene.reopen();
      const result = await scene.restore();
      expect(result).toMatchObject({ warnings: [], filesRestored: names.length });
      expect(describeTree(scene.restored)).toEqual(describeTree(source));
      for (const [at, pack] of copy.entries()) writeFileSync(pack, before[at] ?? '');
      rmSync(target, { recursive: true });
    }
  });

  function largePacks(): string[] {
    return packs().filter((pack) => statSync(pack).size > 20_000);
  }

  /** As a second program that did not know of what the first one stored. */
  async function storeAgain(names: readonly string[]): Promise<void> {
    const index = join(scene.repositoryPath, 'index');
    const aside = join(scene.folder, 'aside');
    renameSync(index, aside);
    mkdirSync(index);
    await scene.reopen();
    const lock = await scene.repository.lock('shared');
    await scene.repository.refreshIndex();
    const writer = scene.repository.startWriter();
    for (const name of names) await writer.save('data', readFileSync(join(source, name)));
    await writer.finish();
    await lock.release();
    for (const name of readdirSync(aside)) renameSync(join(aside, name), join(index, name));
  }

  it('end the run when the storage itself is gone', async () => {
    for (let at = 0; at < 50; at++)
      writeFileSync(join(source, `${at}`), randomBytesFor(`${at}`, 5000));
    await scene.backUp();
    const backend = new LocalBackend(scene.repositoryPath);
    await scene.reopen(backend);
    const plan = await scene.plan();
    expect(plan.preview.files).toBe(50);
    const read = backend.read.bind(backend);
    vi.spyOn(backend, 'read').mockImplementation(async (file, range, signal) => {
      if (file.kind === 'pack' && file.holds === 'data')
        throw Object.assign(new Error('gone'), { code: 'ENODEV' });
      return read(file, range, signal);
    });
    await expect(scene.restore()).rejects.toThrow('gone');
    expect(readdirSync(scene.restored)).toEqual([]);
  });
});

describe('whose trees are not as they are always written', () => {
  const time = localTime(0n);
  const base = {
    mode: 0o600,
    mtime: time,
    atime: time,
    ctime: time,
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    inode: 0n,
    deviceId: 0n,
    links: 1,
    size: 0,
    linkTarget: Buffer.alloc(0),
    device: 0n,
    subtree: null,
    content: null,
  };
  const file = (name: string, content: readonly Id[], size: number): Node => ({
    ...base,
    name: Buffer.from(name),
    type: 'file',
    content,
    size,
  });

  /** A snapshot of one folder, `folder`, with a tree that `spell` makes of its files. */
  async function forge(
    files: (id: Id) => readonly Node[],
    spell: (tree: Buffer) => Buffer = (tree) => tree,
  ): Promise<void> {
    const lock = await scene.repository.lock('shared');
    await scene.repository.refreshIndex();
    const writer = scene.repository.startWriter();
    const { id } = await writer.save('data', Buffer.from('content'));
    const subtree = (await writer.save('tree', spell(encodeTree(files(id))))).id;
    const folder: Node = {
      ...base,
      name: Buffer.from('folder'),
      type: 'dir',
      mode: 0o700,
      subtree,
    };
    const tree = (await writer.save('tree', encodeTree([folder]))).id;
    await writer.finish();
    const details = { time, tree, paths: ['/folder'], hostname: 'here' };
    await scene.repository.saveSnapshot(details, lock);
    await lock.release();
  }

  it('are restored all the same', async () => {
    await forge(
      (id) => [file('a', [id], 7), file('b', [], 0), file('c', [id, id], 14)],
      (tree) => Buffer.from(JSON.stringify(JSON.parse(tree.toString()), null, 2)),
    );
    const result = await scene.restore();
    expect(result).toMatchObject({ warnings: [], filesRestored: 3 });
    expect(readFileSync(join(target, 'folder', 'c'), 'utf8')).toBe('contentcontent');
  });

  it('are reported as damaged when a node is none, and nothing of them is made', async () => {
    await forge(
      (id) => [file('a', [id], 7), file('b', [id], 7)],
      (tree) =>
        Buffer.from(tree.toString().replace('"name":"b","type":"file"', '"name":"b","type":"x"')),
    );
    const result = await scene.restore();
    expect(result.warnings).toMatchObject([{ path: join(target, 'folder'), reason: 'damaged' }]);
    expect(readdirSync(join(target, 'folder'))).toEqual([]);
  });

  it.each([
    ['a name twice', ['a', 'b'], (text: string) => text.replace('"name":"b"', '"name":"a"'), 'a'],
    [
      'a way out',
      ['a', 'b'],
      (text: string) => text.replace('"name":"b"', '"name":"../b"'),
      '../b',
    ],
    [
      'a file in a folder',
      ['a', 'b'],
      (text: string) => text.replace('"name":"b"', '"name":"c/b"'),
      'c/b',
    ],
  ])('are restored but for %s', async (_what, names, change, unsafe) => {
    await forge(
      (id) => names.map((name) => file(name, [id], 7)),
      (tree) => Buffer.from(change(tree.toString())),
    );
    const result = await scene.restore();
    expect(result.warnings).toMatchObject([
      { path: `${target}/folder/${unsafe}`, reason: 'unsafe-name' },
    ]);
    expect(namesBelow(target)).toEqual(['folder', 'folder/a']);
  });

  it('report a file of which a blob is not known', async () => {
    await forge((id) => [file('a', [id], 7), file('b', [id, 'ab'.repeat(32)], 14)]);
    const result = await scene.restore();
    expect(result.warnings).toMatchObject([
      { path: join(target, 'folder', 'b'), reason: 'damaged', detail: 'repo/blob-missing' },
    ]);
    expect(readdirSync(join(target, 'folder'))).toEqual(['a']);
  });
});
