/** Every screen, light and dark: axe finds nothing serious. With SCREENSHOTS=1 the pictures in docs/screenshots are taken anew. */
import { join } from 'node:path';
import { mkdirSync, renameSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from '../harness/fixture.ts';
import {
  beginRestore,
  chooseWhatAndWhere,
  connectTo,
  expectProtected,
  heading,
  next,
  openKeys,
  pasteProof,
  readKey,
  startFirstBackup,
  tickEverything,
} from '../harness/flows.ts';
import { answerFolderPicker } from '../harness/folder-picker.ts';
import { projectRoot } from '../harness/runtime.ts';
import { addLargeFile, makeSampleTree } from '../harness/sample-tree.ts';

const pictures = join(projectRoot, 'docs', 'screenshots');

type Scheme = 'light' | 'dark';

async function inspect(
  page: Page,
  name: string,
  schemes: readonly Scheme[] = ['light', 'dark'],
): Promise<void> {
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', colorScheme);
    // In one frame, as the page's policy lets axe run.
    const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
    const serious = violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(
        ({ id, nodes }) =>
          `${id}: ${nodes.map(({ target, failureSummary }) => `${String(target)} ${failureSummary ?? ''}`).join('; ')}`,
      );
    expect.soft(serious, `${name}, ${colorScheme}`).toEqual([]);
    const path = join(pictures, `${name}-${colorScheme}.png`);
    if (process.env['SCREENSHOTS'] === '1') await page.screenshot({ path, animations: 'disabled' });
  }
}

test('every screen', async ({ folders, launch }) => {
  test.setTimeout(240_000);
  makeSampleTree(folders.source);
  mkdirSync(pictures, { recursive: true });
  const running = await launch({ keychain: 'gnome-keyring' });
  const { app, page } = running;
  await expect(heading(page, /./u)).toBeVisible();
  await inspect(page, 'welcome');
  await page.getByRole('button', { name: 'Restore from an existing backup' }).click();
  await inspect(page, 'connect');
  await page.getByRole('button', { name: 'Cancel' }).click();

  await page.getByRole('button', { name: 'Set up a backup' }).click();
  await page.getByRole('checkbox', { name: 'Documents' }).check();
  await expect(page.getByText(/in all$/u)).toBeVisible();
  await inspect(page, 'setup-what');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await chooseWhatAndWhere(running, folders.destination);
  await page.getByRole('button', { name: 'Back' }).click();
  await inspect(page, 'setup-where');
  await next(page).click();
  await page.getByRole('radio', { name: /^Password/u }).check();
  await page.getByLabel('Password', { exact: true }).fill('Password1234');
  await expect(page.getByText('Add more words that are less common.')).toBeVisible();
  await inspect(page, 'setup-password');
  await page.getByRole('radio', { name: /^64-digit key/u }).check();
  await inspect(page, 'setup-protection');
  await next(page).click();
  const key = await readKey(page);
  await inspect(page, 'setup-key');
  await next(page).click();
  await inspect(page, 'setup-proof');
  await pasteProof(page, key);
  await next(page).click();
  await inspect(page, 'setup-finish');
  await startFirstBackup(page);
  await expectProtected(page);
  await inspect(page, 'status-protected');

  await page.getByRole('button', { name: 'Archives', exact: true }).click();
  await expect(page.getByRole('button', { name: /^Browse the archive/u })).toBeVisible();
  await inspect(page, 'archives');
  await beginRestore(page, async (tree) => {
    await tickEverything(tree);
    await inspect(page, 'restore-what');
  });
  await inspect(page, 'restore-where');
  const target = join(folders.root, 'restored');
  mkdirSync(target);
  await answerFolderPicker(app, [target]);
  await page.getByRole('button', { name: 'Choose folder…' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(heading(page, 'This is what will happen')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Start restoring' })).toBeEnabled();
  await inspect(page, 'restore-preview');
  await page.getByRole('button', { name: 'Start restoring' }).click();
  await expect(page.getByRole('heading', { name: 'Restored', exact: true })).toBeVisible();
  await inspect(page, 'restore-report');
  await page.getByRole('button', { name: 'Settings' }).click();
  await inspect(page, 'settings');

  await openKeys(page);
  await inspect(page, 'keys');
  for (const [row, name] of [
    [/^Show the key/u, 'keys-show'],
    [/^Put the key into/u, 'keys-export'],
    [/^Recovery kit/u, 'keys-kit'],
    [/^Check that it is/u, 'keys-check'],
  ] as const) {
    await page.getByRole('button', { name: row }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog).toBeVisible();
    if (name === 'keys-show') {
      await dialog.getByRole('button', { name: 'Show the key' }).click();
      await expect(dialog.locator('code')).toHaveCount(16);
    }
    await inspect(page, name);
    await page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
  }
  await page.getByRole('button', { name: /^Change it/u }).click();
  await inspect(page, 'keys-change');
});

/** The same parts in other states: one colour scheme each, in turn. */
test('every state', async ({ folders, launch }) => {
  test.setTimeout(240_000);
  makeSampleTree(folders.source);
  const running = await launch({ keychain: 'gnome-keyring' });
  const { page } = running;
  await chooseWhatAndWhere(running, folders.destination);
  await next(page).click();
  const key = await readKey(page);
  await page.getByRole('button', { name: 'To a password manager…' }).click();
  await inspect(page, 'setup-export', ['light']);
  await page.keyboard.press('Escape');
  await next(page).click();
  await page.getByLabel('Paste the key', { exact: true }).fill('0123 4567 89ax');
  await inspect(page, 'setup-proof-wrong', ['dark']);
  await page.getByRole('button', { name: 'I’ll do it later' }).click();
  await startFirstBackup(page);
  await expectProtected(page);
  await inspect(page, 'status-unproved', ['light']);
  await page.getByRole('button', { name: 'Prove it now…' }).click();
  await inspect(page, 'status-prove', ['dark']);
  await page.keyboard.press('Escape');

  addLargeFile(folders.source);
  await page.getByRole('button', { name: 'Back up now' }).click();
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(heading(page, 'Backup paused')).toBeVisible();
  await inspect(page, 'status-paused', ['light']);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByText(/The last backup was cancelled/u)).toBeVisible();
  await inspect(page, 'status-cancelled', ['dark']);

  await page.getByRole('button', { name: 'Archives', exact: true }).click();
  await page.getByRole('button', { name: /^Browse the archive/u }).click();
  await inspect(page, 'archive-browse', ['light']);

  await page.getByRole('button', { name: 'Settings' }).click();
  await inspect(page, 'settings-again', ['light']);
  await page.getByRole('button', { name: /^Details of/u }).click();
  await inspect(page, 'destination', ['light', 'dark']);
  await page.getByRole('button', { name: 'Disconnect…' }).click();
  await inspect(page, 'destination-disconnect', ['light']);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Check this backup', exact: true }).click();
  await expect(page.getByText('No errors found')).toBeVisible();
  await inspect(page, 'settings-checked', ['dark']);
  await page.getByRole('main').getByRole('button', { name: 'Settings' }).click();
  await page.getByText('Deutsch', { exact: true }).click();
  await expect(heading(page, 'Einstellungen')).toBeVisible();
  await inspect(page, 'settings-german', ['light']);
  await page.getByRole('button', { name: 'Schlüssel', exact: true }).click();
  await inspect(page, 'keys-german', ['dark']);
  await page.getByRole('button', { name: 'Status' }).click();
  await inspect(page, 'status-german', ['light']);
  renameSync(folders.destination, `${folders.destination}-away`);
  await page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await expect(heading(page, 'Das Ziel ist nicht da')).toBeVisible();
  await inspect(page, 'status-unreachable', ['dark']);
  renameSync(`${folders.destination}-away`, folders.destination);
  await running.app.close();

  // Without a keychain the secret is asked for; a wrong one first.
  const again = await launch();
  await again.page.getByRole('button', { name: 'Schlüssel oder Passwort eingeben …' }).click();
  const dialog = again.page.getByRole('dialog');
  await dialog.getByLabel('64-stelliger Schlüssel oder Passwort').fill('not this one, sorry');
  await dialog.getByRole('button', { name: 'Öffnen' }).click();
  await expect(dialog.getByText(/öffnet das Backup nicht/u)).toBeVisible();
  await inspect(again.page, 'status-locked', ['light']);
  await again.app.close();

  const fresh = await launch({ userData: join(folders.root, 'new computer') });
  await connectTo(fresh, folders.destination, 'not this one either');
  await expect(fresh.page.getByRole('alert')).toBeVisible();
  await inspect(fresh.page, 'connect-wrong', ['dark']);
  await fresh.page.getByLabel('64-digit key or password', { exact: true }).fill(key);
  await fresh.page.getByRole('button', { name: 'Open the backup' }).click();
  await fresh.page.getByRole('button', { name: 'Continue backing up to this destination' }).click();
  await inspect(fresh.page, 'new-plan', ['light']);
});

test('the smallest window still shows every way on', async ({ folders, launch }) => {
  makeSampleTree(folders.source, { bigFileBytes: 1000 });
  const running = await launch({ size: { width: 800, height: 600 } });
  const { page } = running;
  await chooseWhatAndWhere(running, folders.destination);
  await expect(next(page)).toBeInViewport();
  expect(await tooWide(page)).toEqual([]);
  await page.getByRole('radio', { name: /^Password/u }).click();
  await page.getByLabel('Password', { exact: true }).fill('summer 2026');
  // Why one cannot go on.
  await expect(
    page.getByText('Not strong enough yet').or(page.getByText(/guess/u)).first(),
  ).toBeInViewport({ ratio: 1 });
  await page.getByRole('radio', { name: /^64-digit key/u }).click();
  await next(page).click();
  await readKey(page);
  await expect(next(page)).toBeInViewport();
  await expect(page.getByText('If this key is lost, the backup is lost')).toBeInViewport({
    ratio: 1,
  });
  await expect(page.getByRole('button', { name: 'Copy the key' })).toBeInViewport({ ratio: 1 });
  expect(await tooWide(page)).toEqual([]);
  // The measure finds what is too wide.
  await page.evaluate(() => {
    const wide = document.createElement('div');
    wide.style.width = '2000px';
    document.querySelector('main form > div:nth-child(2)')?.append(wide);
  });
  expect(await tooWide(page)).not.toEqual([]);
});

/** Containers whose content is wider than they are: each scrolls by itself. */
async function tooWide(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('html, body, main, main *')]
      .filter((box) => box.scrollWidth > box.clientWidth + 1 && box.clientWidth > 0)
      .filter((box) => box.tagName === 'HTML' || getComputedStyle(box).overflowX !== 'visible')
      .map((box) => `${box.tagName} ${box.className}`),
  );
}
