/** A new computer has the storage and the secret, nothing else. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '../harness/fixture.ts';
import {
  connectTo,
  expectProtected,
  heading,
  next,
  PASSWORD,
  restoreToFolder,
  setUpWithKey,
} from '../harness/flows.ts';
import { answerFolderPicker } from '../harness/folder-picker.ts';
import { startKeyring } from '../harness/keyring.ts';
import { Restic } from '../harness/restic.ts';
import { makeSampleTree } from '../harness/sample-tree.ts';

test('fresh profile, fresh keychain: restores, and goes on backing up there', async ({
  folders,
  launch,
}) => {
  makeSampleTree(folders.source);
  const old = await launch({ keychain: 'gnome-keyring' });
  const key = await setUpWithKey(old, folders.destination);
  await old.app.close();

  const keyring = await startKeyring();
  try {
    const fresh = await launch({
      keychain: keyring,
      userData: join(folders.root, 'another computer'),
    });
    const { page } = fresh;
    // As it may be copied from a manager: in groups and capitals.
    const spelled = key.toUpperCase().replaceAll(/(.{4})(?=.)/gu, '$1 ');
    await connectTo(fresh, folders.destination, spelled);
    await expect(heading(page, 'Archives')).toBeVisible();
    const target = join(folders.root, 'restored');
    mkdirSync(target);
    await restoreToFolder(fresh, target);

    await page.getByRole('button', { name: 'Status' }).click();
    await page.getByRole('button', { name: 'Continue backing up to this destination' }).click();
    // The same folder is here, too, and is chosen already.
    await expect(page.getByRole('checkbox', { name: 'Documents' })).toBeChecked();
    await page.getByRole('button', { name: 'Start backing up' }).click();
    await expectProtected(page);
  } finally {
    await keyring.stop();
  }
  const restic = new Restic(folders.destination, key);
  await restic.check();
  expect(await restic.snapshots()).toHaveLength(2);
});

test('a repository that restic made opens with its password', async ({ folders, launch }) => {
  makeSampleTree(folders.source);
  const restic = new Restic(folders.destination, PASSWORD);
  await restic.run(['init']);
  await restic.run(['backup', folders.source]);
  const running = await launch();
  await connectTo(running, folders.destination, PASSWORD);
  await expect(heading(running.page, 'Archives')).toBeVisible();
  const target = join(folders.root, 'restored');
  mkdirSync(target);
  await restoreToFolder(running, target);
});

test('a wrong secret, and a folder without a backup', async ({ folders, launch }) => {
  await new Restic(folders.destination, PASSWORD).run(['init']);
  const running = await launch();
  const { app, page } = running;
  const other = join(folders.root, 'photos');
  mkdirSync(other);
  writeFileSync(join(other, 'a.jpg'), 'x');
  await page.getByRole('button', { name: 'Restore from an existing backup' }).click();
  await answerFolderPicker(app, [other], [folders.destination]);
  await page.getByRole('button', { name: 'Choose a folder…' }).click();
  await expect(page.getByText('There is no backup here')).toBeVisible();
  await expect(next(page)).toBeDisabled();
  await page.getByRole('button', { name: 'Choose another…' }).click();
  await next(page).click();
  const secret = page.getByLabel('64-digit key or password', { exact: true });
  await secret.fill('not this one, sorry');
  await page.getByRole('button', { name: 'Open the backup' }).click();
  await expect(page.getByText('This key or password does not open the backup')).toBeVisible();
  await secret.fill(`${'0123 '.repeat(15)}01x3`);
  await expect(page.getByText(/Group 16 has “x”/u)).toBeVisible();
  await secret.fill(PASSWORD);
  await page.getByRole('button', { name: 'Open the backup' }).click();
  await expect(heading(page, 'Archives')).toBeVisible();
});
