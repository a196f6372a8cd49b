/** Every screen, light and dark: axe finds nothing serious. With SCREENSHOTS=1 the pictures in docs/screenshots are taken anew. */
import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from '../harness/fixture.ts';
import {
  beginRestore,
  chooseWhatAndWhere,
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
import { makeSampleTree } from '../harness/sample-tree.ts';

const pictures = join(projectRoot, 'docs', 'screenshots');

async function inspect(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
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

test('the smallest window still shows every way on', async ({ folders, launch }) => {
  makeSampleTree(folders.source, { bigFileBytes: 1000 });
  const running = await launch({ size: { width: 800, height: 600 } });
  const { page } = running;
  await chooseWhatAndWhere(running, folders.destination);
  await expect(next(page)).toBeInViewport();
  await next(page).click();
  await readKey(page);
  await expect(next(page)).toBeInViewport();
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
});
