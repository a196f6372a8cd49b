/** The desktop around the app: dialogs, shell, clipboard, theme, menu, power. Headless they are models; headed they use the system's tools. */
import { execFile } from 'node:child_process';
import { EventEmitter } from 'node:events';
import type * as Electron from 'electron';
import { BrowserWindow } from './browser-window.ts';
import { cancelableEvent } from './cancelable-event.ts';
import { note } from './desktop-journal.ts';
import { guarded } from './guard.ts';

const isHeaded = process.env['HOLDFAST_HEADED'] === '1';

/** Electron's dialogs take the options alone, or behind a window. */
function optionsOf<Options>(args: readonly unknown[]): Options {
  return args.at(-1) as Options;
}

/** Headless a dialog would wait for ever, so it fails; specs replace it through `electronApp.evaluate`. */
function needsPerson(api: string): Error {
  return new Error(`Chromium host: ${api} needs a person; specs replace it`);
}

/** zenity's answer, or null when the person cancelled. */
function askZenity(args: readonly string[]): Promise<string | null> {
  return new Promise((resolve, reject) => {
    execFile('zenity', [...args], (error, stdout) => {
      if (error?.code === 'ENOENT') {
        reject(new Error('Chromium host: dialogs need zenity (Debian: apt-get install zenity)'));
      } else resolve(error === null ? stdout.trim() : null);
    });
  });
}

export const dialog = guarded('dialog', {
  async showOpenDialog(...args: readonly unknown[]): Promise<Electron.OpenDialogReturnValue> {
    if (!isHeaded) throw needsPerson('dialog.showOpenDialog');
    const { title = '', properties = [] } = optionsOf<Electron.OpenDialogOptions>(args);
    const isFolder = properties.includes('openDirectory');
    const answer = await askZenity([
      '--file-selection',
      `--title=${title}`,
      '--separator=\n',
      ...(isFolder ? ['--directory'] : []),
      ...(properties.includes('multiSelections') ? ['--multiple'] : []),
    ]);
    return { canceled: answer === null, filePaths: answer === null ? [] : answer.split('\n') };
  },
  async showMessageBox(...args: readonly unknown[]): Promise<Electron.MessageBoxReturnValue> {
    if (!isHeaded) throw needsPerson('dialog.showMessageBox');
    const { message, detail = '', cancelId = 1 } = optionsOf<Electron.MessageBoxOptions>(args);
    const answer = await askZenity(['--question', `--text=${message}\n\n${detail}`]);
    return { response: answer === null ? cancelId : 0, checkboxChecked: false };
  },
  showErrorBox(title: string, content: string): void {
    note('dialog.showErrorBox', title, content);
    console.error(`${title}\n${content}`);
  },
});

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
export const clipboard = guarded('clipboard', {
  readText: async () => clipboardText,
  writeText: async (text: string) => void (clipboardText = text),
  clear: async () => void (clipboardText = ''),
} satisfies Pick<Electron.Clipboard, 'readText' | 'writeText' | 'clear'>);

class NativeTheme extends EventEmitter {
  #source: Electron.NativeTheme['themeSource'] = 'system';

  get themeSource(): Electron.NativeTheme['themeSource'] {
    return this.#source;
  }
  set themeSource(source) {
    this.#source = source;
    const features = source === 'system' ? [] : [{ name: 'prefers-color-scheme', value: source }];
    for (const { webContents } of BrowserWindow.getAllWindows()) {
      webContents.whenUp
        .then(() => webContents.tell('Emulation.setEmulatedMedia', { features }))
        .catch(() => undefined);
    }
    this.emit('updated', cancelableEvent());
  }
  get shouldUseDarkColors(): boolean {
    return this.#source === 'dark';
  }
}
export const nativeTheme = new NativeTheme();

export class MenuItem {
  readonly id: string | undefined;
  readonly label: string | undefined;
  readonly submenu: Menu | null;
  readonly click: () => void;

  constructor(options: Electron.MenuItemConstructorOptions) {
    this.id = options.id;
    this.label = options.label;
    this.submenu = Array.isArray(options.submenu) ? Menu.buildFromTemplate(options.submenu) : null;
    const { click } = options;
    this.click = () => click?.(this as never, undefined, cancelableEvent() as never);
  }
}

export class Menu {
  static #application: Menu | null = null;
  readonly items: readonly MenuItem[];

  constructor(items: readonly MenuItem[] = []) {
    this.items = items;
  }
  static buildFromTemplate(template: readonly Electron.MenuItemConstructorOptions[]): Menu {
    return new Menu(template.map((options) => new MenuItem(options)));
  }
  static setApplicationMenu(menu: Menu | null): void {
    Menu.#application = menu;
  }
  static getApplicationMenu(): Menu | null {
    return Menu.#application;
  }
  getMenuItemById(id: string): MenuItem | null {
    for (const item of this.items) {
      const found = item.id === id ? item : item.submenu?.getMenuItemById(id);
      if (found) return found;
    }
    return null;
  }
}

const blockers = new Set<number>();
let lastBlocker = 0;
export const powerSaveBlocker = guarded('powerSaveBlocker', {
  start(type: string): number {
    note('powerSaveBlocker.start', type);
    lastBlocker += 1;
    blockers.add(lastBlocker);
    return lastBlocker;
  },
  stop: (id: number) => blockers.delete(id),
  isStarted: (id: number) => blockers.has(id),
} satisfies Pick<Electron.PowerSaveBlocker, 'start' | 'stop' | 'isStarted'>);

export const powerMonitor = new EventEmitter();
