/** The app as a whole: one instance, a safe page, settings that stay. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '../harness/fixture.ts';
import { heading, setUpWithKey } from '../harness/flows.ts';
import { projectRoot } from '../harness/runtime.ts';
import { folderEnvironment } from '../harness/test-folders.ts';
import { makeSampleTree } from '../harness/sample-tree.ts';

test('a second start ends at once and brings the first window to the front', async ({
  folders,
  launch,
}) => {
  const { app, page } = await launch();
  await expect(heading(page, /./u)).toBeVisible();
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.minimize());
  const second = spawn(process.execPath, [join(projectRoot, 'node_modules/electron/cli.js'), '.'], {
    cwd: projectRoot,
    env: { ...process.env, ...folderEnvironment(folders) },
    stdio: 'ignore',
  });
  const [code] = (await once(second, 'exit')) as [number];
  expect(code).toBe(0);
  await expect
    .poll(() =>
      app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isMinimized()),
    )
    .toBe(false);
});

test('the page sees its API and nothing else, and cannot leave', async ({ launch }) => {
  const { page, app } = await launch();
  await expect(heading(page, /./u)).toBeVisible();
  const seen = await page.evaluate(() => ({
    require: typeof Reflect.get(globalThis, 'require'),
    process: typeof Reflect.get(globalThis, 'process'),
    ipc: typeof Reflect.get(globalThis, 'ipcRenderer'),
    frozen: Object.isFrozen(Reflect.get(globalThis, 'holdfast')),
  }));
  expect(seen).toEqual({
    require: 'undefined',
    process: 'undefined',
    ipc: 'undefined',
    frozen: true,
  });
  const url = page.url();
  await page.evaluate(() => {
    window.open('https://example.invalid/');
    location.href = 'https://example.invalid/';
  });
  expect(app.windows().length).toBe(1);
  expect(page.url()).toBe(url);
});

test('settings that cannot be read are kept aside and said', async ({ folders, launch }) => {
  writeFileSync(join(folders.userData, 'settings.json'), 'not settings');
  const { page } = await launch();
  await expect(page.getByText('The settings could not be read')).toBeVisible();
});

test('language and colours change at once and stay', async ({ folders, launch }) => {
  makeSampleTree(folders.source, { bigFileBytes: 1000 });
  const first = await launch();
  await setUpWithKey(first, folders.destination);
  await first.page.getByRole('button', { name: 'Settings' }).click();
  await first.page.getByText('Deutsch').click();
  await expect(heading(first.page, 'Einstellungen')).toBeVisible();
  await first.page.getByText('Dunkel').click();
  await expect(first.page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark');
  await first.app.close();
  const { page } = await launch();
  await expect(page.getByRole('button', { name: 'Einstellungen' })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark');
});

test('a page that crashes comes back by itself', async ({ launch }) => {
  const { app, page } = await launch();
  await expect(heading(page, /Backups that only you can open/u)).toBeVisible();
  const cdp = await app.context().newCDPSession(page);
  const crashed = page.waitForEvent('crash');
  cdp.send('Page.crash').catch(() => undefined);
  await crashed;
  // Playwright has given the page up; the app asks its own window.
  await expect
    .poll(() =>
      app.evaluate(({ BrowserWindow }) => {
        const contents = BrowserWindow.getAllWindows()[0]?.webContents;
        return [contents?.isCrashed(), contents?.getURL()];
      }),
    )
    .toEqual([false, 'app://bundle/index.html']);
});
