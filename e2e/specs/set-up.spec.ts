/** A first run: with a key, with a password, with mistakes. restic opens what was made with what the person saved. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '../harness/fixture.ts';
import {
  chooseWhatAndWhere,
  expectProtected,
  heading,
  next,
  PASSWORD,
  pasteProof,
  readKey,
  setUpWithKey,
  startFirstBackup,
} from '../harness/flows.ts';
import { answerFolderPicker } from '../harness/folder-picker.ts';
import { Restic } from '../harness/restic.ts';
import { makeSampleTree } from '../harness/sample-tree.ts';
import { assertSameTree } from '../harness/tree.ts';

test('with a 64-digit key: restic checks and restores the first archive', async ({
  folders,
  launch,
}) => {
  makeSampleTree(folders.source);
  const key = await setUpWithKey(await launch(), folders.destination);
  expect(key).toMatch(/^[0-9a-f]{64}$/u);
  const restic = new Restic(folders.destination, key);
  await restic.check();
  const snapshots = await restic.snapshots();
  expect(snapshots.map(({ paths }) => paths)).toEqual([[folders.source]]);
  const target = join(folders.root, 'restored');
  await restic.restore('latest', target);
  await assertSameTree(folders.source, join(target, folders.source));
});

test('with a password that is typed twice', async ({ folders, launch }) => {
  makeSampleTree(folders.source);
  const running = await launch();
  const { page } = running;
  await chooseWhatAndWhere(running, folders.destination);
  await page.getByRole('radio', { name: /^Password/u }).check();
  const password = page.getByLabel('Password', { exact: true });
  await password.fill('too short');
  await expect(page.getByText(/at least 12 characters/u)).toBeVisible();
  await expect(next(page)).toBeDisabled();
  await password.fill('Password1234');
  await expect(page.getByText('Add more words that are less common.')).toBeVisible();
  await expect(next(page)).toBeDisabled();
  await password.fill(PASSWORD);
  await expect(page.getByText('Strong', { exact: true })).toBeVisible();
  await next(page).click();
  await expect(heading(page, 'Save this password now')).toBeVisible();
  await next(page).click();
  await expect(heading(page, 'Is it really saved?')).toBeVisible();
  await page.getByLabel('Password, once more').fill(`${PASSWORD}!`);
  await expect(page.getByText('This is not the same password.')).toBeVisible();
  await expect(next(page)).toBeDisabled();
  await page.getByLabel('Password, once more').fill(PASSWORD);
  await next(page).click();
  await startFirstBackup(page);
  await expectProtected(page);
  await new Restic(folders.destination, PASSWORD).check();
});

test('with a password of six words that Holdfast suggests', async ({ folders, launch }) => {
  makeSampleTree(folders.source);
  const running = await launch();
  const { page } = running;
  await chooseWhatAndWhere(running, folders.destination);
  await page.getByRole('radio', { name: /^Password/u }).check();
  await page.getByRole('button', { name: 'Suggest one' }).click();
  const password = page.getByLabel('Password', { exact: true });
  await expect(password).toHaveValue(/^(?:[a-z]+ ){5}[a-z]+$/u);
  const suggested = await password.inputValue();
  await next(page).click();
  await next(page).click();
  await page.getByLabel('Password, once more').fill(suggested);
  await next(page).click();
  await startFirstBackup(page);
  await expectProtected(page);
  await new Restic(folders.destination, suggested).check();
});

test('three groups prove the key, and a wrong one is named', async ({ folders, launch }) => {
  makeSampleTree(folders.source);
  const running = await launch();
  const { page } = running;
  await chooseWhatAndWhere(running, folders.destination);
  await next(page).click();
  const key = await readKey(page);
  await next(page).click();
  // The key is hidden now.
  await expect(page.getByText(key.slice(0, 4))).toHaveCount(0);
  await expect(next(page)).toBeDisabled();

  await page
    .getByLabel('Paste the key', { exact: true })
    .fill(`${key.slice(0, 24)}x${key.slice(25)}`);
  await expect(page.getByText(/Group 7 has/u)).toBeVisible();
  await page.getByLabel('Paste the key', { exact: true }).fill('');

  const fields = page.getByRole('textbox', { name: /^Group \d+$/u });
  const labels = await page
    .locator('label')
    .filter({ hasText: /^Group \d+$/u })
    .allInnerTexts();
  const asked = labels.map((label) => Number(label.replace('Group ', '')));
  expect(asked).toHaveLength(3);
  for (const [index, group] of asked.entries()) {
    const right = key.slice((group - 1) * 4, group * 4);
    await fields.nth(index).fill(index === 1 ? (right === '0000' ? '1111' : '0000') : right);
  }
  await page.getByRole('button', { name: 'Check the groups' }).click();
  await expect(page.getByText(`Look again at group ${String(asked[1])}.`)).toBeVisible();
  const second = asked[1] ?? 0;
  await fields.nth(1).fill(key.slice((second - 1) * 4, second * 4).toUpperCase());
  await page.getByRole('button', { name: 'Check the groups' }).click();
  await expect(page.getByText('Proved: the key is saved.')).toBeVisible();
});

test('nothing is written to the place before the last step', async ({ folders, launch }) => {
  makeSampleTree(folders.source);
  const running = await launch();
  const { page } = running;
  await chooseWhatAndWhere(running, folders.destination);
  await next(page).click();
  const key = await readKey(page);
  await next(page).click();
  await pasteProof(page, key);
  await next(page).click();
  await expect(heading(page, 'Ready to start')).toBeVisible();
  expect(readdirSync(folders.destination)).toEqual([]);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(heading(page, 'Backups that only you can open')).toBeVisible();
  expect(readdirSync(folders.destination)).toEqual([]);
});

test('a proof that is put off stays as a warning until it is given', async ({
  folders,
  launch,
}) => {
  makeSampleTree(folders.source);
  const running = await launch({ keychain: 'gnome-keyring' });
  const { page } = running;
  await chooseWhatAndWhere(running, folders.destination);
  await next(page).click();
  const key = await readKey(page);
  await next(page).click();
  await page.getByRole('button', { name: 'I’ll do it later' }).click();
  await expect(page.getByText('You have not proved yet that the secret is saved')).toBeVisible();
  await startFirstBackup(page);
  await expectProtected(page);
  await expect(page.getByText('You have not proved yet that the key is saved')).toBeVisible();
  await page.getByRole('button', { name: 'Prove it now…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Paste the key', { exact: true }).fill('0'.repeat(64));
  await dialog.getByRole('button', { name: 'Check', exact: true }).click();
  await expect(dialog.getByText('This is not the key')).toBeVisible();
  await dialog.getByLabel('Paste the key', { exact: true }).fill(key);
  await dialog.getByRole('button', { name: 'Check', exact: true }).click();
  await expect(dialog.getByText('It is the right one. The date is noted.')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(page.getByText('You have not proved yet that the key is saved')).toBeHidden();
});

test('a folder with other files gets a folder of its own inside; a backup that is there wins', async ({
  folders,
  launch,
}) => {
  makeSampleTree(folders.source);
  writeFileSync(join(folders.destination, 'holiday.txt'), 'not a backup');
  const running = await launch();
  const { app, page } = running;
  await page.getByRole('button', { name: 'Set up a backup' }).click();
  await page.getByRole('checkbox', { name: 'Documents' }).check();
  await next(page).click();
  await answerFolderPicker(app, [folders.destination], [join(folders.root, 'existing')]);
  await page.getByRole('button', { name: 'Choose a folder…' }).click();
  await expect(
    page.getByText(join(folders.destination, 'Holdfast'), { exact: true }),
  ).toBeVisible();
  await expect(next(page)).toBeEnabled();

  mkdirSync(join(folders.root, 'existing'));
  await new Restic(join(folders.root, 'existing'), PASSWORD).run(['init']);
  await page.getByRole('button', { name: 'Choose another…' }).click();
  await expect(page.getByText('There is already a backup in this folder')).toBeVisible();
  await expect(next(page)).toBeDisabled();
  await page.getByRole('button', { name: 'Open the existing backup' }).click();
  // The folder is known already.
  await expect(heading(page, 'Enter its key or password')).toBeVisible();
  await page.getByLabel('64-digit key or password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Open the backup' }).click();
  await expect(heading(page, 'Archives')).toBeVisible();
});

test('without a keychain the window says so, and asks again at the next start', async ({
  folders,
  launch,
}) => {
  makeSampleTree(folders.source);
  const first = await launch();
  const key = await setUpWithKey(first, folders.destination);
  await expect(
    first.page.getByText('This computer has no keychain that Holdfast can use'),
  ).toBeVisible();
  await first.app.close();

  const { page } = await launch();
  await expect(heading(page, 'The backup is closed on this computer')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Back up now' })).toBeDisabled();
  await page.getByRole('button', { name: 'Enter key or password…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('64-digit key or password').fill('not the right password');
  await dialog.getByRole('button', { name: 'Open' }).click();
  await expect(dialog.getByText(/This does not open the backup/u)).toBeVisible();
  await dialog.getByLabel('64-digit key or password').fill(key);
  await dialog.getByRole('button', { name: 'Open' }).click();
  await expectProtected(page);
});

test('with a keychain the backup opens by itself after a restart', async ({ folders, launch }) => {
  makeSampleTree(folders.source);
  const first = await launch({ keychain: 'gnome-keyring' });
  await setUpWithKey(first, folders.destination);
  await expect(
    first.page.getByText('This computer has no keychain that Holdfast can use'),
  ).toBeHidden();
  await first.app.close();
  const { page } = await launch({ keychain: 'gnome-keyring' });
  await expectProtected(page);
  await expect(page.getByRole('button', { name: 'Back up now' })).toBeEnabled();
});

test('without a keychain the proof cannot be put off: the secret would be lost at the end', async ({
  folders,
  launch,
}) => {
  makeSampleTree(folders.source);
  const running = await launch();
  const { page } = running;
  await chooseWhatAndWhere(running, folders.destination);
  await next(page).click();
  const key = await readKey(page);
  await next(page).click();
  await expect(page.getByText(/has no keychain that could keep the secret/u)).toBeVisible();
  await expect(page.getByRole('button', { name: 'I’ll do it later' })).toHaveCount(0);
  await pasteProof(page, key);
  await next(page).click();
  await startFirstBackup(page);
  await expectProtected(page);
});
