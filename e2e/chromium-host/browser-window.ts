/** `BrowserWindow`: a page with a size and a state. Visibility and focus are a model; headless there is nothing to see. */
import { EventEmitter } from 'node:events';
import type * as Electron from 'electron';
import { app } from './app.ts';
import { cancelableEvent } from './cancelable-event.ts';
import type { Chromium } from './chromium.ts';
import { note } from './desktop-journal.ts';
import { guardInstances, notProvided } from './guard.ts';
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
  | 'isDestroyed'
  | 'isMinimized'
  | 'minimize'
  | 'restore'
  | 'setTitle'
  | 'getBounds'
  | 'setBounds'
  | 'setSize'
  | 'setContentSize'
  | 'setContentProtection'
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
  readonly #smallest: { readonly width: number; readonly height: number };
  #bounds: Electron.Rectangle;
  #isVisible: boolean;
  #isMinimized = false;
  #isDestroyed = false;
  #isClosing = false;

  static getAllWindows(): BrowserWindow[] {
    return [...windows];
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
    this.#smallest = { width: options.minWidth ?? 0, height: options.minHeight ?? 0 };
    this.#bounds = { x: 0, y: 0, width: options.width ?? 800, height: options.height ?? 600 };
    this.#isVisible = options.show !== false;
    this.webContents = new WebContents(chromium, preferences, this.#bounds);
    this.id = this.webContents.id;
    this.webContents.once('first-paint', () => this.emit('ready-to-show', cancelableEvent()));
    this.webContents.once('destroyed', () => this.#gone());
    windows.add(this);
    app.emit('web-contents-created', cancelableEvent(), this.webContents);
    app.emit('browser-window-created', cancelableEvent(), this);
  }

  loadURL(url: string): Promise<void> {
    return this.webContents.loadURL(url);
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
    this.#setState('minimized');
    this.emit('hide', cancelableEvent());
  }
  focus(): void {
    this.#setState('normal');
    this.emit('focus', cancelableEvent());
  }
  minimize(): void {
    this.#isMinimized = true;
    this.#setState('minimized');
    this.emit('minimize', cancelableEvent());
  }
  restore(): void {
    this.#isMinimized = false;
    this.#setState('normal');
    this.emit('restore', cancelableEvent());
  }
  isVisible(): boolean {
    return this.#isVisible;
  }
  isMinimized(): boolean {
    return this.#isMinimized;
  }
  isDestroyed(): boolean {
    return this.#isDestroyed;
  }
  setTitle(title: string): void {
    note('BrowserWindow.setTitle', title);
  }
  getBounds(): Electron.Rectangle {
    return { ...this.#bounds };
  }
  /** The position is kept and told; nothing is moved. The size is the page's: windows here have no frame. */
  setBounds(bounds: Partial<Electron.Rectangle>): void {
    const wanted = { ...this.#bounds, ...bounds };
    this.#bounds = {
      ...wanted,
      width: Math.max(wanted.width, this.#smallest.width),
      height: Math.max(wanted.height, this.#smallest.height),
    };
    this.webContents.resize(this.#bounds).catch(() => undefined);
  }
  setSize(width: number, height: number): void {
    this.setBounds({ width, height });
  }
  setContentSize(width: number, height: number): void {
    this.setBounds({ width, height });
  }
  setContentProtection(enable: boolean): void {
    note('BrowserWindow.setContentProtection', enable);
  }

  close(): void {
    void this.askToClose();
  }
  destroy(): void {
    this.#isClosing = true;
    void this.webContents.closePage(true);
  }

  /** False when a listener or the page refused. */
  async askToClose(): Promise<boolean> {
    if (this.#isDestroyed) return true;
    const event = cancelableEvent();
    this.emit('close', event);
    if (event.defaultPrevented) return false;
    this.#isClosing = true;
    this.#isClosing = await this.webContents.closePage(false);
    return this.#isClosing;
  }

  /** What a person sees of a headed window. The model above is what the app and the specs ask. */
  #setState(windowState: 'normal' | 'minimized'): void {
    this.#applyState(windowState).catch(() => undefined);
  }

  async #applyState(windowState: 'normal' | 'minimized'): Promise<void> {
    const { targetId } = await this.webContents.whenUp;
    if (chromium === null) return;
    const { windowId } = await chromium.send<{ windowId: number }>('Browser.getWindowForTarget', {
      targetId,
    });
    const change = (state: string): Promise<unknown> | undefined =>
      chromium?.send('Browser.setWindowBounds', { windowId, bounds: { windowState: state } });
    // A new headless window has no state yet and cannot be minimised.
    await change('normal');
    if (windowState === 'minimized') await change('minimized');
    else await chromium.send('Target.activateTarget', { targetId });
  }

  #gone(): void {
    // A person closed a headed window; Chromium does not ask first.
    if (!this.#isClosing) this.emit('close', cancelableEvent());
    this.#isDestroyed = true;
    windows.delete(this);
    this.emit('closed', cancelableEvent());
    if (windows.size === 0) app.allWindowsClosed();
  }
}
guardInstances('BrowserWindow', BrowserWindow);
