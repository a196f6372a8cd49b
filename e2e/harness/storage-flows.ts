/** What a person does in the window with storage elsewhere than in a folder, for specs and the tour. */
import { expect, type ElectronApplication, type Page } from '@playwright/test';
import { expectProtected, heading, next, pasteProof, readKey, startFirstBackup } from './flows.ts';
import type { RunningApp } from './running-app.ts';

/** A Drive's lock settles for half a minute in each run. */
export const REMOTE_RUN_MS = 120_000;

/** The person, who signs in where the app sends the browser. */
export async function signInWhenAsked(app: ElectronApplication): Promise<void> {
  await app.evaluate(({ shell }) => {
    shell.openExternal = async (url) => {
      void fetch(url).then((answer) => answer.text());
    };
  });
}

/** From the first screen to the choice of the place. */
export async function toThePlace({ page }: RunningApp): Promise<void> {
  await page.getByRole('button', { name: 'Set up a backup' }).click();
  await page.getByRole('checkbox', { name: 'Documents' }).check();
  await next(page).click();
  await expect(heading(page, 'Where should the backup be stored?')).toBeVisible();
}

/** From the chosen place to the first archive. Returns the key. */
export async function finishSetUp(page: Page): Promise<string> {
  await expect(page.getByText('This place can be used.')).toBeVisible();
  await next(page).click();
  await next(page).click();
  const key = await readKey(page);
  await next(page).click();
  await pasteProof(page, key);
  await next(page).click();
  await startFirstBackup(page);
  await expectProtected(page, REMOTE_RUN_MS);
  return key;
}
