import { events, expect, test } from './host-fixture.ts';

test("the page's content security policy is honoured", async ({ launch, pageErrors }) => {
  pageErrors.allow(/Content Security Policy/u);
  const { app, page } = await launch();
  await app.evaluate(() => fixtureMain.window.loadURL('app://bundle/inline.html'));
  await expect(page.getByRole('heading', { name: 'Inline' })).toBeVisible();
  expect(await page.evaluate(() => window.inlineRan)).toBeUndefined();
  expect(pageErrors.all().join('\n')).toContain('inline script');
  expect(await app.evaluate(() => fixtureMain.window.webContents.getURL())).toBe(
    'app://bundle/inline.html',
  );
});

test('the custom scheme answers fetches, and what is not there is not found', async ({
  launch,
  pageErrors,
}) => {
  pageErrors.allow(/404/u);
  const { page } = await launch();
  const answers = await page.evaluate(async () => {
    const style = await fetch('/style.css');
    const missing = await fetch('/nothing.css');
    const above = await fetch('/..%2fmain.js');
    return {
      isSecure: isSecureContext,
      style: [style.status, style.headers.get('content-type'), style.headers.get('x-fixture')],
      missing: missing.status,
      above: above.status,
    };
  });
  expect(answers).toEqual({
    isSecure: true,
    style: [200, 'text/css', 'seen'],
    missing: 404,
    above: 404,
  });
});

test('nothing goes out to the network', async ({ launch, pageErrors }) => {
  pageErrors.allow(/Failed to load|Content Security Policy|Refused|net::/u);
  const { app, page } = await launch();
  // A policy does not hold for what a page is sent to, so this is the request filter's work.
  const failure = await app.evaluate(async () => {
    try {
      await fixtureMain.window.loadURL('https://example.org/');
      return 'loaded';
    } catch (error) {
      return String(error);
    }
  });
  expect(failure).toContain('ERR_BLOCKED_BY_CLIENT');
  expect(await events(app)).toContain('blocked: https://example.org/');
  expect(app.windows()).toEqual([page]);
});

test('new windows are denied, and only told to the app', async ({ launch }) => {
  const { app, page } = await launch();
  await page.getByText('new window').click();
  await expect.poll(() => events(app)).toContain('window.open: https://example.org/blank');
  await page.evaluate(() => void window.open('app://bundle/index.html'));
  await expect.poll(() => events(app)).toContain('window.open: app://bundle/index.html');
  expect(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
  expect(app.windows()).toEqual([page]);
  // The page that asked goes on.
  expect(await page.evaluate(() => window.fixture.invoke('echo', 1))).toEqual([1]);
  expect(
    await app.evaluate((electron) => (electron as unknown as { hostJournal: unknown }).hostJournal),
  ).toEqual([{ api: 'shell.openExternal', args: ['https://example.org/blank'] }]);
});

test('leaving the page is asked about and can be stopped', async ({ launch }) => {
  const { app, page } = await launch();
  const before = page.url();
  await page.getByText('outside').click();
  await expect.poll(() => events(app)).toContain('will-navigate: https://example.org/docs');
  await page.evaluate(() => {
    location.href = 'https://example.org/script';
  });
  await expect.poll(() => events(app)).toContain('will-navigate: https://example.org/script');
  expect(page.url()).toBe(before);
  expect(await page.evaluate(() => window.fixture.runs())).toBe(1);

  // By the page itself it is asked about even within the app; by the app it is not.
  await page.evaluate(() => location.reload());
  await expect.poll(() => events(app)).toContain('will-navigate: app://bundle/index.html');
  const asked = (await events(app)).length;
  await app.evaluate(() => fixtureMain.window.loadURL('app://bundle/frame.html'));
  expect((await events(app)).length).toBe(asked);
});

test('permissions are what the app decides', async ({ launch }) => {
  const states = (): Promise<string[]> =>
    Promise.all(
      ['geolocation', 'camera', 'notifications', 'clipboard-read'].map(async (name) => {
        const status = await navigator.permissions.query({ name: name as PermissionName });
        return `${name} ${status.state}`;
      }),
    );
  const denying = await launch();
  expect(await denying.page.evaluate(states)).toEqual([
    'geolocation denied',
    'camera denied',
    'notifications denied',
    'clipboard-read denied',
  ]);
  await denying.app.close();
  const granting = await launch({ env: { FIXTURE_GRANTS: 'geolocation,media' } });
  expect(await granting.page.evaluate(states)).toEqual([
    'geolocation granted',
    'camera granted',
    'notifications denied',
    'clipboard-read denied',
  ]);
});
