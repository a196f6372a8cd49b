/** The desktop around the app: dialogs, shell, clipboard, notifications. Headless they are models that keep a journal; headed they use the system's tools. */
import { execFile } from 'node:child_process';
import { EventEmitter } from 'node:events';
import type * as Electron from 'electron';
import { cancelableEvent } from './cancelable-event.ts';
import { note } from './desktop-journal.ts';
import { guarded, guardInstances } from './guard.ts';
import { isHeaded } from './headed.ts';
import { chooseButton, chooseFile, choosePaths } from './zenity.ts';

/** Headless a dialog would wait for ever, so it fails; specs replace it through `electronApp.evaluate`. */
function assertPerson(api: string): void {
  if (!isHeaded) throw new Error(`Chromium host: ${api} needs a person; specs replace it`);
}

export const dialog = guarded('dialog', {
  /** Electron's dialogs take the options alone, or behind a window. */
  async showOpenDialog(...args: readonly unknown[]): Promise<Electron.OpenDialogReturnValue> {
    assertPerson('dialog.showOpenDialog');
    return choosePaths(args.at(-1) as Electron.OpenDialogOptions);
  },
  async showSaveDialog(...args: readonly unknown[]): Promise<Electron.SaveDialogReturnValue> {
    assertPerson('dialog.showSaveDialog');
    return chooseFile(args.at(-1) as Electron.SaveDialogOptions);
  },
  async showMessageBox(...args: readonly unknown[]): Promise<Electron.MessageBoxReturnValue> {
    assertPerson('dialog.showMessageBox');
    const response = await chooseButton(args.at(-1) as Electron.MessageBoxOptions);
    return { response, checkboxChecked: false };
  },
  showErrorBox(title: string, content: string): void {
    note('dialog.showErrorBox', title, content);
    console.error(`${title}\n${content}`);
  },
} satisfies Pick<
  Electron.Dialog,
  'showOpenDialog' | 'showSaveDialog' | 'showMessageBox' | 'showErrorBox'
>);

function openWithDesktop(target: string): void {
  if (isHeaded) execFile('xdg-open', [target], () => undefined);
}

export const shell = guarded('shell', {
  async openExternal(url: string): Promise<void> {
    note('shell.openExternal', url);
    openWithDesktop(url);
  },
  async openPath(path: string): Promise<string> {
    note('shell.openPath', path);
    openWithDesktop(path);
    return '';
  },
  showItemInFolder(path: string): void {
    note('shell.showItemInFolder', path);
    openWithDesktop(path);
  },
} satisfies Pick<Electron.Shell, 'openExternal' | 'openPath' | 'showItemInFolder'>);

let clipboardText = '';
/** Text only, and the app's own: the system's clipboard is not touched. */
export const clipboard = guarded('clipboard', {
  async readText(): Promise<string> {
    return clipboardText;
  },
  async writeText(text: string): Promise<void> {
    clipboardText = text;
  },
  clear(): void {
    clipboardText = '';
  },
} satisfies Pick<Electron.Clipboard, 'readText' | 'writeText' | 'clear'>);

export class Notification extends EventEmitter implements Pick<Electron.Notification, 'show'> {
  readonly #options: Electron.NotificationConstructorOptions;

  constructor(options: Electron.NotificationConstructorOptions = {}) {
    super();
    this.#options = options;
  }
  static isSupported(): boolean {
    return true;
  }
  show(): void {
    const { title = '', body = '' } = this.#options;
    note('Notification.show', { title, body });
    queueMicrotask(() => this.emit('show', cancelableEvent()));
  }
}
guardInstances('Notification', Notification);
