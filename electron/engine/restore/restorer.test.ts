import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { RepositoryLock } from '../repository/lock.ts';
import { testJob } from '../testing/engine-means.ts';
import { describeTree, makeOddTree, randomBytesFor } from '../testing/file-tree.ts';
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

async function plan(request: Partial<RestoreRequest> = {}) {
  return scene.plan({ include: [archivePath(source)], ...request });
}

async function restore(request: Partial<RestoreRequest> = {}, job = testJob()) {
  return scene.restore({ include: [archivePath(source)], ...request }, job);
}

describe('a restore that began while somebody else began to delete', () => {
  it('stops as soon as that shows', async () => {
    makeOddTree(source);
    await scene.backUp();
    const locks = join(repositoryPath, 'locks');
    const exclusive = await scene.repository.lock('exclusive');
    const [name = ''] = readdirSync(locks);
    const bytes = readFileSync(join(locks, name));
    await exclusive.release();
    const { repository } = scene;
    const { clock } = repository.core.ports;
    const planted = Promise.withResolvers<void>();
    const clockSleep = clock.sleep.bind(clock);
    clock.sleep = (ms, signal) => (ms < 1000 ? planted.promise : clockSleep(ms, signal));
    let lock: RepositoryLock | null = null;
    const take = repository.lockToBegin.bind(repository);
    repository.lockToBegin = async (signal) => {
      lock = await take(signal);
      return lock;
    };
    const job = testJob();
    let held = false;
    job.whenRunning = async () => {
      // Its own lock is there, but has not been looked at again.
      if (held || lock === null) return;
      held = true;
      writeFileSync(join(locks, name), bytes);
      planted.resolve();
      await lock.settled().catch(() => undefined);
    };
    await expect(restore({}, job)).rejects.toMatchObject({ code: 'repo/locked' });
    expect(held).toBe(true);
    expect(readdirSync(locks)).toEqual([name]);
  });
});

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
      archivePath(source, 'docs', 'deep'),
      archivePath(source, 'run.sh'),
      archivePath(source, 'docs', 'deep', 'deeper'),
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
      exclude: [
        archivePath(source, 'docs'),
        archivePath(source, 'many'),
        archivePath(source, 'big.bin'),
      ],
      include: [archivePath(source), archivePath(source, 'docs', 'deep')],
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
    await restore({
      include: [archivePath(source, 'a', 'same'), archivePath(source, 'b', 'same')],
    });
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
    await expect(plan({ include: [archivePath(source, 'none')] })).rejects.toMatchObject({
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
    await restore({ target: { kind: 'original' }, include: [archivePath(source, 'a', 'b', 'x')] });
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
    await restore({ target: { kind: 'original' }, include: [archivePath(source, 'x')] });
    expect(readFileSync(join(real, 'inner', 'x'), 'utf8')).toBe('x');
    expect(lstatSync(join(folder, 'source')).isSymbolicLink()).toBe(true);
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
