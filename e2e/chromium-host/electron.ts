/** The module that `import 'electron'` finds in the main process. */
import { app } from './app.ts';
import { BrowserWindow } from './browser-window.ts';
import { journal } from './desktop-journal.ts';
import {
  clipboard,
  dialog,
  Menu,
  MenuItem,
  nativeTheme,
  powerMonitor,
  powerSaveBlocker,
  shell,
} from './desktop.ts';
import { guarded } from './guard.ts';
import { ipcMain } from './ipc-main.ts';
import { net, protocol, session } from './session.ts';
import { utilityProcess } from './utility-process.ts';

/** For Playwright, which looks pages up by their target. */
const webContents = guarded('webContents', {
  getAllWebContents: () => BrowserWindow.getAllWindows().map((window) => window.webContents),
  fromDevToolsTargetId: (targetId: string) =>
    BrowserWindow.getAllWindows().find((window) => window.webContents.targetId === targetId)
      ?.webContents,
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
  powerMonitor,
  powerSaveBlocker,
  protocol,
  session,
  shell,
  utilityProcess,
  webContents,
};

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
  powerMonitor,
  powerSaveBlocker,
  protocol,
  session,
  shell,
  utilityProcess,
  webContents,
  __journal: journal,
});
export default electron;
