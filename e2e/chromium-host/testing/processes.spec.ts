// oxlint-disable unicorn/require-post-message-target-origin -- this is the port of a utility process, not a window
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runtimeEnvironment } from '../../harness/runtime.ts';
import { folderEnvironment, type TestFolders } from '../../harness/test-folders.ts';
import { events, expect, fixtureApp, test } from './host-fixture.ts';
import { processTree, stillRunning } from './process-tree.ts';

const program = join(import.meta.dirname, '../dist/electron');

interface Ended {
  readonly code: number | null;
  readonly errors: string;
}

/** The host as a person starts it, without Playwright. */
async function run(
  args: readonly string[],
  folders: TestFolders,
  env: Record<string, string> = {},
): Promise<Ended> {
  const child = spawn(program, args, {
    cwd: fixtureApp,
    env: { ...runtimeEnvironment(), ...folderEnvironment(folders), ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, errors };
}

function profilesOf(pid: number): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith(`holdfast-host-${String(pid)}-`));
}

test('a utility process answers, and its death is reported', async ({ launch }) => {
  const { app } = await launch();
  const answer = await app.evaluate(
    () =>
      new Promise((resolve) => {
        fixtureMain.utility.once('message', resolve);
        fixtureMain.utility.postMessage({
          map: new Map([['k', 1]]),
          bytes: new Uint8Array([1]),
          date: new Date(0),
          nothing: undefined,
        });
      }),
  );
  expect(answer).toMatchObject({
    kinds: ['Map', 'Uint8Array', 'Date', 'Undefined'],
    args: ['--from-main'],
    env: 'yes',
    type: 'utility',
  });
  const pid = await app.evaluate(() => fixtureMain.utility.pid);
  expect(pid).toBeGreaterThan(0);
  await app.evaluate(() => fixtureMain.utility.postMessage({ what: 'die' }));
  await expect.poll(() => events(app)).toContain('utility exit: 9');
  expect(await app.evaluate(() => fixtureMain.utility.pid)).toBeUndefined();
});

test('a utility process is killed, or ends by itself', async ({ launch }) => {
  const { app } = await launch();
  const killed = await app.evaluate(
    () =>
      new Promise((resolve) => {
        fixtureMain.utility.once('exit', resolve);
        fixtureMain.utility.kill();
      }),
  );
  expect(killed).toBe(15);
  await app.close();
  const again = await launch();
  const code = await again.app.evaluate(
    () =>
      new Promise((resolve) => {
        fixtureMain.utility.once('exit', resolve);
        fixtureMain.utility.postMessage({ what: 'exit' });
      }),
  );
  expect(code).toBe(5);
});

test('a second instance is refused and tells the first', async ({ launch, folders }) => {
  const { app, page } = await launch();
  const second = await run(['.', '--hello'], folders);
  expect(second.code).toBe(0);
  await expect.poll(() => events(app)).toContain('second instance: --hello');
  await expect.poll(() => page.evaluate(() => window.seconds)).toBe(1);
  // Another folder of data is another app.
  const other = await launch({ userData: join(folders.root, 'elsewhere') });
  expect(await other.page.evaluate(() => window.fixture.invoke('echo', 2))).toEqual([2]);
});

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  test(`after ${signal} nothing is left running`, async ({ launch, folders }) => {
    const { app, pid } = await launch();
    const marks = processTree(pid);
    const commands = marks.map(({ command }) => command).join('\n');
    expect(commands).toContain('utility-child.ts');
    expect(commands).toContain('--type=renderer');
    const ended = app.waitForEvent('close');
    process.kill(pid, signal);
    await ended;
    await expect.poll(() => stillRunning(marks)).toEqual([]);
    // Of a killed one the profile stays until the next host sweeps it.
    await launch({ userData: join(folders.root, 'next') });
    expect(profilesOf(pid)).toEqual([]);
    // Nor does its lock keep the same data from being opened again.
    const again = await launch();
    expect(await again.page.evaluate(() => window.fixture.invoke('echo', 3))).toEqual([3]);
  });
}

test('it says what it is, and without Chromium what to install', async ({ folders }) => {
  const env = { HOLDFAST_HOST_CHROMIUM: '/nonexistent/chromium' };
  const { code, errors } = await run(['.'], folders, env);
  expect(code).toBe(1);
  expect(errors).toContain('Holdfast runs on the Chromium host, a stand-in for Electron');
  expect(errors).toContain('no Chromium found. Install it (Debian: apt-get install chromium)');
  expect(errors).not.toContain('    at ');
});

test('an import that is not provided says so', async ({ folders }) => {
  const copy = join(folders.root, 'app');
  cpSync(fixtureApp, copy, { recursive: true });
  const main = join(copy, 'main.js');
  writeFileSync(main, readFileSync(main, 'utf8').replace('  Menu,\n', '  Menu,\n  Tray,\n'));
  const { code, errors } = await run([copy], folders);
  expect(code).toBe(1);
  expect(errors).toContain('Chromium host: electron.Tray is not provided; run on real Electron');
});
