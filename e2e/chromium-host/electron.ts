/** The module that `import 'electron'` finds in the main process. */
import { app } from './app.ts';
import { BrowserWindow as Window } from './browser-window.ts';
import { journal } from './desktop-journal.ts';
import { clipboard, dialog, Notification as DesktopNotification, shell } from './desktop.ts';
import { guarded } from './guard.ts';
import { ipcMain } from './ipc-main.ts';
import { powerMonitor, powerSaveBlocker, safeStorage, screen } from './machine.ts';
import { Menu as MenuModel, MenuItem } from './menu.ts';
import { nativeTheme } from './native-theme.ts';
import { net, protocol, session } from './session.ts';
import { utilityProcess } from './utility-process.ts';

const BrowserWindow = guarded('BrowserWindow', Window);
const Menu = guarded('Menu', MenuModel);
const Notification = guarded('Notification', DesktopNotification);

/** For Playwright, which looks pages up by their target. */
const webContents = guarded('webContents', {
  fromDevToolsTargetId: (targetId: string) =>
    Window.getAllWindows().find((window) => window.webContents.targetId === targetId)?.webContents,
});

/** Nothing of it is there on Linux; the app asks for it on macOS only. */
const systemPreferences = guarded('systemPreferences', {});

const electron: object = guarded('electron', {
  app,
  BrowserWindow,
  clipboard,
  dialog,
  ipcMain,
  Menu,
  MenuItem,
  nativeTheme,
  net,
  Notification,
  powerMonitor,
  powerSaveBlocker,
  protocol,
  safeStorage,
  screen,
  session,
  shell,
  systemPreferences,
  utilityProcess,
  webContents,
  /** Not Electron's: what the app asked of the desktop. */
  hostJournal: journal,
});

export {
  app,
  BrowserWindow,
  clipboard,
  dialog,
  ipcMain,
  Menu,
  MenuItem,
  nativeTheme,
  net,
  Notification,
  powerMonitor,
  powerSaveBlocker,
  protocol,
  safeStorage,
  screen,
  session,
  shell,
  systemPreferences,
  utilityProcess,
  webContents,
};
export default electron;
// What `require('electron')` returns: the guarded object, not the bare namespace.
export { electron as 'module.exports' };
