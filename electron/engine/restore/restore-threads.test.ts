/** What is harder since files are written side by side: names of one file, files in parts, and being stopped in the midst of one. */
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
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
import type { BlobWriter } from '../repository/packer.ts';
import { testJob } from '../testing/engine-means.ts';
import { describeTree, randomBytesFor } from '../testing/file-tree.ts';
import { RestoreScene } from '../testing/restore-scene.ts';

const MIB = 1024 * 1024;
let scene: RestoreScene;
let source: string;
let target: string;
let path: string;

beforeEach(async () => {
  scene = await RestoreScene.create();
  ({ source, target, repositoryPath: path } = scene);
});

function namesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true }) as string[];
}

it('makes one file of all its names, however far they lie apart, small or large', async () => {
  const sizes = { small: 3000, large: 20 * MIB };
  for (const [name, size] of Object.entries(sizes)) {
    for (let at = 0; at < 40; at += 1) {
      const folder = join(source, `folder ${at}`);
      mkdirSync(folder, { recursive: true });
      if (at === 0) writeFileSync(join(folder, name), randomBytesFor(name, size));
      else if (at % 4 === 0) linkSync(join(source, 'folder 0', name), join(folder, name));
      writeFileSync(join(folder, `${name} other`), randomBytesFor(`${name} ${at}`, 300_000));
    }
  }
  await scene.backUp();
  const result = await scene.restore();
  expect(result.warnings).toEqual([]);
  expect(describeTree(scene.restored)).toEqual(describeTree(source));
  for (const name of Object.keys(sizes)) {
    const inodes = new Set<number>();
    for (let at = 0; at < 40; at += 4)
      inodes.add(statSync(join(scene.restored, `folder ${at}`, name)).ino);
    expect(inodes.size).toBe(1);
  }
});

it('makes one file of names in folders that are alike in everything', async () => {
  for (const name of ['a', 'b']) mkdirSync(join(source, name));
  writeFileSync(join(source, 'a', 'x'), 'one file');
  linkSync(join(source, 'a', 'x'), join(source, 'b', 'x'));
  // Read or not: its times stay as they are.
  utimesSync(join(source, 'a', 'x'), new Date(2026, 5), new Date(2026, 4));
  await scene.backUp();
  const result = await scene.restore();
  expect(result).toMatchObject({ filesRestored: 2, warnings: [] });
  expect(statSync(join(scene.restored, 'a', 'x')).ino).toBe(
    statSync(join(scene.restored, 'b', 'x')).ino,
  );
});

describe('names of one file, of which the first is there already', () => {
  const nameIn = (folder: string) => join(scene.restored, folder, 'x');

  beforeEach(async () => {
    for (const name of ['a', 'b', 'c']) mkdirSync(join(source, name));
    writeFileSync(join(source, 'a', 'x'), 'one file');
    for (const name of ['b', 'c']) linkSync(join(source, 'a', 'x'), join(source, name, 'x'));
    await scene.backUp();
    await scene.restore();
    for (const name of ['b', 'c']) rmSync(nameIn(name));
  });

  it('links the others to it when it is right', async () => {
    const result = await scene.restore();
    expect(result).toMatchObject({ filesAlreadyRight: 1, filesRestored: 2, warnings: [] });
    expect(statSync(nameIn('a')).nlink).toBe(3);
  });

  it('writes another one when it is not, and leaves it alone', async () => {
    writeFileSync(nameIn('a'), 'two file');
    const result = await scene.restore();
    expect(result).toMatchObject({ filesSkipped: 1, filesRestored: 2, warnings: [] });
    expect(readFileSync(nameIn('a'), 'utf8')).toBe('two file');
    expect(readFileSync(nameIn('b'), 'utf8')).toBe('one file');
    expect(statSync(nameIn('b')).ino).toBe(statSync(nameIn('c')).ino);
  });

  it('makes one file of all when it is replaced', async () => {
    writeFileSync(nameIn('a'), 'two file');
    const result = await scene.restore({ conflictPolicy: 'replace' });
    expect(result).toMatchObject({ filesRestored: 3, warnings: [] });
    expect(readFileSync(nameIn('a'), 'utf8')).toBe('one file');
    expect(statSync(nameIn('a')).nlink).toBe(3);
  });

  it('does not link to one that somebody else has made', async () => {
    utimesSync(nameIn('a'), new Date(2020, 1), new Date(2020, 1));
    const result = await scene.restore();
    expect(result).toMatchObject({ filesAlreadyRight: 1, filesRestored: 2, warnings: [] });
    expect(statSync(nameIn('a')).nlink).toBe(1);
    expect(statSync(nameIn('b')).ino).toBe(statSync(nameIn('c')).ino);
  });
});

it('leaves out a file in parts when one is damaged, and nothing of it is left', async () => {
  // In a pack of its own, so that the damage cannot meet it.
  writeFileSync(join(source, 'small'), 'small');
  await scene.backUp();
  writeFileSync(join(source, 'big'), randomBytesFor('big', 60 * MIB));
  await scene.backUp();
  const packs = readdirSync(join(path, 'data'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const full = packs.find((pack) => statSync(pack).size > 8 * MIB);
  truncateSync(full ?? '', 5 * MIB);
  await scene.reopen();
  const result = await scene.restore();
  expect(result.warnings).toMatchObject([{ path: join(scene.restored, 'big'), reason: 'damaged' }]);
  expect(namesBelow(scene.restored)).toEqual(['small']);
  expect(readFileSync(join(scene.restored, 'small'), 'utf8')).toBe('small');
  expect(statSync(scene.restored).mtimeMs).toBe(statSync(source).mtimeMs);
});

it('leaves out a file of which a blob is not as long as the index says', async () => {
  writeFileSync(join(source, 'big'), randomBytesFor('big', 20 * MIB));
  await scene.backUp();
  await scene.reopen();
  await scene.repository.refreshIndex();
  // Where it was read first it is damaged, and another copy of it is shorter: what follows would lie at a wrong place.
  damageLargestPack();
  const load = scene.repository.loadBlob.bind(scene.repository);
  vi.spyOn(scene.repository, 'loadBlob').mockImplementation(async (type, id, signal) =>
    type === 'data' ? Buffer.from('short') : load(type, id, signal),
  );
  const result = await scene.restore();
  expect(result.warnings).toMatchObject([{ path: join(scene.restored, 'big'), reason: 'damaged' }]);
  expect(namesBelow(scene.restored)).toEqual([]);
});

it('does not read a large file of which a blob is missing', async () => {
  const contents = randomBytesFor('claims', 20 * MIB);
  await forge(async (writer) => {
    const content: Id[] = [];
    for (let at = 0; at < contents.length; at += MIB)
      content.push((await writer.save('data', contents.subarray(at, at + MIB))).id);
    content.push('ab'.repeat(32));
    return fileNode({ name: Buffer.from('lacks'), size: 21 * MIB, content });
  });
  const backend = new LocalBackend(path);
  await scene.reopen(backend);
  const read = vi.spyOn(backend, 'read');
  const result = await scene.restore();
  expect(result.warnings).toMatchObject([
    { path: join(target, 'lacks'), reason: 'damaged', detail: 'repo/blob-missing' },
  ]);
  const ofData = read.mock.calls.filter(([{ holds }]) => holds === 'data');
  expect(ofData).toEqual([]);
  expect(namesBelow(target)).toEqual([]);
});

function damageLargestPack(): void {
  const packs = readdirSync(join(path, 'data'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort((a, b) => statSync(b).size - statSync(a).size);
  truncateSync(packs[0] ?? '', 5 * MIB);
}

it('leaves nothing of a large file when it is stopped in its midst, and goes on later', async () => {
  writeFileSync(join(source, 'big'), randomBytesFor('big', 100 * MIB));
  await scene.backUp();
  const job = testJob((progress, self) => {
    if (progress.bytesDone > 10 * MIB) self.cancel();
  });
  await expect(scene.restore({}, job)).rejects.toMatchObject({ code: 'job/cancelled' });
  expect(namesBelow(target).filter((name) => name.includes('.holdfast-'))).toEqual([]);
  expect(existsSync(join(scene.restored, 'big'))).toBe(false);
  const result = await scene.restore();
  expect(result.filesRestored).toBe(1);
  expect(describeTree(scene.restored)).toEqual(describeTree(source));
});

/** A snapshot of one file, `zeros`, which is a blob of 512 KiB so many times. */
async function forgeZeros(times: number): Promise<void> {
  await forge(async (writer) => {
    const { id } = await writer.save('data', Buffer.alloc(MIB / 2));
    const content = Array.from({ length: times }, () => id);
    return fileNode({ name: Buffer.from('zeros'), size: (times * MIB) / 2, content });
  });
}

/** A snapshot of one file. */
async function forge(make: (writer: BlobWriter) => Promise<Node>): Promise<void> {
  const lock = await scene.repository.lock('shared');
  await scene.repository.refreshIndex();
  const writer = scene.repository.startWriter();
  const node = await make(writer);
  const tree = (await writer.save('tree', encodeTree([node]))).id;
  await writer.finish();
  const paths = [`/${node.name.toString()}`];
  await scene.repository.saveSnapshot({ time: localTime(0n), tree, paths, hostname: 'here' }, lock);
  await lock.release();
}

function fileNode(more: Pick<Node, 'name' | 'size' | 'content'>): Node {
  const time = localTime(0n);
  return {
    type: 'file',
    mode: 0o600,
    mtime: time,
    atime: time,
    ctime: time,
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    inode: 0n,
    deviceId: 0n,
    links: 1,
    linkTarget: Buffer.alloc(0),
    device: 0n,
    subtree: null,
    ...more,
  };
}

it('is stopped at once in the midst of comparing a huge file', async () => {
  // Minutes of reading.
  const times = 200_000;
  await forgeZeros(times);
  mkdirSync(target);
  const there = join(target, 'zeros');
  writeFileSync(there, '');
  truncateSync(there, (times * MIB) / 2);
  const job = testJob();
  const look = setInterval(() => {
    if (isOpenHere(there)) job.cancel();
  }, 20);
  await expect(scene.restore({}, job)).rejects.toMatchObject({ code: 'job/cancelled' });
  clearInterval(look);
  expect(isOpenHere(there)).toBe(false);
});

/** By any thread of this process. */
function isOpenHere(file: string): boolean {
  const folder = '/proc/self/fd';
  return readdirSync(folder).some((name) => {
    try {
      return readlinkSync(join(folder, name)) === file;
    } catch {
      return false;
    }
  });
}

it('never has a whole large file in memory, however small it claims to be', async () => {
  const contents = randomBytesFor('claims', 40 * MIB);
  await forge(async (writer) => {
    const content: Id[] = [];
    for (let at = 0; at < contents.length; at += MIB)
      content.push((await writer.save('data', contents.subarray(at, at + MIB))).id);
    return fileNode({ name: Buffer.from('claims'), size: 1, content });
  });
  const backend = new LocalBackend(path);
  await scene.reopen(backend);
  let readsWhileWriting = 0;
  const read = backend.read.bind(backend);
  vi.spyOn(backend, 'read').mockImplementation(async (file, range, signal) => {
    if (file.kind === 'pack' && namesBelow(target).some((name) => name.startsWith('.holdfast-')))
      readsWhileWriting += 1;
    return read(file, range, signal);
  });
  mkdirSync(target);
  await scene.restore();
  expect(readsWhileWriting).toBeGreaterThan(1);
  expect(readFileSync(join(target, 'claims')).equals(contents)).toBe(true);
});

it('takes the figures of the archive for a new folder where nobody looks at the preview', async () => {
  writeFileSync(join(source, 'x'), 'four');
  await scene.backUp();
  const quick = await scene.plan({ isUnseen: true });
  expect(quick.preview).toMatchObject({ files: 1, bytes: 4, directories: 0 });
  mkdirSync(target);
  const exact = await scene.plan({ isUnseen: true });
  expect(exact.preview).toMatchObject({ files: 1, bytes: 4 });
  expect(exact.preview.directories).toBeGreaterThan(0);
});
