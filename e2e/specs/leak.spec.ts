/**
 * After all flows with secrets: no file that the app or its children have written, no command line and no environment holds the key in any
 * spelling, or the password, except the one file that the person asked for.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '../harness/fixture.ts';
import { backUpNow, heading, next, openKeys, PASSWORD, setUpWithKey } from '../harness/flows.ts';
import { answerSaveDialog } from '../harness/folder-picker.ts';
import { makeSampleTree } from '../harness/sample-tree.ts';
import { findIn, traceInto, type Needle } from '../harness/traced-app.ts';

function spellings(name: string, secret: string): Needle[] {
  const groups = secret.match(/.{1,4}/gu) ?? [];
  const texts = [
    secret,
    secret.toUpperCase(),
    groups.join(' '),
    groups.join('-'),
    groups.join('\n'),
    Buffer.from(secret).toString('base64').replace(/=+$/u, ''),
    Buffer.from(secret, 'hex').toString('base64').replace(/=+$/u, ''),
  ];
  const needles = texts
    .filter((text) => text !== '')
    .flatMap((text, index) => [
      { name: `${name}, spelling ${String(index)}`, bytes: Buffer.from(text, 'utf8') },
      { name: `${name}, spelling ${String(index)}, UTF-16`, bytes: Buffer.from(text, 'utf16le') },
    ]);
  const raw = Buffer.from(secret, 'hex');
  return raw.length === 32 ? [...needles, { name: `${name}, raw`, bytes: raw }] : needles;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

test('no secret is left where nobody asked for it', async ({ folders, launch }) => {
  test.setTimeout(300_000);
  makeSampleTree(folders.source, { bigFileBytes: 100_000 });
  const outside = join(folders.root, 'trace');
  const exported = join(folders.root, 'exported');
  for (const folder of [outside, exported]) mkdirSync(folder);
  const tracer = traceInto(outside);
  const running = await launch({ keychain: 'gnome-keyring', executable: tracer.executable });
  const { app, page } = running;
  const key = await setUpWithKey(running, folders.destination);

  await openKeys(page);
  await page.getByRole('button', { name: /^Show the key/u }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Show the key' }).click();
  await dialog.getByRole('button', { name: 'Copy the key' }).click();
  await dialog.getByRole('button', { name: 'Hide and close' }).click();

  const plain = join(exported, 'asked-for.csv');
  for (const [manager, path] of [
    ['Firefox', plain],
    ['KeePass, KeePassXC, Strongbox', join(exported, 'encrypted.kdbx')],
    ['Bitwarden', join(exported, 'encrypted.json')],
  ] as const) {
    await answerSaveDialog(app, path);
    await page.getByRole('button', { name: /^Put the key into/u }).click();
    await dialog.getByLabel('Password manager').selectOption({ label: manager });
    if (path !== plain) {
      await dialog.getByLabel('A password for this file').fill('only for this file');
      await dialog.getByLabel('The same, once more').fill('only for this file');
    }
    await dialog.getByRole('button', { name: 'Save the file…' }).click();
    await expect(dialog.getByText('The file was written')).toBeVisible();
    await dialog.getByRole('button', { name: 'Close', exact: true }).click();
  }
  await page.getByRole('button', { name: /^Check that it is/u }).click();
  await dialog.getByLabel('Paste the key', { exact: true }).fill(key);
  await dialog.getByRole('button', { name: 'Check', exact: true }).click();
  await expect(dialog.getByText('It is the right one.', { exact: false })).toBeVisible();
  await dialog.getByRole('button', { name: 'Close', exact: true }).click();

  await page.getByRole('button', { name: /^Change it/u }).click();
  await page.getByRole('radio', { name: /^Password/u }).check();
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await next(page).click();
  await next(page).click();
  await page.getByLabel('Password, once more').fill(PASSWORD);
  await next(page).click();
  await page.getByRole('button', { name: 'Change it now' }).click();
  await expect(heading(page, 'Keys')).toBeVisible();
  await backUpNow(page);

  const needles = [...spellings('the key', key), ...spellings('the password', PASSWORD)];
  // While it runs: Chromium's profile goes with it. The whole private world of the test besides, less the test's own records and the person's files.
  const files = new Set([...(await tracer.writtenFiles()), ...filesBelow(folders.root)]);
  for (const own of [outside, folders.source, join(folders.root, 'playwright')]) {
    for (const file of files) if (file.startsWith(own)) files.delete(file);
  }
  for (const known of [/settings\.json$/u, /jobs\.json$/u, /\/logs\//u, /holdfast-host-/u]) {
    const isSearched = [...files].some((file) => known.test(file));
    expect(isSearched, String(known)).toBe(true);
  }
  expect(findIn(files, needles).filter((leak) => !leak.endsWith(` in ${plain}`))).toEqual([]);
  // The search itself finds what is there.
  expect(findIn([plain], needles)).not.toEqual([]);
  await app.close();
  const leaks = await tracer.leaks(needles);
  expect(leaks.filter((leak) => leak.includes(exported))).not.toEqual([]);
  expect(leaks.filter((leak) => !leak.includes(exported))).toEqual([]);
  rmSync(outside, { recursive: true });
});
