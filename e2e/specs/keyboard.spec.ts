/** The whole set-up without a mouse. */
import { expect, test } from '../harness/fixture.ts';
import { expectProtected, heading, readKey } from '../harness/flows.ts';
import { answerFolderPicker } from '../harness/folder-picker.ts';
import { makeSampleTree } from '../harness/sample-tree.ts';
import type { Locator, Page } from '@playwright/test';

/** Tabs until `target` has the focus, as a person would. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < 40; presses += 1) {
    if (await target.evaluate((element) => element === document.activeElement).catch(() => false))
      return;
    await page.keyboard.press('Tab');
  }
  await expect(target).toBeFocused();
}

test('keyboard only, from the first screen to the first archive', async ({ folders, launch }) => {
  makeSampleTree(folders.source);
  const { app, page } = await launch();
  await answerFolderPicker(app, [folders.destination]);
  const button = (name: string): Locator => page.getByRole('button', { name, exact: true });
  const press = async (target: Locator, key = 'Enter'): Promise<void> => {
    await tabTo(page, target);
    await page.keyboard.press(key);
  };
  await press(button('Set up a backup'));
  await expect(heading(page, 'What should be protected?')).toBeFocused();
  const documents = page.getByRole('checkbox', { name: 'Documents' });
  // Ticked from the start; off and on again.
  await press(documents, 'Space');
  await expect(documents).not.toBeChecked();
  await expect(button('Next')).toBeDisabled();
  await page.keyboard.press('Space');
  await expect(documents).toBeChecked();
  await press(button('Next'));
  await press(button('Choose a folder…'));
  await expect(page.getByText('This place can be used.')).toBeVisible();
  await press(button('Next'));
  await expect(heading(page, 'How should the backup be protected?')).toBeFocused();
  await press(button('Next'));
  const key = await readKey(page);
  await press(button('Next'));
  await tabTo(page, page.getByLabel('Paste the key', { exact: true }));
  await page.keyboard.insertText(key);
  await press(button('Check'));
  await expect(page.getByText('Proved: the key is saved.')).toBeVisible();
  await press(button('Next'));
  await expect(heading(page, 'Ready to start')).toBeFocused();
  await press(button('Start the first backup'));
  await expectProtected(page);
  await press(button('Back up now'));
  await expectProtected(page);
});
