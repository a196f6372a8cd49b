import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Restic } from './restic.ts';
import { makeSampleTree } from './sample-tree.ts';
import { assertSameTree } from './tree.ts';

let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'restic-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

describe('Restic', () => {
  it('takes a tree there and back, and complains of damage', async () => {
    const source = join(root, 'source');
    mkdirSync(source);
    makeSampleTree(source, { bigFileBytes: 300_000 });
    const repository = join(root, 'repository');
    const restic = new Restic(repository, 'pass word');
    await restic.run(['init']);
    await restic.run(['backup', source]);
    await restic.check();
    const snapshots = await restic.snapshots();
    expect(snapshots.map(({ paths }) => paths)).toEqual([[source]]);
    await restic.restore(snapshots[0]?.id ?? '', join(root, 'target'));
    await assertSameTree(source, join(root, 'target', source));

    await expect(new Restic(repository, 'wrong').check()).rejects.toThrow('wrong password');
    const index = join(repository, 'index');
    for (const name of readdirSync(index)) {
      execFileSync('chmod', ['u+w', join(index, name)]);
      writeFileSync(join(index, name), 'damaged');
    }
    await expect(restic.check()).rejects.toThrow('Fatal');
  });
});
