/** `test` with an app of its own: own folders, own keychain, any number of launches, and a page that must not complain. */
import { join } from 'node:path';
import { test as base, expect } from '@playwright/test';
import { startKeyring, withoutKeyring, type Keyring } from './keyring.ts';
import { PageErrors } from './page-errors.ts';
import { endApp, startApp, type RunningApp, type StartOptions } from './running-app.ts';
import { projectRoot, runtimeEnvironment } from './runtime.ts';
import {
  folderEnvironment,
  makeTestFolders,
  removeTestFolders,
  type TestFolders,
} from './test-folders.ts';

export interface LaunchOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Another folder for the app's own data: another computer. */
  readonly userData?: string;
  /** What pages see as the system's scheme; left out, it is the app's to say. */
  readonly colorScheme?: 'light' | 'dark';
  /** Of the page's area. */
  readonly size?: { readonly width: number; readonly height: number };
  /** `gnome-keyring` is one keyring for all launches of the test; a keyring of one's own is another computer's. Default: none. */
  readonly keychain?: 'none' | 'gnome-keyring' | Keyring;
  readonly args?: readonly string[];
  /** A program that starts the runtime's binary, such as a tracer. */
  readonly executable?: string;
}

type Launch = (options?: LaunchOptions) => Promise<RunningApp>;

export interface HarnessFixtures {
  readonly appFolder: string;
  readonly folders: TestFolders;
  readonly pageErrors: PageErrors;
  readonly launch: Launch;
}

export const test = base.extend<HarnessFixtures>({
  appFolder: [projectRoot, { option: true }],

  // oxlint-disable-next-line no-empty-pattern -- Playwright reads the fixture's needs from the pattern
  folders: async ({}, use) => {
    const folders = makeTestFolders();
    await use(folders);
    removeTestFolders(folders);
  },

  // oxlint-disable-next-line no-empty-pattern -- as above
  pageErrors: async ({}, use) => {
    await use(new PageErrors());
  },

  launch: async ({ appFolder, folders, pageErrors }, use, info) => {
    const running: RunningApp[] = [];
    let keyring: Keyring | null = null;

    async function keychainEnvironment(
      keychain: LaunchOptions['keychain'] = 'none',
    ): Promise<Readonly<Record<string, string>>> {
      if (keychain === 'none') return withoutKeyring;
      if (keychain !== 'gnome-keyring') return keychain.env;
      keyring ??= await startKeyring();
      return keyring.env;
    }

    await use(async (options = {}) => {
      const start: StartOptions = {
        appFolder,
        env: {
          ...runtimeEnvironment(),
          ...folderEnvironment(folders),
          ...(await keychainEnvironment(options.keychain)),
          ...(options.userData === undefined ? {} : { HOLDFAST_USER_DATA: options.userData }),
          ...options.env,
        },
        colorScheme: options.colorScheme ?? null,
        artifactsFolder: join(folders.root, 'playwright'),
        ...(options.size === undefined ? {} : { size: options.size }),
        ...(options.args === undefined ? {} : { args: options.args }),
        ...(options.executable === undefined ? {} : { executable: options.executable }),
      };
      const started = await startApp(start, (app) => pageErrors.watch(app));
      running.push(started);
      return started;
    });

    const problems: string[] = [];
    for (const [at, started] of running.entries()) {
      const problem = await endApp(started, info, at + 1);
      if (problem !== null) problems.push(problem);
    }
    await (keyring as Keyring | null)?.stop();
    expect.soft(problems, 'apps that would not end').toEqual([]);
    expect.soft(pageErrors.unexpected(), 'errors that pages reported').toEqual([]);
  },
});

export { expect };
