import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { localTime } from '../backup/node-from-stat.ts';
import { encodePath } from '../format/repository-path.ts';
import { encodeTree, type Node } from '../format/tree.ts';
import { testFileSystem, testJob } from '../testing/engine-means.ts';
import { describeTree, makeOddTree, randomBytesFor } from '../testing/file-tree.ts';
import { RestoreScene } from '../testing/restore-scene.ts';
import type { RestoreRequest } from './restore-plan.ts';
import { SnapshotBrowser } from './snapshot-browser.ts';
import { TreeReader } from './tree-reader.ts';

let scene: RestoreScene;
let folder: string;
let source: string;
let target: string;
let repositoryPath: string;

beforeEach(async () => {
  scene = await RestoreScene.create();
  ({ folder, source, target, repositoryPath } = scene);
});

function archivePath(...names: string[]): string {
  const components = [...source.split('/').filter((name) => name !== ''), ...names];
  return encodePath(components.map((name) => Buffer.from(name)));
}

async function plan(request: Partial<RestoreRequest> = {}) {
  return scene.plan({ include: [archivePath()], ...request });
}

async function restore(request: Partial<RestoreRequest> = {}, job = testJob()) {
  return scene.restore({ include: [archivePath()], ...request }, job);
}

function namesIn(path: string): string[] {
  return readdirSync(path).sort();
}

describe('a restore into a folder', () => {
  it('brings back everything exactly', async () => {
    makeOddTree(source);
    await scene.backUp();
    const result = await restore();
    expect(result.warnings).toEqual([]);
    expect(describeTree(join(target, 'source'))).toEqual(describeTree(source));
    expect(result.filesAlreadyRight).toBe(0);
  });

  it('lands the chosen items only, without their parents, unless asked', async () => {
    makeOddTree(source);
    await scene.backUp();
    const include = [
      archivePath('docs', 'deep'),
      archivePath('run.sh'),
      archivePath('docs', 'deep', 'deeper'),
    ];
    const first = await plan({ include });
    expect(first.preview).toMatchObject({
      files: 2,
      directories: 2,
      conflictCount: 0,
      enoughSpace: true,
    });
    await restore({ include });
    expect(namesIn(target)).toEqual(['deep', 'run.sh']);
    const kept = join(folder, 'kept');
    await restore({ include, target: { kind: 'folder', path: kept, keepParents: true } });
    expect(describeTree(join(kept, source, 'docs', 'deep'))).toEqual(
      describeTree(join(source, 'docs', 'deep')),
    );
    expect(namesIn(join(kept, source))).toEqual(['docs', 'run.sh']);
    expect(statSync(join(kept, source)).mtimeMs).toBe(statSync(source).mtimeMs);
  });

  it('leaves out what is excluded, and keeps what is included again inside of it', async () => {
    makeOddTree(source);
    await scene.backUp();
    const request = {
      exclude: [archivePath('docs'), archivePath('many'), archivePath('big.bin')],
      include: [archivePath(), archivePath('docs', 'deep')],
    };
    const { preview } = await plan(request);
    const result = await restore(request);
    expect(result.filesRestored).toBe(preview.files);
    const there = namesIn(join(target, 'source'));
    expect(there).toContain('docs');
    expect(there).not.toContain('many');
    expect(there).not.toContain('big.bin');
    expect(describeTree(join(target, 'source', 'docs', 'deep'))).toEqual(
      describeTree(join(source, 'docs', 'deep')),
    );
    expect(namesIn(join(target, 'source', 'docs'))).toEqual(['deep']);
  });

  it('gives two items of one name a place each', async () => {
    for (const side of ['a', 'b']) {
      mkdirSync(join(source, side, 'same'), { recursive: true });
      writeFileSync(join(source, side, 'same', 'file'), side);
    }
    await scene.backUp();
    await restore({ include: [archivePath('a', 'same'), archivePath('b', 'same')] });
    expect(readFileSync(join(target, 'same', 'file'), 'utf8')).toBe('a');
    expect(readFileSync(join(target, 'same (2)', 'file'), 'utf8')).toBe('b');
  });

  it('takes all with the root', async () => {
    writeFileSync(join(source, 'x'), 'x');
    await scene.backUp();
    const result = await restore({ include: ['/'] });
    expect(result.filesRestored).toBe(1);
    expect(readFileSync(join(target, source, 'x'), 'utf8')).toBe('x');
  });

  it('refuses a path that is not in the archive, and a target inside the repository', async () => {
    writeFileSync(join(source, 'x'), 'x');
    await scene.backUp();
    await expect(plan({ include: [archivePath('none')] })).rejects.toMatchObject({
      code: 'restore/path-not-found',
    });
    symlinkSync(repositoryPath, join(folder, 'sly'));
    const sly = join(folder, 'sly', 'data', 'new');
    await expect(
      plan({ target: { kind: 'folder', path: sly, keepParents: false } }),
    ).rejects.toMatchObject({ code: 'restore/target-in-repository' });
  });

  it('refuses a target that is a file', async () => {
    writeFileSync(join(source, 'x'), 'x');
    await scene.backUp();
    writeFileSync(target, 'in the way');
    await expect(restore()).rejects.toMatchObject({ code: 'restore/target-not-writable' });
    expect(readFileSync(target, 'utf8')).toBe('in the way');
  });
});

describe('a restore to the original place', () => {
  it('brings back what was deleted and leaves alone what is right', async () => {
    makeOddTree(source);
    await scene.backUp();
    const before = describeTree(source);
    rmSync(join(source, 'docs'), { recursive: true });
    const result = await restore({ target: { kind: 'original' }, conflictPolicy: 'replace' });
    expect(result.warnings).toEqual([]);
    expect(result.filesRestored).toBe(5);
    expect(result.filesAlreadyRight).toBeGreaterThan(60);
    // The third name of the hard-linked group was there and is kept; the two others are one file again.
    const rest = (lines: string[]) => lines.filter((line) => !line.includes('hard-'));
    expect(rest(describeTree(source))).toEqual(rest(before));
    expect(readFileSync(join(source, 'docs', 'hard-a'), 'utf8')).toBe('the same file\n');
  });

  it('makes the folders above it when they are gone, with their times', async () => {
    mkdirSync(join(source, 'a', 'b'), { recursive: true });
    writeFileSync(join(source, 'a', 'b', 'x'), 'x');
    await scene.backUp();
    const before = describeTree(source);
    rmSync(source, { recursive: true });
    await restore({ target: { kind: 'original' }, include: [archivePath('a', 'b', 'x')] });
    expect(describeTree(source)).toEqual(before);
  });

  it('follows a link above the source: it is how this computer is laid out', async () => {
    const real = join(folder, 'real');
    mkdirSync(real);
    mkdirSync(join(source, 'inner'));
    writeFileSync(join(source, 'inner', 'x'), 'x');
    source = join(source, 'inner');
    await scene.backUp();
    rmSync(join(folder, 'source'), { recursive: true });
    symlinkSync(real, join(folder, 'source'));
    await restore({ target: { kind: 'original' }, include: [archivePath('x')] });
    expect(readFileSync(join(real, 'inner', 'x'), 'utf8')).toBe('x');
    expect(lstatSync(join(folder, 'source')).isSymbolicLink()).toBe(true);
  });
});

describe('existing files', () => {
  const archivedAt = new Date('2020-01-02T03:04:05Z');

  beforeEach(async () => {
    writeFileSync(join(source, 'same.txt'), 'same');
    writeFileSync(join(source, 'other.txt'), 'archived');
    writeFileSync(join(source, 'new.txt'), 'new');
    symlinkSync('same.txt', join(source, 'link'));
    for (const name of namesIn(source)) {
      if (name !== 'link') utimesSync(join(source, name), archivedAt, archivedAt);
    }
    await scene.backUp();
    mkdirSync(join(target, 'source'), { recursive: true });
    writeFileSync(join(target, 'source', 'same.txt'), 'same');
    writeFileSync(join(target, 'source', 'other.txt'), 'existing, longer');
    symlinkSync('elsewhere', join(target, 'source', 'link'));
  });

  const at = (name: string): string => join(target, 'source', name);
  const read = (name: string): string => readFileSync(at(name), 'utf8');

  it('are shown in the preview', async () => {
    const { preview } = await plan({ conflictPolicy: 'replace' });
    expect(preview).toMatchObject({ files: 3, others: 1, bytes: 15, conflictCount: 3 });
    expect(preview.conflicts.find((conflict) => conflict.path === at('other.txt'))).toMatchObject({
      existingSizeBytes: 16,
      archivedSizeBytes: 8,
      archivedModifiedAt: expect.stringContaining('2020-01-02') as string,
    });
    expect((await plan({ conflictPolicy: 'skip' })).preview.bytesToWrite).toBe(3);
  });

  it('stay with skip', async () => {
    const result = await restore({ conflictPolicy: 'skip' });
    expect(result).toMatchObject({ filesRestored: 1, filesSkipped: 2, filesAlreadyRight: 1 });
    expect([read('other.txt'), read('new.txt')]).toEqual(['existing, longer', 'new']);
    expect(readlinkSync(at('link'))).toBe('elsewhere');
  });

  it('stay beside the restored ones with keep-both', async () => {
    const result = await restore({ conflictPolicy: 'keep-both' });
    expect(result).toMatchObject({
      filesRestored: 2,
      filesKeptBoth: 2,
      filesAlreadyRight: 1,
      otherRestored: 1,
    });
    expect(read('other.txt')).toBe('existing, longer');
    const beside = namesIn(join(target, 'source')).filter((name) => name.includes('(restored '));
    expect(beside).toHaveLength(2);
    expect(beside[1]).toMatch(/^other \(restored \d{4}-\d\d-\d\d \d\d\.\d\d\)\.txt$/u);
    expect(read(beside[1] ?? '')).toBe('archived');
    expect(readlinkSync(at(beside[0] ?? ''))).toBe('same.txt');
  });

  it('go with replace, links as links', async () => {
    writeFileSync(at('elsewhere'), 'must not be touched');
    const result = await restore({ conflictPolicy: 'replace' });
    expect(result).toMatchObject({ filesRestored: 2, filesAlreadyRight: 1, otherRestored: 1 });
    expect([read('other.txt'), read('elsewhere')]).toEqual(['archived', 'must not be touched']);
    expect(readlinkSync(at('link'))).toBe('same.txt');
    expect(statSync(at('same.txt')).mtimeMs).toBe(archivedAt.getTime());
  });

  it('go with replace-if-older only when they are older', async () => {
    expect(await restore({ conflictPolicy: 'replace-if-older' })).toMatchObject({
      filesSkipped: 2,
    });
    expect(read('other.txt')).toBe('existing, longer');
    const old = new Date('2001-01-01T00:00:00Z');
    utimesSync(at('other.txt'), old, old);
    expect(await restore({ conflictPolicy: 'replace-if-older' })).toMatchObject({
      filesRestored: 1,
    });
    expect(read('other.txt')).toBe('archived');
  });

  it('of another kind are never removed, whatever the policy', async () => {
    rmSync(at('other.txt'));
    mkdirSync(at('other.txt'));
    writeFileSync(join(at('other.txt'), 'precious'), 'p');
    const result = await restore({ conflictPolicy: 'replace' });
    expect(readFileSync(join(at('other.txt'), 'precious'), 'utf8')).toBe('p');
    expect(result.filesKeptBoth).toBe(1);
  });

  it('a link in the place of a folder is not followed', async () => {
    rmSync(join(target, 'source'), { recursive: true });
    const outside = join(folder, 'outside');
    mkdirSync(outside);
    symlinkSync(outside, join(target, 'source'));
    const result = await restore({ conflictPolicy: 'replace' });
    expect(namesIn(outside)).toEqual([]);
    expect(result.filesKeptBoth).toBe(1);
    const beside = namesIn(target).find((name) => name.startsWith('source (restored '));
    expect(namesIn(join(target, beside ?? ''))).toEqual([
      'link',
      'new.txt',
      'other.txt',
      'same.txt',
    ]);
  });
});

it.runIf(process.platform === 'linux')(
  'does not take a device without a number for a link',
  async () => {
    symlinkSync('elsewhere', join(source, 'link'));
    await scene.backUp();
    mkdirSync(join(target, 'source'), { recursive: true });
    const there = join(target, 'source', 'link');
    // As overlay file systems have them, for what was deleted.
    testFileSystem().makeDevice(Buffer.from(there), 'character', 0o600, 0n);
    const result = await restore({ conflictPolicy: 'replace' });
    expect(result).toMatchObject({ otherRestored: 1, filesAlreadyRight: 0, warnings: [] });
    expect(readlinkSync(there)).toBe('elsewhere');
  },
);

describe('a hostile or damaged archive', () => {
  const epoch = localTime(1_600_000_000_000_000_000n);

  function node(name: string | Buffer, more: Partial<Node>): Node {
    return {
      name: Buffer.from(name as string),
      type: 'file',
      mode: 0o644,
      mtime: epoch,
      atime: epoch,
      ctime: epoch,
      uid: process.getuid?.() ?? 0,
      gid: process.getgid?.() ?? 0,
      inode: 0n,
      deviceId: 0n,
      size: 0,
      links: 1,
      linkTarget: Buffer.alloc(0),
      device: 0n,
      content: [],
      subtree: null,
      ...more,
    };
  }

  /** What `encodeTree` refuses to write: nodes in this order, several of one name, a name that is empty. */
  function encodeAnything(nodes: readonly Node[]): Buffer {
    const texts = nodes.map((one) => {
      const named = one.name.length === 0 ? { ...one, name: Buffer.from('nameless') } : one;
      const text = encodeTree([named]).toString().slice('{"nodes":['.length, -']}\n'.length);
      return one.name.length === 0 ? text.replace('"nameless"', '""') : text;
    });
    return Buffer.from(`{"nodes":[${texts.join(',')}]}\n`);
  }

  /** Makes a snapshot of one folder `f` with these nodes. */
  async function forge(make: (data: (text: string) => Promise<string>) => Promise<Node[]>) {
    const lock = await scene.repository.lock('shared');
    await scene.repository.refreshIndex();
    const writer = scene.repository.startWriter();
    const nodes = await make(async (text) => (await writer.save('data', Buffer.from(text))).id);
    const inner = await writer.save('tree', encodeAnything(nodes));
    const root = await writer.save(
      'tree',
      encodeTree([
        node('f', { type: 'dir', mode: 2 ** 31 + 0o755, content: null, subtree: inner.id }),
      ]),
    );
    await writer.finish();
    await scene.repository.saveSnapshot(
      {
        time: localTime(BigInt(Date.now()) * 1_000_000n),
        tree: root.id,
        paths: ['/f'],
        hostname: 'evil',
      },
      lock,
    );
    await lock.release();
  }

  it('writes nothing outside the target, whatever the names are', async () => {
    await forge(async (data) => {
      const content = [await data('evil')];
      const names = ['', '.', '..', '../escaped', '/abs', 'nul\0byte', 'ok', 'sub/dir'];
      return names.map((name) => node(name, { content, size: 4 }));
    });
    const result = await restore({ include: ['/f'] });
    expect(namesIn(join(target, 'f'))).toEqual(['ok']);
    expect(namesIn(target)).toEqual(['f']);
    expect(existsSync(join(folder, 'escaped'))).toBe(false);
    expect(result.warnings.map((warning) => warning.reason)).toEqual(Array(7).fill('unsafe-name'));
  });

  it('does not write through a link of its own', async () => {
    const outside = join(folder, 'outside');
    mkdirSync(outside);
    await forge(async (data) => [
      node('a', { type: 'symlink', linkTarget: Buffer.from(outside), content: null }),
      // The same name again, now as a folder: restic's reader would accept it.
      node('a', { type: 'file', content: [await data('evil')], size: 4 }),
    ]);
    const result = await restore({ include: ['/f'], conflictPolicy: 'replace' });
    expect(namesIn(outside)).toEqual([]);
    expect(lstatSync(join(target, 'f', 'a')).isSymbolicLink()).toBe(true);
    expect(result.warnings).toMatchObject([{ reason: 'unsafe-name' }]);
  });

  it('does not link files that share an inode and nothing else', async () => {
    await forge(async (data) => [
      node('a', { content: [await data('one')], size: 3, links: 2, inode: 5n, deviceId: 1n }),
      node('b', { content: [await data('two')], size: 3, links: 2, inode: 5n, deviceId: 1n }),
      node('c', { content: [await data('three')], size: 5, links: 1, inode: 5n, deviceId: 1n }),
      node('d', { content: [await data('one')], size: 3, links: 2, inode: 5n, deviceId: 1n }),
    ]);
    await restore({ include: ['/f'] });
    const read = (name: string) => readFileSync(join(target, 'f', name), 'utf8');
    expect(['a', 'b', 'c', 'd'].map(read)).toEqual(['one', 'two', 'three', 'one']);
    expect(statSync(join(target, 'f', 'd')).ino).toBe(statSync(join(target, 'f', 'a')).ino);
    expect(statSync(join(target, 'f', 'b')).nlink).toBe(1);
  });

  it('names the file that cannot be had, leaves nothing of it, and restores the others', async () => {
    await forge(async (data) => [
      node('good', { content: [await data('good')], size: 4 }),
      node('lost', { content: [await data('half'), '0'.repeat(64)], size: 8 }),
      node('tail', { content: [await data('tail')], size: 4 }),
    ]);
    const result = await restore({ include: ['/f'] });
    expect(namesIn(join(target, 'f'))).toEqual(['good', 'tail']);
    expect(result.filesRestored).toBe(2);
    expect(result.warnings).toMatchObject([
      { path: join(target, 'f', 'lost'), reason: 'damaged', detail: 'repo/blob-missing' },
    ]);
  });

  it('restores what is left of a pack that was cut short', async () => {
    for (let index = 0; index < 20; index += 1) {
      writeFileSync(
        join(source, `f${String(index).padStart(2, '0')}`),
        randomBytesFor(String(index), 1_000_000),
      );
    }
    await scene.backUp();
    const files = readdirSync(join(repositoryPath, 'data'), {
      recursive: true,
      withFileTypes: true,
    })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort((a, b) => statSync(b).size - statSync(a).size);
    truncateSync(files[0] ?? '', 2_500_000);
    await scene.reopen();
    const result = await restore();
    expect(result.warningCount).toBeGreaterThan(0);
    expect(result.warnings.every((warning) => warning.reason === 'damaged')).toBe(true);
    expect(result.filesRestored + result.warningCount).toBe(20);
    for (const name of namesIn(join(target, 'source'))) {
      expect(
        readFileSync(join(target, 'source', name)).equals(readFileSync(join(source, name))),
      ).toBe(true);
    }
  });

  it('says that the storage is gone, rather than that every file is damaged', async () => {
    for (let index = 0; index < 5; index += 1)
      writeFileSync(join(source, `f${index}`), String(index));
    await scene.backUp();
    const job = testJob((progress) => {
      if (progress.phase === 'transferring')
        rmSync(repositoryPath, { recursive: true, force: true });
    });
    await expect(restore({}, job)).rejects.toMatchObject({ code: 'backend/unavailable' });
  });
});

describe('a cancelled restore', () => {
  it('keeps finished files, leaves no others, and continues when run again', async () => {
    for (let index = 0; index < 30; index += 1) {
      writeFileSync(join(source, `f${index}`), randomBytesFor(`r${index}`, 1_500_000));
    }
    await scene.backUp();
    const job = testJob((progress, self) => {
      if (progress.filesDone === 8) self.cancel();
    });
    await expect(restore({}, job)).rejects.toMatchObject({ code: 'job/cancelled' });
    const there = namesIn(join(target, 'source'));
    expect(there.length).toBeGreaterThan(0);
    expect(there.length).toBeLessThan(30);
    expect(there.every((name) => /^f\d+$/u.test(name))).toBe(true);
    expect(readdirSync(join(repositoryPath, 'locks'))).toEqual([]);
    const result = await restore({ conflictPolicy: 'keep-both' });
    expect(result).toMatchObject({
      filesAlreadyRight: there.length,
      filesRestored: 30 - there.length,
    });
    expect(describeTree(join(target, 'source'))).toEqual(describeTree(source));
  });
});

describe('the snapshot browser', () => {
  it('pages through folders, folders first, and reaches every name', async () => {
    makeOddTree(source);
    await scene.backUp();
    const { snapshot } = await scene.repository.findSnapshot('latest');
    const browser = new SnapshotBrowser(new TreeReader(scene.repository, 10));
    const all = await browser.children(snapshot.tree, archivePath(), 0, 1000);
    expect(all.total).toBe(namesIn(source).length);
    const kinds = all.entries.map((entry) => entry.type === 'dir');
    expect(kinds.lastIndexOf(true)).toBeLessThan(kinds.indexOf(false));
    const paged = [];
    for (let offset = 0; offset < all.total; offset += 3) {
      paged.push(...(await browser.children(snapshot.tree, archivePath(), offset, 3)).entries);
    }
    expect(paged).toEqual(all.entries);
    const odd = await browser.children(snapshot.tree, archivePath('names'), 0, 1000);
    for (const entry of odd.entries) {
      const restored = await restore({
        include: [entry.path],
        target: { kind: 'folder', path: join(folder, 'one'), keepParents: false },
      });
      expect(restored.filesRestored + restored.otherRestored).toBe(1);
    }
    expect(describeTree(join(folder, 'one'), { rootTime: false }).slice(1)).toEqual(
      describeTree(join(source, 'names')).slice(1),
    );
    await expect(
      browser.children(snapshot.tree, archivePath('run.sh'), 0, 10),
    ).rejects.toMatchObject({
      code: 'restore/path-not-found',
    });
  });
});
