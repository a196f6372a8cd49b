/** What a plan leaves out: known kinds, large files and patterns, what they come to, and that a backup obeys. */
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import { expect, test } from '../harness/fixture.ts';
import { backUpNow, heading, setUpWithKey } from '../harness/flows.ts';
import { projectRoot } from '../harness/runtime.ts';
import { Restic } from '../harness/restic.ts';

test('rules are switched, counted while they change, and obeyed', async ({ folders, launch }) => {
  test.setTimeout(120_000);
  const at = (...parts: string[]): string => join(folders.source, ...parts);
  writeFileSync(at('letter.txt'), 'Dear reader');
  writeFileSync(at('draft.tmp'), 'x'.repeat(2000));
  mkdirSync(at('app', 'node_modules'), { recursive: true });
  writeFileSync(at('app', 'node_modules', 'index.js'), 'x'.repeat(40_000));
  writeFileSync(at('machine.vdi'), 'x'.repeat(9000));
  mkdirSync(at('.Trash-1000'));
  writeFileSync(at('.Trash-1000', 'old'), 'x'.repeat(500));
  writeFileSync(at('film.mov'), '');
  truncateSync(at('film.mov'), 30_000_000);

  const running = await launch();
  const { page } = running;
  const key = await setUpWithKey(running, folders.destination);
  await page.setViewportSize({ width: 800, height: 600 });
  await page.getByRole('button', { name: 'Settings' }).click();
  await expect(heading(page, 'Settings')).toBeVisible();
  const kind = (name: string): Locator =>
    page.getByRole('switch', { name: new RegExp(`^${name}`, 'u') });
  // What a new plan begins with.
  await expect(kind('Caches')).toBeChecked();
  await expect(kind('Trash')).toBeChecked();
  await expect(kind('What builds make')).not.toBeChecked();
  await expect(kind('Virtual machines')).not.toBeChecked();

  await page.getByRole('button', { name: 'Show what is left out' }).click();
  await expect(page.getByText('1 file, 500 bytes would be left out.')).toBeVisible();
  await expect(page.getByText('5 files, 30 MB would be backed up.')).toBeVisible();

  // By the keyboard, and the count follows.
  await kind('What builds make').focus();
  await page.keyboard.press('Space');
  await expect(kind('What builds make')).toBeChecked();
  await expect(page.getByText('2 files, 41 kB would be left out.')).toBeVisible();
  await kind('Virtual machines').focus();
  await page.keyboard.press('Space');
  await page.getByLabel('Files larger than').fill('0.02');
  await page.keyboard.press('Enter');
  await expect(page.getByText('4 files, 30 MB would be left out.')).toBeVisible();
  const pattern = page.getByRole('textbox', { name: 'Leave out' });
  await pattern.fill('[a');
  await page.keyboard.press('Enter');
  await expect(page.getByText('A [ needs its ] further on.', { exact: false })).toBeVisible();
  await pattern.fill('*.tmp');
  await page.keyboard.press('Enter');
  await expect(page.getByText('5 files, 30 MB would be left out.')).toBeVisible();
  await expect(page.getByText('1 file, 11 bytes would be backed up.')).toBeVisible();
  await expect(page.getByRole('row')).toHaveText([
    /^Because of/u,
    /^larger files1 ?30 MB$/u,
    /^What builds make1 ?40 kB$/u,
    /^Virtual machines1 ?9 kB$/u,
    /^\*\.tmp1 ?2 kB$/u,
    /^Trash1 ?500 bytes$/u,
  ]);

  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
    expect(
      violations.filter(({ impact }) => impact === 'serious' || impact === 'critical'),
    ).toEqual([]);
    expect(await overflowOf(page)).toBe(0);
    if (process.env['SCREENSHOTS'] === '1') {
      await page.getByText('Left out', { exact: true }).scrollIntoViewIfNeeded();
      const folder = join(projectRoot, 'docs', 'screenshots');
      await page.screenshot({ path: join(folder, `exclusions-${colorScheme}.png`) });
      await page.getByRole('button', { name: 'Count again' }).scrollIntoViewIfNeeded();
      await page.screenshot({ path: join(folder, `exclusions-count-${colorScheme}.png`) });
    }
  }

  await page.getByText('Deutsch').click();
  await expect(page.getByText('Ausgelassen würden: 5 Dateien, 30 MB.')).toBeVisible();
  await expect(page.getByRole('switch', { name: /^Was beim Bauen entsteht/u })).toBeChecked();
  expect(await overflowOf(page)).toBe(0);
  await page.getByText('English').click();

  await backUpNow(page);
  await page.getByRole('button', { name: 'Settings' }).click();
  await expect(kind('Virtual machines')).toBeChecked();
  await expect(page.getByLabel('Files larger than')).toHaveValue('0.02 GB');
  const listing = await new Restic(folders.destination, key).run(['ls', 'latest']);
  const listed = listing.split('\n');
  expect(listed).toContain(at('letter.txt'));
  expect(listed).toContain(at('app'));
  for (const path of ['draft.tmp', 'machine.vdi', 'film.mov', '.Trash-1000', 'app/node_modules']) {
    expect(listed).not.toContain(at(path));
  }
});

/** How far the page is too wide for its window, in pixels. */
async function overflowOf(page: Page): Promise<number> {
  return page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
}
