import { answerFolderPicker } from '../../harness/folder-picker.ts';
import { expect, test } from './host-fixture.ts';

test('dialogs are answered by the spec, and fail where nobody answers', async ({ launch }) => {
  const { app, page } = await launch();
  const pick = (): Promise<unknown> =>
    page.evaluate(() => window.fixture.invoke('pick').catch((error: Error) => error.message));
  expect(await pick()).toContain('dialog.showOpenDialog needs a person');
  await answerFolderPicker(app, ['/one', '/two'], null);
  expect(await pick()).toEqual(['/one', '/two']);
  expect(await pick()).toBeNull();
  expect(await pick()).toContain('A folder dialog that the spec does not answer');
});

test('what is not provided says so', async ({ launch }) => {
  const { app } = await launch();
  const messages = await app.evaluate((electron) => {
    const attempt = (action: () => unknown): string => {
      try {
        action();
        return 'worked';
      } catch (error) {
        return error instanceof Error ? error.message : '';
      }
    };
    return [
      attempt(() => electron.Tray),
      attempt(() => electron.dialog.showMessageBoxSync({ message: '' })),
      attempt(() => electron.app.getGPUInfo('basic')),
      attempt(() => fixtureMain.window.setKiosk(true)),
      attempt(() => fixtureMain.window.webContents.openDevTools()),
      attempt(() => electron.BrowserWindow.getFocusedWindow()),
      attempt(() => new electron.BrowserWindow({ webPreferences: { sandbox: false } })),
    ];
  });
  const what = [
    'electron.Tray',
    'dialog.showMessageBoxSync',
    'app.getGPUInfo',
    'BrowserWindow.setKiosk',
    'webContents.openDevTools',
    'BrowserWindow.getFocusedWindow',
    'a window without sandbox and context isolation',
  ];
  expect(messages).toEqual(
    what.map((name) => `Chromium host: ${name} is not provided; run on real Electron`),
  );
});

test('the app finds its name, version and folders', async ({ launch, folders }) => {
  const { app } = await launch();
  const found = await app.evaluate(({ app: electronApp }) => ({
    name: electronApp.getName(),
    version: electronApp.getVersion(),
    isPackaged: electronApp.isPackaged,
    home: electronApp.getPath('home'),
    documents: electronApp.getPath('documents'),
    userData: electronApp.getPath('userData'),
  }));
  expect(found).toEqual({
    name: 'Host Fixture',
    version: '1.2.3',
    isPackaged: false,
    home: folders.home,
    documents: folders.source,
    userData: folders.userData,
  });
});

test('clipboard, menu, notifications and power are models', async ({ launch }) => {
  const { app } = await launch();
  const found = await app.evaluate(async (electron) => {
    await electron.clipboard.writeText('key');
    const copied = await electron.clipboard.readText();
    electron.clipboard.clear();
    const blocker = electron.powerSaveBlocker.start('prevent-app-suspension');
    const wasStarted = electron.powerSaveBlocker.isStarted(blocker);
    electron.powerSaveBlocker.stop(blocker);
    let suspended = 0;
    electron.powerMonitor.on('suspend', () => {
      suspended += 1;
    });
    electron.powerMonitor.emit('suspend');
    fixtureMain.window.setContentProtection(true);
    new electron.Notification({ title: 'Done', body: 'All kept' }).show();
    return {
      copied,
      cleared: await electron.clipboard.readText(),
      wasStarted,
      isStarted: electron.powerSaveBlocker.isStarted(blocker),
      suspended,
      hasKeyStorage: electron.safeStorage.isEncryptionAvailable(),
      area: electron.screen.getPrimaryDisplay().workAreaSize,
      journal: (electron as unknown as { hostJournal: unknown }).hostJournal,
    };
  });
  expect(found).toEqual({
    copied: 'key',
    cleared: '',
    wasStarted: true,
    isStarted: false,
    suspended: 1,
    hasKeyStorage: false,
    area: { width: 1280, height: 800 },
    journal: [
      { api: 'powerSaveBlocker.start', args: ['prevent-app-suspension'] },
      { api: 'BrowserWindow.setContentProtection', args: [true] },
      { api: 'Notification.show', args: [{ title: 'Done', body: 'All kept' }] },
    ],
  });
  const ended = app.waitForEvent('close');
  await app.evaluate(({ Menu }) => Menu.getApplicationMenu()?.getMenuItemById('quit')?.click());
  await ended;
});
