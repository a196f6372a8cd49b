import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { describeTree, makeOddTree } from '../testing/file-tree.ts';
import { archivePath, namesIn, RestoreScene } from '../testing/restore-scene.ts';
import type { RestoreRequest } from './restore-plan.ts';
import { SnapshotBrowser } from './snapshot-browser.ts';
import { TreeReader } from './tree-reader.ts';

let scene: RestoreScene;
let folder: string;
let source: string;

beforeEach(async () => {
  scene = await RestoreScene.create();
  ({ folder, source } = scene);
});

async function restore(request: Partial<RestoreRequest> = {}) {
  return scene.restore({ include: [archivePath(source)], ...request });
}

describe('the snapshot browser', () => {
  it('pages through folders, folders first, and reaches every name', async () => {
    makeOddTree(source);
    await scene.backUp();
    const { snapshot } = await scene.repository.findSnapshot('latest');
    const browser = new SnapshotBrowser(new TreeReader(scene.repository, 10));
    const all = await browser.children(snapshot.tree, archivePath(source), 0, 1000);
    expect(all.total).toBe(namesIn(source).length);
    const kinds = all.entries.map((entry) => entry.type === 'dir');
    expect(kinds.lastIndexOf(true)).toBeLessThan(kinds.indexOf(false));
    const paged = [];
    for (let offset = 0; offset < all.total; offset += 3) {
      paged.push(
        ...(await browser.children(snapshot.tree, archivePath(source), offset, 3)).entries,
      );
    }
    expect(paged).toEqual(all.entries);
    const odd = await browser.children(snapshot.tree, archivePath(source, 'names'), 0, 1000);
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
      browser.children(snapshot.tree, archivePath(source, 'run.sh'), 0, 10),
    ).rejects.toMatchObject({
      code: 'restore/path-not-found',
    });
  });
});
