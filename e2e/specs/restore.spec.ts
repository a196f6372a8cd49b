/** Restoring: to a folder, to the original place with each policy, and from a damaged backup. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { engineProcessOf } from '../harness/engine-process.ts';
import { expect, test } from '../harness/fixture.ts';
import {
  beginRestore,
  finishRestore,
  heading,
  restoreToFolder,
  setUpWithKey,
  tickEverything,
} from '../harness/flows.ts';
import { answerFolderPicker } from '../harness/folder-picker.ts';
import { makeSampleTree } from '../harness/sample-tree.ts';
import { assertSameTree } from '../harness/tree.ts';

test('everything to a folder: identical to the last bit and nanosecond', async ({
  folders,
  launch,
}) => {
  makeSampleTree(folders.source);
  const running = await launch();
  await setUpWithKey(running, folders.destination);
  const target = join(folders.root, 'restored');
  mkdirSync(target);
  await restoreToFolder(running, target);
  const [top = ''] = readdirSync(target);
  await assertSameTree(
    folders.source,
    join(target, folders.source.slice(join(folders.source, '..', '..', '..', '..').length)).replace(
      /.*/u,
      () => findDocuments(target, top),
    ),
  );
  await running.page.getByRole('button', { name: 'Show in folder' }).click();
});

/** Everything lands with the chain of folders that was in the archive: the root's own entries are what was chosen. */
function findDocuments(target: string, top: string): string {
  let path = join(target, top);
  while (!existsSync(join(path, 'letter.txt'))) {
    const [only = ''] = readdirSync(path);
    path = join(path, only);
  }
  return path;
}

test('one file to a folder lands there without its parents', async ({ folders, launch }) => {
  makeSampleTree(folders.source);
  const running = await launch();
  const { app, page } = running;
  await setUpWithKey(running, folders.destination);
  const target = join(folders.root, 'restored');
  mkdirSync(target);
  await beginRestore(page, async (tree) => {
    // Down to the folder with the files: each level has one entry.
    await tree.focus();
    await tree.press('Home');
    for (let level = 0; level < 30; level += 1) {
      const letter = tree.getByRole('treeitem', { name: /^letter\.txt/u });
      if (await letter.isVisible()) break;
      await tree.press('ArrowRight');
      await tree.press('ArrowDown');
      await expect(tree.getByRole('treeitem', { name: 'Loading…' })).toHaveCount(0);
    }
    await tree
      .getByRole('treeitem', { name: /^letter\.txt/u })
      .getByTestId('check')
      .or(tree.getByRole('treeitem', { name: /^letter\.txt/u }))
      .first()
      .click();
    await tree.press('Space');
  });
  await answerFolderPicker(app, [target]);
  await page.getByRole('button', { name: 'Choose folder…' }).click();
  await finishRestore(page);
  expect(readdirSync(target)).toEqual(['letter.txt']);
  expect(readFileSync(join(target, 'letter.txt'), 'utf8')).toBe('Dear reader,\nthis is kept.\n');
});

const policies = [
  { name: 'Keep both', mine: 'mine', files: 2 },
  { name: 'Skip', mine: 'mine', files: 1 },
  { name: 'Replace if older', mine: 'mine', files: 1 },
  { name: 'Replace', mine: 'Dear reader,\nthis is kept.\n', files: 1 },
] as const;

for (const { name, mine, files } of policies) {
  test(`to the original place, "${name}" for a file that is newer`, async ({ folders, launch }) => {
    makeSampleTree(folders.source, { bigFileBytes: 10_000 });
    const running = await launch();
    const { page } = running;
    await setUpWithKey(running, folders.destination);
    const letter = join(folders.source, 'letter.txt');
    writeFileSync(letter, 'mine');
    await beginRestore(page, tickEverything);
    await page.getByRole('radio', { name: 'To the original place' }).check();
    await page.getByRole('radio', { name, exact: true }).check();
    await page.getByRole('button', { name: 'Continue' }).click();
    await expect(heading(page, 'This is what will happen')).toBeVisible();
    expect(readFileSync(letter, 'utf8')).toBe('mine');
    await page.getByRole('button', { name: 'Start restoring' }).click();
    await expect(page.getByRole('heading', { name: 'Restored', exact: true })).toBeVisible();
    expect(readFileSync(letter, 'utf8')).toBe(mine);
    const letters = readdirSync(folders.source).filter((file) => file.startsWith('letter'));
    expect(letters).toHaveLength(files);
    const other = letters.find((file) => file !== 'letter.txt');
    if (other !== undefined) {
      expect(readFileSync(join(folders.source, other), 'utf8')).toBe(
        'Dear reader,\nthis is kept.\n',
      );
    }
  });
}

test('"Replace if older" replaces a file that is older than the archived one', async ({
  folders,
  launch,
}) => {
  makeSampleTree(folders.source, { bigFileBytes: 10_000 });
  const running = await launch();
  const { page } = running;
  await setUpWithKey(running, folders.destination);
  const letter = join(folders.source, 'letter.txt');
  writeFileSync(letter, 'older');
  utimesSync(letter, 1, 1);
  await beginRestore(page, tickEverything);
  await page.getByRole('radio', { name: 'To the original place' }).check();
  await page.getByRole('radio', { name: 'Replace if older', exact: true }).check();
  await finishRestore(page);
  expect(readFileSync(letter, 'utf8')).toBe('Dear reader,\nthis is kept.\n');
});

test('a damaged pack: what can be restored is, the rest is named, and nothing half-written stays', async ({
  folders,
  launch,
}) => {
  makeSampleTree(folders.source);
  const running = await launch();
  const { app, page } = running;
  await setUpWithKey(running, folders.destination);
  const data = join(folders.destination, 'data');
  const packs = readdirSync(data, { recursive: true })
    .map((name) => join(data, String(name)))
    .filter((path) => statSync(path).isFile())
    .toSorted((a, b) => statSync(b).size - statSync(a).size);
  const [largest = ''] = packs;
  const bytes = readFileSync(largest);
  bytes.writeUInt8(bytes.readUInt8(1000) ^ 1, 1000);
  chmodSync(largest, 0o600);
  writeFileSync(largest, bytes);

  const target = join(folders.root, 'restored');
  mkdirSync(target);
  await beginRestore(page, tickEverything);
  await answerFolderPicker(app, [target]);
  await page.getByRole('button', { name: 'Choose folder…' }).click();
  await finishRestore(page, 'Restored, with exceptions');
  await expect(page.getByText(/damaged/iu).first()).toBeVisible();
  const restored = readdirSync(target, { recursive: true }).map(String);
  expect(restored.some((path) => path.endsWith('letter.txt') || path.endsWith('to-letter'))).toBe(
    true,
  );
  expect(restored.filter((path) => path.endsWith('.part'))).toEqual([]);
});

test('the engine is killed at the preview: it is made anew, and nothing that was chosen is lost', async ({
  folders,
  launch,
}) => {
  makeSampleTree(folders.source);
  const running = await launch();
  const { app, page } = running;
  await setUpWithKey(running, folders.destination);
  await beginRestore(page, tickEverything);
  const target = join(folders.root, 'restored');
  mkdirSync(target);
  await answerFolderPicker(app, [target]);
  await page.getByRole('radio', { name: 'To a folder' }).check();
  await page.getByRole('button', { name: 'Choose folder…' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByRole('button', { name: 'Start restoring' })).toBeEnabled();
  const engine = engineProcessOf(running.pid);
  process.kill(engine, 'SIGKILL');
  // The next one knows nothing of the preview.
  await expect
    .poll(() => {
      try {
        return engineProcessOf(running.pid) !== engine;
      } catch {
        return false;
      }
    })
    .toBe(true);
  await page.getByRole('button', { name: 'Start restoring' }).click();
  await expect(page.getByText('This preview is out of date')).toBeVisible();
  await page.getByRole('button', { name: 'Make the preview again' }).click();
  await page.getByRole('button', { name: 'Start restoring' }).click();
  await expect(page.getByRole('heading', { name: 'Restored', exact: true })).toBeVisible();
  await assertSameTree(folders.source, join(target, folders.source));
});
