import { readFileSync } from 'node:fs';
import { events, expect, test } from './host-fixture.ts';

/** From the head of a PNG file. */
function pngSize(png: Buffer): { width: number; height: number } {
  return { width: png.readUInt32BE(16), height: png.readUInt32BE(20) };
}

test("the page's area is the size that was asked for", async ({ launch, folders }) => {
  const { app, page } = await launch();
  const path = `${folders.root}/page.png`;
  const area = (): Promise<{ width: number; height: number }> =>
    page.evaluate(() => ({ width: innerWidth, height: innerHeight }));
  expect(await area()).toEqual({ width: 1040, height: 720 });
  await page.screenshot({ path });
  expect(pngSize(readFileSync(path))).toEqual({ width: 1040, height: 720 });

  await app.evaluate(() => fixtureMain.window.setSize(800, 600));
  await expect.poll(area).toEqual({ width: 800, height: 600 });
  await page.screenshot({ path });
  expect(pngSize(readFileSync(path))).toEqual({ width: 800, height: 600 });

  // Never below the least size that the app named.
  await app.evaluate(() => fixtureMain.window.setBounds({ width: 10, height: 10 }));
  await expect.poll(area).toEqual({ width: 640, height: 480 });
  expect(await app.evaluate(() => fixtureMain.window.getBounds())).toMatchObject({
    width: 640,
    height: 480,
  });
});

test('the size can be chosen at launch', async ({ launch }) => {
  const { page } = await launch({ size: { width: 900, height: 650 } });
  expect(await page.evaluate(() => [innerWidth, innerHeight])).toEqual([900, 650]);
});

test('the colour scheme follows the app, and the system as the spec sets it', async ({
  launch,
}) => {
  const { app, page } = await launch();
  const isDark = (): Promise<boolean> =>
    page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches);
  expect(await isDark()).toBe(false);
  const heard = await app.evaluate(
    ({ nativeTheme }) =>
      new Promise((resolve) => {
        nativeTheme.once('updated', () => resolve(nativeTheme.shouldUseDarkColors));
        nativeTheme.themeSource = 'dark';
      }),
  );
  expect(heard).toBe(true);
  await expect.poll(isDark).toBe(true);
  await page.reload();
  await expect.poll(isDark).toBe(true);
  await app.evaluate(({ nativeTheme }) => {
    nativeTheme.themeSource = 'light';
  });
  await expect.poll(isDark).toBe(false);
  await app.close();

  const dark = await launch({ colorScheme: 'dark' });
  expect(await dark.page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches)).toBe(
    true,
  );
});

test('a window is hidden, shown, minimised and restored', async ({ launch }) => {
  const { app, page } = await launch();
  const state = (): Promise<boolean[]> =>
    app.evaluate(() => [fixtureMain.window.isVisible(), fixtureMain.window.isMinimized()]);
  // Of Chromium's own window; a page that Playwright looks at always believes that it is visible.
  const cdp = await app.context().newCDPSession(page);
  const realState = async (): Promise<unknown> =>
    (await cdp.send('Browser.getWindowForTarget')).bounds.windowState;
  await expect.poll(state).toEqual([true, false]);
  await app.evaluate(() => fixtureMain.window.hide());
  expect(await state()).toEqual([false, false]);
  await expect.poll(realState).toBe('minimized');
  await app.evaluate(() => fixtureMain.window.show());
  await expect.poll(realState).toBe('normal');
  await app.evaluate(() => fixtureMain.window.minimize());
  expect(await state()).toEqual([true, true]);
  await expect.poll(realState).toBe('minimized');
  await app.evaluate(() => fixtureMain.window.restore());
  expect(await state()).toEqual([true, false]);
  await expect.poll(realState).toBe('normal');
});

test('after a reload the preload runs again and calls still work', async ({ launch }) => {
  const { app, page } = await launch();
  const loaded = page.waitForEvent('load');
  await app.evaluate(() => fixtureMain.window.webContents.reload());
  await loaded;
  expect(await page.evaluate(() => window.fixture.runs())).toBe(1);
  expect(await page.evaluate(() => window.fixture.invoke('echo', 'again'))).toEqual(['again']);
  // By Playwright: not a navigation that the page asked for.
  await page.reload();
  await page.evaluate(() => window.fixture.invoke('ticks', 3));
  await expect.poll(() => page.evaluate(() => window.ticks)).toEqual([1, 2, 3]);
  expect((await events(app)).filter((event) => event.startsWith('will-navigate'))).toEqual([]);
});

test('a crashed page is reported, and comes back on reload', async ({ launch }) => {
  const { app, page } = await launch();
  const crashed = page.waitForEvent('crash');
  // The page itself has no way to die, so the browser kills it.
  const cdp = await app.context().newCDPSession(page);
  cdp.send('Page.crash').catch(() => undefined);
  await crashed;
  await expect.poll(() => events(app)).toContain('render-process-gone: crashed');
  const reloaded = await app.evaluate(async () => {
    const { webContents } = fixtureMain.window;
    const wasCrashed = webContents.isCrashed();
    await new Promise<void>((resolve) => {
      webContents.once('did-finish-load', () => resolve());
      webContents.reload();
    });
    return { wasCrashed, isCrashed: webContents.isCrashed() };
  });
  expect(reloaded).toEqual({ wasCrashed: true, isCrashed: false });
  // Playwright gave its page up for dead; the app's own channel tells that the new one lives.
  const ticks = await app.evaluate(
    ({ ipcMain }) =>
      new Promise((resolve) => {
        ipcMain.removeHandler('echo');
        ipcMain.handle('echo', (_event, value: unknown) => resolve(value));
        fixtureMain.window.webContents.send('ask-echo');
      }),
  );
  expect(ticks).toBe('echo');
});

test('a crashed page does not keep the app from ending', async ({ launch }) => {
  const { app, page } = await launch();
  const crashed = page.waitForEvent('crash');
  const cdp = await app.context().newCDPSession(page);
  cdp.send('Page.crash').catch(() => undefined);
  await crashed;
  const ended = app.waitForEvent('close');
  await app.evaluate(({ app: electronApp }) => electronApp.quit());
  await ended;
});

test('closing can be refused by the app and by the page', async ({ launch }) => {
  const { app, page } = await launch();
  const countOf = async (event: string): Promise<number> =>
    (await events(app)).filter((candidate) => candidate === event).length;
  await app.evaluate(() => {
    fixtureMain.window.once('close', (event) => event.preventDefault());
    fixtureMain.window.close();
  });
  expect(await countOf('close')).toBe(1);
  await page.evaluate(() => {
    addEventListener('beforeunload', (event) => event.preventDefault(), { once: true });
  });
  const asked = await app.evaluate(
    () =>
      new Promise((resolve) => {
        fixtureMain.window.webContents.once('will-prevent-unload', () => resolve('asked'));
        fixtureMain.window.close();
      }),
  );
  expect(asked).toBe('asked');
  expect(await page.evaluate(() => window.fixture.invoke('echo', 1))).toEqual([1]);
  const ended = app.waitForEvent('close');
  await app.evaluate(() => fixtureMain.window.close());
  await ended;
});

test('a window that a person closed at once is gone for the app too', async ({ launch }) => {
  const { app, page } = await launch();
  const ended = app.waitForEvent('close');
  const closed = app.evaluate(
    () =>
      new Promise((resolve) => {
        const seen: string[] = [];
        fixtureMain.window.on('close', () => seen.push('close'));
        fixtureMain.window.on('closed', () => resolve([...seen, 'closed']));
      }),
  );
  // The window stays open until this listens.
  await app.evaluate(() => undefined);
  await page.close();
  expect(await closed).toEqual(['close', 'closed']);
  await ended;
});

test('quitting can be put off until work has ended', async ({ launch }) => {
  const { app } = await launch();
  const ended = app.waitForEvent('close');
  await app.evaluate(({ app: electronApp }) => {
    electronApp.once('before-quit', (event) => {
      event.preventDefault();
      void Promise.resolve().then(() => electronApp.quit());
    });
    electronApp.quit();
  });
  await ended;
});
