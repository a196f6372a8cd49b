/** One started app: launched with its own environment, traced, logged, and ended for certain. */
import {
  _electron,
  expect,
  type ElectronApplication,
  type Page,
  type TestInfo,
} from '@playwright/test';
import { chooseRuntime } from './runtime.ts';

const GIVE_UP_CLOSING_MS = 20_000;

export interface StartOptions {
  /** The folder with the app's package.json. */
  readonly appFolder: string;
  readonly env: Record<string, string>;
  /** What pages see as the system's scheme; null leaves it to the app. */
  readonly colorScheme: 'light' | 'dark' | null;
  /** Of the page's area. */
  readonly size?: { readonly width: number; readonly height: number };
  readonly args?: readonly string[];
  /** In the place of the runtime's binary: a program that starts it. */
  readonly executable?: string;
  /** For Playwright's own files; removed with the test's folders. */
  readonly artifactsFolder: string;
}

export interface RunningApp {
  readonly app: ElectronApplication;
  /** The first window's. */
  readonly page: Page;
  readonly pid: number;
  /** What the main process has written so far. */
  readonly log: () => string;
}

export async function startApp(
  options: StartOptions,
  watch: (app: ElectronApplication) => void,
): Promise<RunningApp> {
  chooseRuntime();
  const app = await _electron.launch({
    args: ['.', ...(options.args ?? [])],
    cwd: options.appFolder,
    env: options.env,
    colorScheme: options.colorScheme,
    ...(options.executable === undefined ? {} : { executablePath: options.executable }),
    artifactsDir: options.artifactsFolder,
  });
  watch(app);
  const child = app.process();
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => (log += text));
  }
  const pid = child.pid ?? 0;
  try {
    const page = await firstPage(app);
    if (options.size !== undefined) await setPageSize(app, page, options.size);
    return { app, page, pid, log: () => log };
  } catch (error) {
    process.kill(pid, 'SIGKILL');
    throw new Error(`The app did not show its window. It wrote:\n${log}`, { cause: error });
  }
}

async function firstPage(app: ElectronApplication): Promise<Page> {
  // The snapshots show the page at each step; filming it besides would only take time.
  await app.context().tracing.start({ snapshots: true, sources: true });
  const page = await app.firstWindow();
  await page.waitForURL((url) => !['about:', 'data:'].includes(url.protocol));
  await page.waitForLoadState();
  return page;
}

async function setPageSize(
  app: ElectronApplication,
  page: Page,
  size: { readonly width: number; readonly height: number },
): Promise<void> {
  const window = await app.browserWindow(page);
  await window.evaluate((target, { width, height }) => target.setContentSize(width, height), size);
  await expect
    .poll(() => page.evaluate(() => ({ width: innerWidth, height: innerHeight })))
    .toEqual(size);
}

/** Returns what went wrong; null when the app ended as it was told to, or had ended before. */
export async function endApp(
  { app, pid, log }: RunningApp,
  info: TestInfo,
  number: number,
): Promise<string | null> {
  const hasFailed = info.status !== info.expectedStatus;
  const trace = hasFailed ? { path: info.outputPath(`trace-${String(number)}.zip`) } : {};
  // Nothing to stop when the app has already ended.
  await app
    .context()
    .tracing.stop(trace)
    .catch(() => undefined);
  const problem = await closeOrKill(app, pid);
  if (hasFailed) await info.attach(`main-process-${String(number)}.log`, { body: log() });
  return problem;
}

async function closeOrKill(app: ElectronApplication, pid: number): Promise<string | null> {
  const tooLate = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => tooLate.resolve('late'), GIVE_UP_CLOSING_MS);
  const closed = app.close().then(
    () => 'closed' as const,
    () => 'closed' as const,
  );
  const result = await Promise.race([closed, tooLate.promise]);
  clearTimeout(timer);
  if (result === 'closed') return null;
  process.kill(pid, 'SIGKILL');
  await closed;
  return 'The app did not quit when it was told to, and had to be killed.';
}
