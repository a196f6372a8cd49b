/** The secret after set-up: shown, exported, printed, proved, changed. restic judges what opens the backup. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import { expect, test } from '../harness/fixture.ts';
import {
  backUpNow,
  chooseWhatAndWhere,
  connectTo,
  expectProtected,
  heading,
  next,
  openKeys,
  PASSWORD,
  pasteProof,
  readKey,
  setUpWithKey,
  startFirstBackup,
} from '../harness/flows.ts';
import { answerFolderPicker, answerSaveDialog } from '../harness/folder-picker.ts';
import { startKeyring } from '../harness/keyring.ts';
import { Restic } from '../harness/restic.ts';
import { makeSampleTree } from '../harness/sample-tree.ts';

const FILE_PASSWORD = 'only for this file';

async function openRow(page: Page, name: RegExp): Promise<Locator> {
  await page.getByRole('button', { name }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toBeVisible();
  return dialog;
}

async function opens(repository: string, secret: string): Promise<boolean> {
  return new Restic(repository, secret).run(['cat', 'config', '--no-lock']).then(
    () => true,
    () => false,
  );
}

test('the key is shown after a question, and is gone from the page afterwards', async ({
  folders,
  launch,
}) => {
  makeSampleTree(folders.source);
  const running = await launch({ keychain: 'gnome-keyring' });
  const { app, page } = running;
  const key = await setUpWithKey(running, folders.destination);
  await openKeys(page);
  const dialog = await openRow(page, /^Show the key/u);
  expect(await page.content()).not.toContain(key.slice(0, 4).concat('</code>'));
  await dialog.getByRole('button', { name: 'Show the key' }).click();
  const groups = dialog.getByRole('list', { name: /64-digit key/u }).locator('code');
  await expect(groups).toHaveCount(16);
  expect((await groups.allInnerTexts()).join('')).toBe(key);
  await page.evaluate(() => window.dispatchEvent(new Event('blur')));
  await expect(groups).toHaveCount(0);
  await page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await dialog.getByRole('button', { name: 'Copy the key' }).click();
  await expect(dialog.getByText(/leaves the clipboard/u)).toBeVisible();
  expect(await app.evaluate(({ clipboard }) => clipboard.readText())).toBe(key);
  await dialog.getByRole('button', { name: 'Show as QR code' }).click();
  await expect(dialog.getByRole('figure', { name: /QR code/u })).toBeVisible();
  await dialog.getByRole('button', { name: 'Hide and close' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.locator('code')).toHaveCount(0);
  // Proving begins with our own copy leaving the clipboard.
  await openRow(page, /^Check that it is still to be found/u);
  await expect.poll(() => app.evaluate(({ clipboard }) => clipboard.readText())).toBe('');
});

test('every file form is written for its owner alone, and a plain one is watched until it is gone', async ({
  folders,
  launch,
}) => {
  makeSampleTree(folders.source);
  const running = await launch({ keychain: 'gnome-keyring' });
  const { app, page } = running;
  const key = await setUpWithKey(running, folders.destination);
  await openKeys(page);
  const forms = [
    ['Bitwarden', /^Encrypted file/u, 'json'],
    ['KeePass, KeePassXC, Strongbox', /^Encrypted KeePass/u, 'kdbx'],
    ['Bitwarden', /^JSON file/u, 'json'],
    ['Bitwarden', /^CSV file/u, 'csv'],
    ['1Password', /^CSV file/u, 'csv'],
    ['KeePass, KeePassXC, Strongbox', /^CSV file/u, 'csv'],
    ['Apple Passwords', /^CSV file/u, 'csv'],
    ['Chrome or Edge', /^CSV file/u, 'csv'],
    ['Firefox', /^CSV file/u, 'csv'],
    ['Dashlane', /^CSV file/u, 'csv'],
    ['Proton Pass', /^CSV file/u, 'csv'],
  ] as const;
  const out = join(folders.root, 'exports');
  mkdirSync(out);
  for (const [index, [manager, form, extension]] of forms.entries()) {
    const path = join(out, `${String(index)}.${extension}`);
    await answerSaveDialog(app, path);
    const dialog = await openRow(page, /^Put the key into a password manager/u);
    await dialog.getByLabel('Password manager').selectOption({ label: manager });
    await dialog.getByRole('radio', { name: form }).check();
    const isEncrypted = String(form).includes('Encrypted');
    if (isEncrypted) {
      const save = dialog.getByRole('button', { name: 'Save the file…' });
      await dialog.getByLabel('A password for this file').fill(FILE_PASSWORD);
      await expect(save).toBeDisabled();
      await dialog.getByLabel('The same, once more').fill(FILE_PASSWORD);
    } else await expect(dialog.getByText('This file is not encrypted')).toBeVisible();
    await dialog.getByRole('button', { name: 'Save the file…' }).click();
    await expect(dialog.getByText('The file was written')).toBeVisible();
    expect(statSync(path).mode & 0o777, path).toBe(0o600);
    expect(readFileSync(path).includes(key), path).toBe(!isEncrypted);
    const remove = dialog.getByRole('button', { name: 'It is imported: delete the file' });
    if (isEncrypted) await expect(remove).toBeHidden();
    else {
      await remove.click();
      await expect(dialog.getByText('The file is deleted.')).toBeVisible();
      expect(existsSync(path)).toBe(false);
    }
    await dialog.getByRole('button', { name: 'Close', exact: true }).click();
  }

  // Left lying about: said on Status until it is gone.
  const left = join(out, 'left.csv');
  await answerSaveDialog(app, left);
  const dialog = await openRow(page, /^Put the key into a password manager/u);
  await dialog.getByLabel('Password manager').selectOption({ label: 'Firefox' });
  await dialog.getByRole('button', { name: 'Save the file…' }).click();
  await dialog.getByText('Bring it back').waitFor();
  await dialog.getByLabel('Paste the key', { exact: true }).fill(key.toUpperCase());
  await dialog.getByRole('button', { name: 'Check', exact: true }).click();
  await expect(dialog.getByText('It is the right one. The date is noted.')).toBeVisible();
  await dialog.getByRole('button', { name: 'Close', exact: true }).click();
  await page.getByRole('button', { name: 'Status' }).click();
  await expect(page.getByText('A file with your secret is still there')).toBeVisible();
  await page.getByRole('button', { name: `Delete ${left}` }).click();
  await expect(page.getByText('A file with your secret is still there')).toBeHidden();
  expect(existsSync(left)).toBe(false);

  // Never where it would be backed up, or beside the data.
  await openKeys(page);
  for (const folder of [folders.source, folders.destination]) {
    const path = join(folder, 'key.csv');
    await answerSaveDialog(app, path);
    const again = await openRow(page, /^Put the key into a password manager/u);
    await again.getByLabel('Password manager').selectOption({ label: 'Firefox' });
    await again.getByRole('button', { name: 'Save the file…' }).click();
    await expect(again.getByText('The key must not be stored there')).toBeVisible();
    await again.getByRole('button', { name: 'Cancel' }).click();
    expect(existsSync(path)).toBe(false);
  }
});

test('an export during set-up names the backup as it will be', async ({ folders, launch }) => {
  makeSampleTree(folders.source);
  const running = await launch({ keychain: 'gnome-keyring' });
  const { app, page } = running;
  await chooseWhatAndWhere(running, folders.destination);
  await next(page).click();
  const key = await readKey(page);
  const path = join(folders.root, 'early.csv');
  // The chosen folder is not backed up yet, and is refused all the same.
  await answerSaveDialog(app, join(folders.source, 'early.csv'), path);
  await page.getByRole('button', { name: 'To a password manager…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Password manager').selectOption({ label: 'Chrome or Edge' });
  await dialog.getByRole('button', { name: 'Save the file…' }).click();
  await expect(dialog.getByText('The key must not be stored there')).toBeVisible();
  await dialog.getByRole('button', { name: 'Save the file…' }).click();
  await expect(dialog.getByText('The file was written')).toBeVisible();
  await dialog.getByRole('button', { name: 'Close', exact: true }).click();
  // Closing the dialog is not "Next".
  await expect(heading(page, 'Save this key now')).toBeVisible();
  await next(page).click();
  await pasteProof(page, key);
  await next(page).click();
  await startFirstBackup(page);
  await expectProtected(page);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(key);
  const fingerprint = /\(([0-9a-f]{8})\)/u.exec(text)?.[1] ?? '';
  await openKeys(page);
  await expect(page.getByText(fingerprint)).toBeVisible();
});

test('a password manager’s own program gets the entry by standard input', async ({
  folders,
  launch,
}) => {
  makeSampleTree(folders.source);
  const bin = join(folders.root, 'bin');
  mkdirSync(bin);
  const record = join(folders.root, 'record');
  writeFileSync(
    join(bin, 'op'),
    `#!/bin/sh\nprintf '%s\\n' "$@" > '${record}.args'\nenv > '${record}.env'\ncat > '${record}.input'\n`,
  );
  chmodSync(join(bin, 'op'), 0o755);
  const running = await launch({
    keychain: 'gnome-keyring',
    env: { PATH: `${bin}:${process.env['PATH'] ?? ''}` },
  });
  const { page } = running;
  const key = await setUpWithKey(running, folders.destination);
  await openKeys(page);
  const dialog = await openRow(page, /^Put the key into a password manager/u);
  await dialog.getByLabel('Password manager').selectOption({ label: '1Password' });
  await dialog.getByRole('radio', { name: /^Hand over/u }).check();
  await dialog.getByRole('button', { name: 'Hand over' }).click();
  await expect(dialog.getByText('The entry was handed over.')).toBeVisible();
  expect(readFileSync(`${record}.input`, 'utf8')).toContain(key);
  for (const part of ['args', 'env']) {
    expect(readFileSync(`${record}.${part}`, 'utf8')).not.toContain(key.slice(0, 12));
  }
});

test('the recovery kit, as a PDF and on paper', async ({ folders, launch }) => {
  makeSampleTree(folders.source);
  const running = await launch({ keychain: 'gnome-keyring' });
  const { app, page } = running;
  const key = await setUpWithKey(running, folders.destination);
  await openKeys(page);
  const dialog = await openRow(page, /^Recovery kit/u);
  const path = join(folders.root, 'kit.pdf');
  await answerSaveDialog(app, path);
  await dialog.getByRole('button', { name: 'Save as PDF…' }).click();
  await expect(dialog.getByText(`Saved as ${path}`)).toBeVisible();
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const text = execFileSync('pdftotext', ['-layout', path, '-'], { encoding: 'utf8' });
  expect(text).toContain(folders.destination);
  execFileSync('pdftoppm', ['-r', '150', '-png', path, join(folders.root, 'kit')]);
  const scanned = execFileSync('zbarimg', ['-q', '--raw', join(folders.root, 'kit-1.png')], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
  expect(await opens(folders.destination, scanned)).toBe(true);

  // No printer here: what would be printed is in the page just then.
  await page.evaluate(() => {
    window.print = () => {
      const sheet = document.querySelector('[data-testid="recovery-kit"]');
      document.title = sheet?.textContent ?? '';
    };
  });
  await dialog.getByRole('button', { name: 'Print…' }).click();
  await expect(page).toHaveTitle(/Holdfast recovery kit/u);
  expect((await page.title()).replaceAll(/\s/gu, '')).toContain(key);
  await page.evaluate(() => {
    window.dispatchEvent(new Event('afterprint'));
    document.title = 'Holdfast';
  });
  await expect(page.getByTestId('recovery-kit')).toHaveCount(0);
});

test('from key to password and back, without the old secret', async ({ folders, launch }) => {
  makeSampleTree(folders.source);
  const running = await launch({ keychain: 'gnome-keyring' });
  const { page } = running;
  const key = await setUpWithKey(running, folders.destination);
  await openKeys(page);
  await page.getByRole('button', { name: /^Change it/u }).click();
  await expect(page.getByText('This does not help against a leak')).toBeVisible();
  await page.getByRole('radio', { name: /^Password/u }).check();
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await next(page).click();
  await expect(heading(page, 'Save this password now')).toBeVisible();
  await next(page).click();
  await page.getByLabel('Password, once more').fill(PASSWORD);
  await next(page).click();
  await expect(heading(page, 'Ready to change')).toBeVisible();
  // Until the last step nothing has changed.
  expect(await opens(folders.destination, key)).toBe(true);
  expect(await opens(folders.destination, PASSWORD)).toBe(false);
  await page.getByRole('button', { name: 'Change it now' }).click();
  await expect(heading(page, 'Keys')).toBeVisible();
  // What is worthless now is said where one lands.
  await expect(
    page.getByText('Only the new one opens the backup now.', { exact: false }),
  ).toBeVisible();
  await expect(
    page.getByRole('status').filter({ hasText: 'The secret was changed' }),
  ).toBeFocused();
  await page.getByRole('button', { name: 'Make a new recovery kit…' }).click();
  await expect(page.getByRole('dialog', { name: 'Recovery kit' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByText('Password', { exact: true })).toBeVisible();
  expect(await opens(folders.destination, key)).toBe(false);
  expect(await opens(folders.destination, PASSWORD)).toBe(true);
  await backUpNow(page);

  await openKeys(page);
  await page.getByRole('button', { name: /^Change it/u }).click();
  await next(page).click();
  const second = await readKey(page);
  expect(second).not.toBe(key);
  await next(page).click();
  await page.getByRole('button', { name: 'I’ll do it later' }).click();
  await expect(page.getByText('You have not proved yet that the secret is saved')).toBeVisible();
  await page.getByRole('button', { name: 'Back' }).click();
  await pasteProof(page, second);
  await next(page).click();
  await page.getByRole('button', { name: 'Change it now' }).click();
  await expect(heading(page, 'Keys')).toBeVisible();
  expect(await opens(folders.destination, PASSWORD)).toBe(false);
  await running.app.close();

  // The keychain has the new one.
  const again = await launch({ keychain: 'gnome-keyring' });
  await expectProtected(again.page);
  await backUpNow(again.page);
  await new Restic(folders.destination, second).check();
});

test('a change whose last step failed is said, and finished at the next start', async ({
  folders,
  launch,
}) => {
  makeSampleTree(folders.source);
  const running = await launch({ keychain: 'gnome-keyring' });
  const { page } = running;
  const key = await setUpWithKey(running, folders.destination);
  let second = '';
  await new Restic(folders.destination, key).holdSharedLock(async () => {
    await openKeys(page);
    await page.getByRole('button', { name: /^Change it/u }).click();
    await next(page).click();
    second = await readKey(page);
    await next(page).click();
    await pasteProof(page, second);
    await next(page).click();
    await page.getByRole('button', { name: 'Change it now' }).click();
    await expect(page.getByText('The old secret still opens the backup')).toBeVisible();
  });
  expect(await opens(folders.destination, key)).toBe(true);
  expect(await opens(folders.destination, second)).toBe(true);
  // Though the former one opens, it is no proof of the new.
  await page.getByRole('button', { name: /^Check that it is still to be found/u }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Paste the key', { exact: true }).fill(key);
  await dialog.getByRole('button', { name: 'Check', exact: true }).click();
  await expect(dialog.getByText('This is not the key')).toBeVisible();
  await page.keyboard.press('Escape');
  await new Restic(folders.destination, second).run(['unlock', '--remove-all']);
  await running.app.close();
  const again = await launch({ keychain: 'gnome-keyring' });
  await expectProtected(again.page);
  await expect.poll(() => opens(folders.destination, key)).toBe(false);
  await expect(again.page.getByText('The old secret still opens the backup')).toBeHidden();
  await new Restic(folders.destination, second).check();
});

test('start fresh: a new backup beside the old, whose key is recognised for what it is', async ({
  folders,
  launch,
}) => {
  makeSampleTree(folders.source);
  const running = await launch({ keychain: 'gnome-keyring' });
  const { page } = running;
  const oldKey = await setUpWithKey(running, folders.destination);
  await openKeys(page);
  await page.getByRole('button', { name: /^Change it/u }).click();
  await page.getByRole('button', { name: 'Start fresh with a new key…' }).click();
  await expect(heading(page, 'What should be protected?')).toBeVisible();
  await expect(page.getByRole('checkbox', { name: 'Documents' })).toBeChecked();
  await next(page).click();
  const beside = `${folders.destination} 2`;
  await expect(page.getByText(beside)).toBeVisible();
  await next(page).click();
  await next(page).click();
  const newKey = await readKey(page);
  await next(page).click();
  await pasteProof(page, newKey);
  await next(page).click();
  await startFirstBackup(page);
  await expectProtected(page);
  await expect(page.getByRole('button', { name: 'Back up now' })).toHaveCount(1);
  await running.app.close();
  await new Restic(beside, newKey).check();
  await new Restic(folders.destination, oldKey).check();

  // A new computer: both are found in the folder above, and the keys are not mixed up.
  const keyring = await startKeyring();
  try {
    const fresh = await launch({ keychain: keyring, userData: join(folders.root, 'new computer') });
    await fresh.page.getByRole('button', { name: 'Restore from an existing backup' }).click();
    await answerFolderPicker(fresh.app, [folders.root]);
    await fresh.page.getByRole('button', { name: 'Choose a folder…' }).click();
    await expect(fresh.page.getByText('Several backups were found. Which one?')).toBeVisible();
    await expect(next(fresh.page)).toBeDisabled();
    await fresh.page.getByRole('radio', { name: /^destination 2/u }).check();
    await next(fresh.page).click();
    const secret = fresh.page.getByLabel('64-digit key or password', { exact: true });
    await secret.fill(oldKey);
    await fresh.page.getByRole('button', { name: 'Open the backup' }).click();
    await expect(fresh.page.getByText('This is the secret of another backup')).toBeVisible();
    await expect(fresh.page.getByText(/It opens the backup “destination” /u)).toBeVisible();
    await secret.fill(newKey);
    await fresh.page.getByRole('button', { name: 'Open the backup' }).click();
    await expect(heading(fresh.page, 'Archives')).toBeVisible();
  } finally {
    await keyring.stop();
  }
});

test('after three days a quiet question, put off or answered', async ({ folders, launch }) => {
  makeSampleTree(folders.source);
  const running = await launch({ keychain: 'gnome-keyring' });
  const key = await setUpWithKey(running, folders.destination);
  const question = /Is the secret of “destination” still to be found/u;
  await expect(running.page.getByText(question)).toBeHidden();
  await running.app.close();
  const settings = join(folders.userData, 'settings.json');
  const fourDaysAgo = new Date(Date.now() - 4 * 86_400_000).toISOString();
  writeFileSync(
    settings,
    readFileSync(settings, 'utf8').replace(/(?<="at": ?")[^"]+/u, fourDaysAgo),
  );
  const second = await launch({ keychain: 'gnome-keyring' });
  await expect(second.page.getByText(question)).toBeVisible();
  await second.page.getByRole('button', { name: 'Remind me later' }).click();
  await expect(second.page.getByText(question)).toBeHidden();
  await second.app.close();
  writeFileSync(
    settings,
    readFileSync(settings, 'utf8').replace(/(?<="remindAfter": ?)"[^"]+"/u, 'null'),
  );
  const third = await launch({ keychain: 'gnome-keyring' });
  await third.page.getByRole('button', { name: 'Check now…' }).click();
  const dialog = third.page.getByRole('dialog');
  // Room for what is pasted.
  const field = await dialog.getByLabel('Paste the key', { exact: true }).boundingBox();
  expect(field?.width).toBeGreaterThan(300);
  await dialog.getByLabel('Paste the key', { exact: true }).fill('0123456789abcdef'.repeat(4));
  await dialog.getByRole('button', { name: 'Check', exact: true }).click();
  await expect(dialog.getByText('This is not the key')).toBeVisible();
  await dialog.getByLabel('Paste the key', { exact: true }).fill(key);
  await dialog.getByRole('button', { name: 'Check', exact: true }).click();
  // Said in words, though the question that led here is gone.
  await expect(dialog.getByText('It is the right one. The date is noted.')).toBeVisible();
  await expect(dialog.getByRole('status')).toBeFocused();
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await expect(third.page.getByText(question)).toBeHidden();
});

test('a keychain that does not hold the key any more', async ({ folders, launch }) => {
  makeSampleTree(folders.source);
  const first = await launch({ keychain: 'gnome-keyring' });
  const key = await setUpWithKey(first, folders.destination);
  await first.app.close();
  const emptied = await startKeyring();
  try {
    const { page } = await launch({ keychain: emptied });
    await expect(page.getByText(/keychain does not hold the key \(any more\)/u)).toBeVisible();
    await page.getByRole('button', { name: 'Enter key or password…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('64-digit key or password').fill(key);
    await dialog.getByRole('button', { name: 'Open' }).click();
    await expectProtected(page);
    await openKeys(page);
    await expect(page.getByRole('button', { name: /^Show the key/u })).toBeVisible();
  } finally {
    await emptied.stop();
  }
});

test('the secret that another computer has changed is asked for', async ({ folders, launch }) => {
  makeSampleTree(folders.source);
  const first = await launch({ keychain: 'gnome-keyring' });
  const key = await setUpWithKey(first, folders.destination);
  const keyFile = join(folders.root, 'new-password');
  writeFileSync(keyFile, PASSWORD);
  await new Restic(folders.destination, key).run(['key', 'passwd', '--new-password-file', keyFile]);
  await first.page.getByRole('button', { name: 'Back up now' }).click();
  await expect(first.page.getByText(/was changed on another computer/u)).toBeVisible();
  await first.page.getByRole('button', { name: 'Enter key or password…' }).click();
  const dialog = first.page.getByRole('dialog');
  // The former key of this very backup is not that of another one.
  await dialog.getByLabel('64-digit key or password').fill(key);
  await dialog.getByRole('button', { name: 'Open' }).click();
  await expect(dialog.getByText(/This does not open the backup/u)).toBeVisible();
  await dialog.getByLabel('64-digit key or password').fill(PASSWORD);
  await dialog.getByRole('button', { name: 'Open' }).click();
  await backUpNow(first.page);
  await expectProtected(first.page);
});

test('with one backup in a folder above, it is found by itself', async ({ folders, launch }) => {
  makeSampleTree(folders.source);
  const first = await launch();
  const key = await setUpWithKey(first, folders.destination);
  await first.app.close();
  const fresh = await launch({ userData: join(folders.root, 'new computer') });
  await connectTo(fresh, folders.root, key);
  await expect(heading(fresh.page, 'Archives')).toBeVisible();
});

test('a window that is not in front never shows the key', async ({ folders, launch }) => {
  makeSampleTree(folders.source);
  const running = await launch({ keychain: 'gnome-keyring' });
  const { page } = running;
  await setUpWithKey(running, folders.destination);
  await openKeys(page);
  await page.getByRole('button', { name: /^Show the key/u }).click();
  const dialog = page.getByRole('dialog');
  // As when the system asks who is there: its own window is in front before the key has come.
  await page.evaluate(() => window.dispatchEvent(new Event('blur')));
  await dialog.getByRole('button', { name: 'Show the key', exact: true }).click();
  await expect(dialog.getByText('Hidden while another window is in front')).toBeVisible();
  await expect(dialog.locator('code')).toHaveCount(0);
  await page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await expect(dialog.locator('code')).toHaveCount(16);
});

test('in password mode an entry leaves without the password, with it, or not at all', async ({
  folders,
  launch,
}) => {
  makeSampleTree(folders.source);
  const running = await launch({ keychain: 'gnome-keyring' });
  const { app, page } = running;
  await chooseWhatAndWhere(running, folders.destination);
  await page.getByRole('radio', { name: /^Password/u }).check();
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await next(page).click();
  await expect(page.getByText(/Holdfast backup [0-9a-f]{8}/u)).toBeVisible();
  await next(page).click();
  await page.getByLabel('Password, once more').fill(PASSWORD);
  await next(page).click();
  await startFirstBackup(page);
  await expectProtected(page);
  await openKeys(page);
  const dialog = page.getByRole('dialog');
  const save = dialog.getByRole('button', { name: 'Save the file…' });
  const files = ['without', 'with'].map((name) => join(folders.root, `${name}.csv`));
  const open = async (): Promise<void> => {
    await page.getByRole('button', { name: /^Put the entry into a password manager/u }).click();
    await dialog.getByRole('radio', { name: 'CSV file, not encrypted' }).check();
  };
  await answerSaveDialog(app, ...files);
  await open();
  await expect(dialog.getByText('This file is not encrypted')).toBeHidden();
  await save.click();
  await expect(dialog.getByText('The file was written')).toBeVisible();
  await page.keyboard.press('Escape');
  await open();
  const own = dialog.getByLabel('Password of the backup (optional)', { exact: true });
  await own.fill('another password than that');
  await expect(dialog.getByText('This file is not encrypted')).toBeVisible();
  await save.click();
  await expect(dialog.getByText('This key or password does not open the backup')).toBeVisible();
  await own.fill(PASSWORD);
  await save.click();
  await expect(dialog.getByText('The file was written')).toBeVisible();
  const [without, with_] = files.map((path) => readFileSync(path, 'utf8'));
  expect(without).not.toContain(PASSWORD);
  expect(with_).toContain(PASSWORD);
});
