/** Archives that somebody has forged, or a disk has damaged. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { localTime } from '../backup/node-from-stat.ts';
import { encodeTree, type Node } from '../format/tree.ts';
import { testJob } from '../testing/engine-means.ts';
import { randomBytesFor } from '../testing/file-tree.ts';
import { archivePath, namesIn, RestoreScene } from '../testing/restore-scene.ts';
import type { RestoreRequest } from './restore-plan.ts';

let scene: RestoreScene;
let folder: string;
let source: string;
let target: string;
let repositoryPath: string;

beforeEach(async () => {
  scene = await RestoreScene.create();
  ({ folder, source, target, repositoryPath } = scene);
});

async function restore(request: Partial<RestoreRequest> = {}, job = testJob()) {
  return scene.restore({ include: [archivePath(source)], ...request }, job);
}

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
