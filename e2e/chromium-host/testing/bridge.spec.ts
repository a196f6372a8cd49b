import { events, expect, test } from './host-fixture.ts';

test('the page sees the exposed functions and nothing else', async ({ launch }) => {
  const { page } = await launch();
  const seen = await page.evaluate(() => {
    const globals = globalThis as unknown as Record<string, unknown>;
    const names = ['require', 'process', 'module', 'exports', 'global', 'Buffer', 'ipcRenderer'];
    const descriptor = Object.getOwnPropertyDescriptor(window, 'fixture');
    return {
      present: [...names, 'electron', 'secret'].filter((name) => name in globals),
      hostNames: Object.getOwnPropertyNames(window).filter((name) => /holdfast/iu.test(name)),
      atFirstScript: window.seenByPage,
      runs: window.fixture.runs(),
      isFrozen: Object.isFrozen(window.fixture) && Object.isFrozen(window.fixture.list),
      isFixed: descriptor?.writable === false && descriptor.configurable === false,
      list: window.fixture.list,
      sameKey: window.fixture.sameKey(),
    };
  });
  expect(seen).toEqual({
    present: [],
    hostNames: [],
    atFirstScript: 'object',
    runs: 1,
    isFrozen: true,
    isFixed: true,
    list: [1, { two: 2 }],
    sameKey: 'Cannot bind an API on top of an existing property on the window object',
  });
});

test('a sandboxed preload can require next to nothing', async ({ launch }) => {
  const { page } = await launch();
  expect(await page.evaluate(() => window.fixture.found)).toEqual({
    fs: 'module not found: fs',
    nodeFs: 'module not found: node:child_process',
    shell: 'Chromium host: electron.shell is not provided; run on real Electron',
    sendSync: 'Chromium host: ipcRenderer.sendSync is not provided; run on real Electron',
    platform: process.platform,
    isSandboxed: true,
    pageGlobals: 'undefined',
  });
});

test('frames get no preload', async ({ launch }) => {
  const { page } = await launch();
  await page.evaluate(() => {
    const frame = document.createElement('iframe');
    frame.src = '/frame.html';
    document.body.append(frame);
  });
  const frame = page.frameLocator('iframe');
  await expect(frame.getByText('Frame')).toBeVisible();
  const inFrame = page.frames().find((candidate) => candidate.url().endsWith('/frame.html'));
  expect(await inFrame?.evaluate(() => 'fixture' in window)).toBe(false);
  // The window's own calls still come from its own address.
  expect(await page.evaluate(() => window.fixture.invoke('sender'))).toMatchObject({
    url: 'app://bundle/index.html',
  });
});

test('functions cross the bridge both ways', async ({ launch }) => {
  const { page } = await launch();
  const result = await page.evaluate(async () => {
    const thrown = ((): string => {
      try {
        window.fixture.fail();
        return 'nothing';
      } catch (error) {
        return String(error);
      }
    })();
    const later = await window.fixture.later();
    const same = window.fixture.same(new Map([['key', new Uint8Array([1, 2])]])) as Map<
      string,
      Uint8Array
    >;
    return {
      calledBack: window.fixture.callBack((text) => text.toUpperCase()),
      thrown,
      deep: later.deep(),
      bytes: [...(same.get('key') ?? [])],
    };
  });
  expect(result).toEqual({
    calledBack: 'FROM THE PRELOAD!',
    thrown: 'Error: not there',
    deep: 'a function in a result',
    bytes: [1, 2],
  });
});

test('values keep their kinds on the way to the main process and back', async ({ launch }) => {
  const { page } = await launch();
  const result = await page.evaluate(async () => {
    const values = [
      new Map([['key', new Set([1])]]),
      new Uint8Array([0, 255]),
      undefined,
      new Date(86_400_000),
      -0,
      10n ** 20n,
      { nested: [null, Number.NaN] },
      'lone \ud800 surrogate',
    ];
    const kinds = await window.fixture.invoke('describe', ...values);
    const back = (await window.fixture.invoke('echo', ...values)) as [
      Map<string, Set<number>>,
      Uint8Array,
      undefined,
      Date,
      number,
      bigint,
      { nested: [null, number] },
      string,
    ];
    return {
      kinds,
      map: [...(back[0].get('key') ?? [])],
      bytes: [...back[1]],
      isUndefined: back[2] === undefined && back.length === 8,
      time: back[3].getTime(),
      isMinusZero: Object.is(back[4], -0),
      big: String(back[5]),
      nested: back[6].nested[0] === null && Number.isNaN(back[6].nested[1]),
      surrogate: back[7] === 'lone \ud800 surrogate',
      nothing: await window.fixture.invoke('echo'),
    };
  });
  expect(result).toEqual({
    kinds: ['Map', 'Uint8Array', 'Undefined', 'Date', 'Number', 'BigInt', 'Object', 'String'],
    map: [1],
    bytes: [0, 255],
    isUndefined: true,
    time: 86_400_000,
    isMinusZero: true,
    big: '100000000000000000000',
    nested: true,
    surrogate: true,
    nothing: [],
  });
});

test('errors of handlers arrive as in Electron', async ({ launch }) => {
  const { page } = await launch();
  const messages = await page.evaluate(async () => {
    const message = async (call: Promise<unknown>): Promise<string> => {
      try {
        await call;
        return 'no error';
      } catch (error) {
        return error instanceof Error ? error.message : 'not an error';
      }
    };
    const { invoke } = window.fixture;
    return [
      await message(invoke('fail')),
      await message(invoke('nobody')),
      await message(invoke('removed')),
      await message(invoke('function')),
      await message((async () => invoke('echo', () => 1))()),
    ];
  });
  expect(messages.slice(0, 4)).toEqual([
    "Error invoking remote method 'fail': TypeError: bad thing",
    "Error invoking remote method 'nobody': Error: No handler registered for 'nobody'",
    "Error invoking remote method 'removed': Error: No handler registered for 'removed'",
    "Error invoking remote method 'function': Error: An object could not be cloned.",
  ]);
  expect(messages[4]).toContain('could not be cloned');
});

test('events arrive in order, and no more after the listener is removed', async ({ launch }) => {
  const { page } = await launch();
  await page.evaluate(() => window.fixture.invoke('ticks', 500));
  await expect.poll(() => page.evaluate(() => window.ticks.length)).toBe(500);
  expect(await page.evaluate(() => window.ticks)).toEqual(
    Array.from({ length: 500 }, (_, at) => at + 1),
  );
  await page.evaluate(async () => {
    window.stopTicks();
    await window.fixture.invoke('ticks', 3);
  });
  // A later answer comes after the events that were sent before it.
  await page.evaluate(() => window.fixture.invoke('echo'));
  expect(await page.evaluate(() => window.ticks.length)).toBe(500);
});

test('handlers learn who calls', async ({ launch }) => {
  const { app, page } = await launch();
  expect(await page.evaluate(() => window.fixture.invoke('sender'))).toEqual({
    id: await app.evaluate(() => fixtureMain.window.webContents.id),
    url: 'app://bundle/index.html',
    origin: 'app://bundle',
    hasParent: false,
    isMainFrame: true,
  });
  expect(await events(app)).toEqual(['web-contents-created', 'ready-to-show']);
});
