/** Files with holes: what is a hole in the source is none of our bytes, and takes no room when it is restored. */
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeTree } from '../testing/file-tree.ts';
import { makeSparse, SPARSE } from '../testing/file-zoo.ts';
import { RestoreScene } from '../testing/restore-scene.ts';

/** What a file system may need besides for where the parts are. */
const SLACK_BLOCKS = 16;

it('take no more room when they are restored than they took', async () => {
  const scene = await RestoreScene.create();
  const { source, restored } = scene;
  makeSparse(join(source, 'sparse'));
  await scene.backUp();
  await scene.restore();
  expect(describeTree(restored)).toEqual(describeTree(source));
  for (const name of SPARSE) {
    const blocksOf = (above: string): number => lstatSync(join(above, 'sparse', name)).blocks;
    expect(blocksOf(restored)).toBeLessThanOrEqual(blocksOf(source) + SLACK_BLOCKS);
  }
});
