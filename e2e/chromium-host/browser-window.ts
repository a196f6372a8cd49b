/** `BrowserWindow`: a page with a size and a state. Visibility and focus are a model; headless there is nothing to see. */
import { EventEmitter } from 'node:events';
import type * as Electron from 'electron';
import { app } from './app.ts';
import { cancelableEvent } from './cancelable-event.ts';
import type { Chromium } from './chromium.ts';
import { note } from './desktop-journal.ts';
import { notProvided } from './guard.ts';
import { WebContents } from './web-contents.ts';

type Provided = Pick<
  Electron.BrowserWindow,
  | 'id'
  | 'loadURL'
  | 'show'
  | 'hide'
  | 'close'
  | 'destroy'
  | 'focus'
  | 'isVisible'
  | 'isFocused'
  | 'isDestroyed'
  | 'isMinimized'
  | 'minimize'
  | 'restore'
  | 'setTitle'
  | 'getTitle'
  | 'getBounds'
  | 'setBounds'
  | 'setContentProtection'
  | 'setMenuBarVisibility'
  | 'reload'
>;

const windows = new Set<BrowserWindow>();
let chromium: Chromium | null = null;

/** The browser that new windows open in. */
export function useChromium(started: Chromium): void {
  chromium = started;
}

export class BrowserWindow extends EventEmitter implements Provided {
  readonly id: number;
  readonly webContents: WebContents;
  #bounds: Electron.Rectangle;
  #title: string;
  #isVisible: boolean;
  #isFocused = false;
  #isMinimized = false;
  #isDestroyed = false;

  static getAllWindows(): BrowserWindow[] {
    return [...windows];
  }
  static getFocusedWindow(): BrowserWindow | null {
    return BrowserWindow.getAllWindows().find((window) => window.isFocused()) ?? null;
  }
  static fromWebContents(contents: WebContents): BrowserWindow | null {
    return BrowserWindow.getAllWindows().find((window) => window.webContents === contents) ?? null;
  }

  constructor(options: Electron.BrowserWindowConstructorOptions = {}) {
    super();
    if (chromium === null) throw new Error('Cannot create BrowserWindow before app is ready');
    const preferences = options.webPreferences ?? {};
    if (
      preferences.nodeIntegration === true ||
      preferences.contextIsolation === false ||
      preferences.sandbox === false
    ) {
      notProvided('a window without sandbox and context isolation');
    }
    this.#bounds = { x: 0, y: 0, width: options.width ?? 800, height: options.height ?? 600 };
    this.#title = options.title ?? app.name;
    this.#isVisible = options.show !== false;
    this.webContents = new WebContents(chromium, preferences, this.#bounds);
    this.id = this.webContents.id;
    this.webContents.once('first-paint', () => this.emit('ready-to-show', cancelableEvent()));
    this.webContents.once('destroyed', () => this.#gone());
    windows.add(this);
    queueMicrotask(() => app.emit('browser-window-created', cancelableEvent(), this));
  }

  loadURL(url: string): Promise<void> {
    return this.webContents.loadURL(url);
  }
  reload(): void {
    this.webContents.reload();
  }

  show(): void {
    if (!this.#isVisible) {
      this.#isVisible = true;
      this.emit('show', cancelableEvent());
    }
    this.focus();
  }
  hide(): void {
    if (!this.#isVisible) return;
    this.#isVisible = false;
    this.#isFocused = false;
    this.emit('hide', cancelableEvent());
  }
  focus(): void {
    this.#isFocused = true;
    void this.webContents.whenUp
      .then(() => chromium?.send('Target.activateTarget', { targetId: this.webContents.targetId }))
      .catch(() => undefined);
    this.emit('focus', cancelableEvent());
  }
  minimize(): void {
    this.#isMinimized = true;
    this.emit('minimize', cancelableEvent());
  }
  restore(): void {
    this.#isMinimized = false;
    this.emit('restore', cancelableEvent());
  }
  isVisible(): boolean {
    return this.#isVisible;
  }
  isFocused(): boolean {
    return this.#isFocused;
  }
  isMinimized(): boolean {
    return this.#isMinimized;
  }
  isDestroyed(): boolean {
    return this.#isDestroyed;
  }
  setTitle(title: string): void {
    this.#title = title;
  }
  getTitle(): string {
    return this.#title;
  }
  getBounds(): Electron.Rectangle {
    return { ...this.#bounds };
  }
  setBounds(bounds: Partial<Electron.Rectangle>): void {
    this.#bounds = { ...this.#bounds, ...bounds };
    const { width, height } = this.#bounds;
    void this.webContents.whenUp
      .then(() =>
        this.webContents.tell('Emulation.setDeviceMetricsOverride', {
          ...{ width, height },
          ...{ deviceScaleFactor: 0, mobile: false },
        }),
      )
      .catch(() => undefined);
  }
  setContentProtection(enable: boolean): void {
    note('BrowserWindow.setContentProtection', enable);
  }
  setMenuBarVisibility(): void {
    // There is no menu bar to see.
  }

  close(): void {
    void this.askToClose();
  }
  destroy(): void {
    void this.webContents.closePage(true);
  }

  /** False when a listener or the page refused. */
  async askToClose(): Promise<boolean> {
    if (this.#isDestroyed) return true;
    const event = cancelableEvent();
    this.emit('close', event);
    if (event.defaultPrevented) return false;
    return this.webContents.closePage(false);
  }

  #gone(): void {
    this.#isDestroyed = true;
    windows.delete(this);
    this.emit('closed', cancelableEvent());
    if (windows.size === 0) app.allWindowsClosed();
  }
}
