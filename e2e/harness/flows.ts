/** What a person does in the window, step by step, for specs and the tour. Each step waits for what it leads to. */
import { expect, type Locator, type Page } from '@playwright/test';
import type { PageApi } from '../../shared/ipc/page-api.ts';
import { answerFolderPicker } from './folder-picker.ts';
import type { RunningApp } from './running-app.ts';

export const PASSWORD = 'marble otter lantern 47 quiet';

export const next = (page: Page): Locator => page.getByRole('button', { name: 'Next' });
export const heading = (page: Page, name: string | RegExp): Locator =>
  page.getByRole('heading', { name, level: 1 });

/** From the first screen to the choice of protection. */
export async function chooseWhatAndWhere(
  { app, page }: RunningApp,
  destination: string,
): Promise<void> {
  await page.getByRole('button', { name: 'Set up a backup' }).click();
  await expect(heading(page, 'What should be protected?')).toBeFocused();
  await page.getByRole('checkbox', { name: 'Documents' }).check();
  await next(page).click();
  await answerFolderPicker(app, [destination]);
  await page.getByRole('button', { name: 'Choose a folder…' }).click();
  await expect(page.getByText('This place can be used.')).toBeVisible();
  await next(page).click();
  await expect(heading(page, 'How should the backup be protected?')).toBeVisible();
}

/** The 64 digits as the window shows them. */
export async function readKey(page: Page): Promise<string> {
  await expect(heading(page, 'Save this key now')).toBeVisible();
  const groups = page.getByRole('list', { name: /64-digit key/u }).locator('code');
  // The key comes a moment after its heading: the page asks the main process for it.
  await expect(groups).toHaveCount(16);
  return (await groups.allInnerTexts()).join('');
}

export async function pasteProof(page: Page, key: string): Promise<void> {
  await page.getByLabel('Paste the key', { exact: true }).fill(key);
  await page.getByRole('button', { name: 'Check', exact: true }).click();
  await expect(page.getByText('Proved: the key is saved.')).toBeVisible();
}

/** Set-up with a key, up to the finished first backup. Returns the key. */
export async function setUpWithKey(running: RunningApp, destination: string): Promise<string> {
  const { page } = running;
  await chooseWhatAndWhere(running, destination);
  await next(page).click();
  const key = await readKey(page);
  await next(page).click();
  await pasteProof(page, key);
  await next(page).click();
  await startFirstBackup(page);
  await expectProtected(page);
  return key;
}

export async function startFirstBackup(page: Page): Promise<void> {
  await expect(heading(page, 'Ready to start')).toBeVisible();
  await page.getByRole('button', { name: 'Start the first backup' }).click();
}

export async function expectProtected(page: Page, timeout = 60_000): Promise<void> {
  await expect(heading(page, /^Protected up to today/u)).toBeVisible({ timeout });
}

/** "Back up now", to the end. */
export async function backUpNow(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Status' }).click();
  const before = await finishedRuns(page);
  await page.getByRole('button', { name: 'Back up now' }).click();
  // The button alone does not tell: it is still there for a moment after the click.
  await expect.poll(() => finishedRuns(page), { timeout: 60_000 }).toBeGreaterThan(before);
  await expect(page.getByRole('button', { name: 'Back up now' })).toBeVisible();
}

async function finishedRuns(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const { holdfast } = globalThis as unknown as { readonly holdfast: Pick<PageApi, 'jobs'> };
    const reply = await holdfast.jobs.list({});
    return reply.ok ? reply.value.filter(({ finishedAt }) => finishedAt !== null).length : 0;
  });
}

export async function openKeys(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Keys', exact: true }).click();
  await expect(heading(page, 'Keys')).toBeVisible();
}

/** On another computer: opens what lies in `folder` with `secret`. */
export async function connectTo(
  { app, page }: RunningApp,
  folder: string,
  secret: string,
): Promise<void> {
  await page.getByRole('button', { name: 'Restore from an existing backup' }).click();
  await answerFolderPicker(app, [folder]);
  await page.getByRole('button', { name: 'Choose a folder…' }).click();
  await expect(page.getByText('A backup was found')).toBeVisible();
  await next(page).click();
  await page.getByLabel('64-digit key or password', { exact: true }).fill(secret);
  await page.getByRole('button', { name: 'Open the backup' }).click();
}

/** From Archives to the step "Where to?", with what `choose` ticks in the tree. */
export async function beginRestore(
  page: Page,
  choose: (tree: Locator) => Promise<void>,
): Promise<void> {
  await page.getByRole('button', { name: 'Archives', exact: true }).click();
  await page
    .getByRole('button', { name: /^Restore from the archive/u })
    .first()
    .click();
  await expect(heading(page, 'What do you want back?')).toBeVisible();
  await choose(page.getByRole('tree'));
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(heading(page, 'Where to?')).toBeVisible();
}

/** Ticks everything in the archive. */
export async function tickEverything(tree: Locator): Promise<void> {
  await tree.focus();
  await tree.press('Home');
  await tree.press('Space');
}

/** From "Where to?" to the report. */
export async function finishRestore(
  page: Page,
  report: string | RegExp = 'Restored',
): Promise<void> {
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(heading(page, 'This is what will happen')).toBeVisible();
  await page.getByRole('button', { name: 'Start restoring' }).click();
  await expect(page.getByRole('heading', { name: report, exact: true })).toBeVisible({
    timeout: 60_000,
  });
}

export async function restoreToFolder({ app, page }: RunningApp, target: string): Promise<void> {
  await beginRestore(page, tickEverything);
  await answerFolderPicker(app, [target]);
  await page.getByRole('radio', { name: 'To a folder' }).check();
  await page.getByRole('button', { name: 'Choose folder…' }).click();
  await expect(page.getByText(target).first()).toBeVisible();
  await finishRestore(page);
}
