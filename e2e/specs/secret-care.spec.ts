/** What keeps a secret from getting lost where things go another way: no storage, no keychain, no proof, a change given up. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import { expect, test } from '../harness/fixture.ts';
import {
  chooseWhatAndWhere,
  expectProtected,
  heading,
  next,
  openKeys,
  readKey,
  startFirstBackup,
} from '../harness/flows.ts';
import { answerSaveDialog } from '../harness/folder-picker.ts';
import { Restic } from '../harness/restic.ts';
import type { RunningApp } from '../harness/running-app.ts';
import { makeSampleTree } from '../harness/sample-tree.ts';

/** Set-up with a key whose proof is put off. Returns the key. */
async function setUpUnproved(running: RunningApp, destination: string): Promise<string> {
  const { page } = running;
  await chooseWhatAndWhere(running, destination);
  await next(page).click();
  const key = await readKey(page);
  await next(page).click();
  await page.getByRole('button', { name: 'I’ll do it later' }).click();
  await startFirstBackup(page);
  await expectProtected(page);
  return key;
}

async function openRow(page: Page, name: RegExp): Promise<Locator> {
  await page.getByRole('button', { name }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toBeVisible();
  return dialog;
}

const groupsIn = (place: Page | Locator): Locator =>
  place.getByRole('list', { name: /64-digit key/u }).locator('code');

test('a key that is kept here can be saved while the storage is away', async ({
  folders,
  launch,
}) => {
  makeSampleTree(folders.source);
  const first = await launch({ keychain: 'gnome-keyring' });
  const key = await setUpUnproved(first, folders.destination);
  await first.app.close();
  renameSync(folders.destination, join(folders.root, 'unplugged'));
  const { app, page } = await launch({ keychain: 'gnome-keyring' });
  const warning = page.getByText('You have not proved yet that the key is saved');
  await expect(warning).toBeVisible();
  await openKeys(page);
  await expect(warning).toBeVisible();
  await expect(page.getByText(/as soon as the storage is there again/u)).toBeVisible();
  await expect(page.getByRole('button', { name: /^(?:Change it|Check that)/u })).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Prove it now…' })).toHaveCount(0);

  const shown = await openRow(page, /^Show the key/u);
  await shown.getByRole('button', { name: 'Show the key' }).click();
  await expect(groupsIn(shown)).toHaveCount(16);
  expect((await groupsIn(shown).allInnerTexts()).join('')).toBe(key);
  await page.keyboard.press('Escape');

  const file = join(folders.root, 'key.csv');
  await answerSaveDialog(app, file);
  const exported = await openRow(page, /^Put the key into a password manager/u);
  await exported.getByLabel('Password manager').selectOption({ label: 'Firefox' });
  await exported.getByRole('button', { name: 'Save the file…' }).click();
  await expect(exported.getByText('The file was written')).toBeVisible();
  expect(readFileSync(file, 'utf8')).toContain(key);
  // Nothing can be compared with a storage that is away.
  await expect(exported.getByText('Bring it back')).toBeHidden();
  await page.keyboard.press('Escape');

  const kit = await openRow(page, /^Recovery kit/u);
  await answerSaveDialog(app, join(folders.root, 'kit.pdf'));
  await kit.getByRole('button', { name: 'Save as PDF…' }).click();
  await expect(kit.getByText(/^Saved as/u)).toBeVisible();
});

test('a key that is selected and copied by hand is the right one, and leaves the clipboard', async ({
  folders,
  launch,
}) => {
  makeSampleTree(folders.source);
  const running = await launch({ keychain: 'gnome-keyring' });
  const { app, page } = running;
  const clipboard = (): Promise<string> =>
    app.evaluate((electron) => electron.clipboard.readText());
  await chooseWhatAndWhere(running, folders.destination);
  await next(page).click();
  const key = await readKey(page);
  const selected = await page.evaluate(() => {
    getSelection()?.selectAllChildren(document.querySelector('ol[aria-label]') ?? document.body);
    return getSelection()?.toString() ?? '';
  });
  // Each group has its number, also where the window is narrow: the proof asks for them.
  await page.setViewportSize({ width: 520, height: 600 });
  for (const number of ['1', '16']) {
    await expect(
      page.locator('ol[aria-label] span').getByText(number, { exact: true }),
    ).toBeVisible();
  }
  expect(selected.replaceAll(/\s/gu, '')).toBe(key);
  await page.keyboard.press('ControlOrMeta+C');
  await expect(page.getByText(/leaves the clipboard in 45 seconds/u)).toBeVisible();
  expect(await clipboard()).toBe(key);
  // Our own copy: the proof begins with clearing it.
  await next(page).click();
  await expect.poll(clipboard).toBe('');

  await page.getByRole('button', { name: 'Back' }).click();
  await expect(groupsIn(page)).toHaveCount(16);
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.press('ControlOrMeta+C');
  await expect.poll(clipboard).toBe(key);
});

test('what goes wrong in set-up is seen in a small window without scrolling', async ({
  folders,
  launch,
}) => {
  makeSampleTree(folders.source);
  const running = await launch({
    keychain: 'gnome-keyring',
    size: { width: 800, height: 600 },
  });
  const { page } = running;
  await chooseWhatAndWhere(running, folders.destination);
  await next(page).click();
  await readKey(page);
  await next(page).click();
  await expect(heading(page, 'Is it really saved?')).toBeVisible();
  await page.getByLabel('Paste the key', { exact: true }).fill('0123456789abcdef'.repeat(4));
  await page.getByRole('button', { name: 'Check', exact: true }).click();
  // What was pasted is wrong, and nothing else.
  await expect(page.getByRole('textbox', { name: /^Group/u, disabled: false })).toHaveCount(3);
  await expect(page.locator('input[aria-invalid="true"]')).toHaveCount(0);
  // Not 1: edges lie between pixels.
  await expect(page.getByRole('alert')).toBeInViewport({ ratio: 0.95 });
  await page.getByRole('button', { name: 'I’ll do it later' }).click();
  // The place is gone when the backup is to be made.
  rmSync(folders.destination, { recursive: true });
  writeFileSync(folders.destination, '');
  await startFirstBackup(page);
  await expect(page.getByRole('alert')).toBeInViewport({ ratio: 0.95 });
});

test('a change that is given up says which entry counts', async ({ folders, launch }) => {
  makeSampleTree(folders.source);
  const running = await launch({ keychain: 'gnome-keyring' });
  const { app, page } = running;
  const key = await setUpUnproved(running, folders.destination);
  const notInUse = page.getByRole('status').filter({ hasText: 'The new key is not in use' });
  const begin = async (): Promise<void> => {
    await openKeys(page);
    await page.getByRole('button', { name: /^Change it/u }).click();
    await next(page).click();
    await readKey(page);
  };
  await begin();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(heading(page, 'Keys')).toBeVisible();
  // Nobody but Holdfast had it.
  await expect(notInUse).toHaveCount(0);

  await begin();
  await answerSaveDialog(app, join(folders.root, 'new.csv'));
  await page.getByRole('button', { name: 'To a password manager…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Password manager').selectOption({ label: 'Firefox' });
  await dialog.getByRole('button', { name: 'Save the file…' }).click();
  await expect(dialog.getByText('The file was written')).toBeVisible();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(notInUse).toBeFocused();
  await expect(notInUse).toContainText(
    'Keep the old entry in your password manager, delete the new',
  );
  await page.getByRole('button', { name: 'Status' }).click();
  await openKeys(page);
  await expect(notInUse).toHaveCount(0);

  // The change fails: it may be tried again, and so neither entry is to be deleted yet.
  await begin();
  await page.getByRole('button', { name: 'Copy the key' }).click();
  await next(page).click();
  await page.getByRole('button', { name: 'I’ll do it later' }).click();
  renameSync(folders.destination, join(folders.root, 'unplugged'));
  await page.getByRole('button', { name: 'Change it now' }).click();
  await expect(page.getByText(/keep both entries in your password manager/u)).toBeVisible();
  renameSync(join(folders.root, 'unplugged'), folders.destination);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(notInUse).toBeFocused();
  await new Restic(folders.destination, key).check();
});

test('who disconnects a backup whose key was never proved is led to saving it first', async ({
  folders,
  launch,
}) => {
  makeSampleTree(folders.source);
  const running = await launch({ keychain: 'gnome-keyring' });
  const { page } = running;
  const key = await setUpUnproved(running, folders.destination);
  const dialog = page.getByRole('dialog');
  const ask = async (): Promise<void> => {
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('button', { name: /^Details of/u }).click();
    await page.getByRole('button', { name: 'Disconnect…' }).click();
  };
  await ask();
  await expect(dialog.getByText('This key may exist nowhere else')).toBeVisible();
  await expect(dialog.getByRole('button', { name: 'Keep it' })).toBeFocused();
  await dialog.getByRole('button', { name: 'Save and prove it first…' }).click();
  await expect(heading(page, 'Keys')).toBeVisible();
  const prove = await openRow(page, /^Check that it is still to be found/u);
  // Three groups will do, as in set-up.
  const fields = prove.getByRole('textbox', { name: /^Group \d+$/u });
  await expect(fields).toHaveCount(3);
  const labels = await prove
    .locator('label')
    .filter({ hasText: /^Group \d+$/u })
    .allInnerTexts();
  for (const [index, label] of labels.entries()) {
    const group = Number(label.replace('Group ', ''));
    await fields.nth(index).fill(key.slice((group - 1) * 4, group * 4));
  }
  await prove.getByRole('button', { name: 'Check the groups' }).click();
  await expect(prove.getByText('It is the right one. The date is noted.')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByText(/three groups typed/u).first()).toBeVisible();
  await ask();
  await expect(dialog.getByRole('button', { name: 'Disconnect', exact: true })).toBeVisible();
  await expect(dialog.getByText('This key may exist nowhere else')).toBeHidden();
});

test('a suggested password can be read and copied where it is to be saved', async ({
  folders,
  launch,
}) => {
  makeSampleTree(folders.source);
  const running = await launch({ keychain: 'gnome-keyring' });
  const { app, page } = running;
  await chooseWhatAndWhere(running, folders.destination);
  await page.getByRole('radio', { name: /^Password/u }).check();
  await page.getByRole('button', { name: 'Suggest one' }).click();
  const password = page.getByLabel('Password', { exact: true });
  await expect(password).toHaveValue(/^(?:[a-z]+ ){5}[a-z]+$/u);
  const suggested = await password.inputValue();
  await next(page).click();
  await expect(heading(page, 'Save this password now')).toBeVisible();
  await expect(page.getByText(suggested)).toHaveCount(0);
  await page.getByRole('button', { name: 'Show the password' }).click();
  await expect(page.getByText(suggested)).toBeVisible();
  await page.evaluate(() => window.dispatchEvent(new Event('blur')));
  await expect(page.getByText(suggested)).toHaveCount(0);
  await page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await page.getByRole('button', { name: 'Hide the password' }).click();
  await expect(page.getByText(suggested)).toHaveCount(0);
  await page.getByRole('button', { name: 'Copy the password' }).click();
  await expect(page.getByText(/leaves the clipboard in 45 seconds/u)).toBeVisible();
  expect(await app.evaluate(({ clipboard }) => clipboard.readText())).toBe(suggested);
  // Typed from where it is saved, and not from our own copy.
  await next(page).click();
  await expect.poll(() => app.evaluate(({ clipboard }) => clipboard.readText())).toBe('');
});

test('files with the key are told apart: one to be imported, kits to be kept', async ({
  folders,
  launch,
}) => {
  makeSampleTree(folders.source);
  const running = await launch({ keychain: 'gnome-keyring' });
  const { app, page } = running;
  await setUpUnproved(running, folders.destination);
  await openKeys(page);
  const kits = ['kit 1.pdf', 'kit 2.pdf'].map((name) => join(folders.root, name));
  await answerSaveDialog(app, ...kits);
  const one = page.getByText('A recovery kit is stored as a file');
  const dialog = await openRow(page, /^Recovery kit/u);
  await dialog.getByRole('button', { name: 'Save as PDF…' }).click();
  await page.keyboard.press('Escape');
  await expect(one).toBeVisible();
  await expect(page.getByText('It holds the key. Whoever finds it can open your')).toBeVisible();
  await expect(page.getByText(/as soon as it is imported/u)).toHaveCount(0);
  await openRow(page, /^Recovery kit/u);
  await dialog.getByRole('button', { name: 'Save as PDF…' }).click();
  await page.keyboard.press('Escape');
  await expect(page.getByText('Whoever finds one of them can open your backup.')).toBeVisible();
  await page.getByRole('button', { name: `Delete ${kits[0] ?? ''}` }).click();
  await expect(one).toBeVisible();
  await expect(page.getByText(kits[1] ?? '', { exact: true })).toBeVisible();
});
