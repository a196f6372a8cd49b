/** What a restore makes of files that are there already. */
import {
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { testFileSystem } from '../testing/engine-means.ts';
import { archivePath, namesIn, RestoreScene } from '../testing/restore-scene.ts';
import type { RestoreRequest } from './restore-plan.ts';

let scene: RestoreScene;
let folder: string;
let source: string;
let target: string;

beforeEach(async () => {
  scene = await RestoreScene.create();
  ({ folder, source, target } = scene);
});

async function plan(request: Partial<RestoreRequest> = {}) {
  return scene.plan({ include: [archivePath(source)], ...request });
}

async function restore(request: Partial<RestoreRequest> = {}) {
  return scene.restore({ include: [archivePath(source)], ...request });
}

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
