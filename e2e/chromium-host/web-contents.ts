/** `webContents`: one page, driven over its debugging session. */
import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import type * as Electron from 'electron';
import { cancelableEvent } from './cancelable-event.ts';
import type { CdpSession } from './cdp.ts';
import type { Chromium, PageTarget } from './chromium.ts';
import { codec } from './codec.ts';
import { guarded, guardInstances } from './guard.ts';
import { runHandler } from './ipc-main.ts';
import { emulatedMedia, nativeTheme } from './native-theme.ts';
import { setPageArea, type PageSize } from './page-area.ts';
import { BINDING, RECEIVER } from './page-preload-world.ts';
import { interceptRequests } from './page-requests.ts';
import { mainWorldScript, preloadWorldScript } from './page-scripts.ts';
import { settlePermissions } from './permissions.ts';
import { defaultSession, schemeUrls } from './session.ts';

type Provided = Pick<
  Electron.WebContents,
  'id' | 'getURL' | 'isDestroyed' | 'isCrashed' | 'send' | 'setWindowOpenHandler' | 'reload'
>;

const WORLD = 'Holdfast preload';
const PUSH = `function (kind, text) { globalThis.${RECEIVER}(kind, text); }`;

let lastId = 0;

export class WebContents extends EventEmitter implements Provided {
  readonly id: number;
  readonly session = defaultSession;
  readonly mainFrame: Electron.WebFrameMain;
  /** Resolves when the page can be navigated. */
  readonly whenUp: Promise<PageTarget>;
  #target: PageTarget | null = null;
  #preloadContext: string | null = null;
  #url = '';
  /** Where the page itself asked to go; null once that was decided. */
  #wantedByPage: string | null = null;
  #isDestroyed = false;
  #isCrashed = false;
  #windowOpenHandler: ((details: Electron.HandlerDetails) => { action: string }) | null = null;
  #popupUrl = '';
  readonly #chromium: Chromium;
  readonly #nonce = `holdfast${randomBytes(8).toString('hex')}`;
  readonly #gone = Promise.withResolvers<void>();

  constructor(chromium: Chromium, preferences: Electron.WebPreferences, size: PageSize) {
    super();
    lastId += 1;
    this.id = lastId;
    this.#chromium = chromium;
    this.mainFrame = frameOf(() => this.#url);
    this.whenUp = this.#setUp(preferences, size);
    this.whenUp.catch(() => undefined);
    nativeTheme.on('updated', this.#applyTheme);
  }

  /** Of the protocol's target; '' before the page is up. */
  get targetId(): string {
    return this.#target?.targetId ?? '';
  }

  get debuggingSessionId(): string {
    return this.#target?.session.id ?? '';
  }

  getURL(): string {
    return this.#url;
  }
  isDestroyed(): boolean {
    return this.#isDestroyed;
  }
  isCrashed(): boolean {
    return this.#isCrashed;
  }

  setWindowOpenHandler(handler: (details: Electron.HandlerDetails) => { action: string }): void {
    this.#windowOpenHandler = handler;
  }

  send(channel: string, ...args: unknown[]): void {
    this.#push('message', codec.encode([channel, args]), this.#preloadContext);
  }

  reload(): void {
    this.whenUp.then(({ session }) => session.send('Page.reload')).catch(() => undefined);
  }

  /** Rejects when the address cannot be loaded; else resolves when the page has finished loading, or is gone. */
  async loadURL(url: string): Promise<void> {
    const { session } = await this.whenUp;
    await settlePermissions(this.#chromium, this);
    const loaded = new Promise<void>((resolve) => this.once('did-finish-load', () => resolve()));
    const { errorText } = await session.send<{ errorText?: string }>('Page.navigate', {
      url: schemeUrls.toPage(url),
    });
    if (errorText !== undefined) {
      throw new Error(`${errorText.replace('net::', '')} loading '${url}'`);
    }
    await Promise.race([loaded, this.#gone.promise]);
  }

  async resize(size: PageSize): Promise<void> {
    const target = await this.whenUp;
    await setPageArea(this.#chromium, target, size);
  }

  /** False when the page wants to stay. A crashed page is never asked: it would not answer. */
  async closePage(isForced: boolean): Promise<boolean> {
    const target = await this.whenUp.catch(() => null);
    if (this.#isDestroyed || target === null) return true;
    if (!isForced && !this.#isCrashed && (await wantsToStay(target.session))) {
      const event = cancelableEvent();
      this.emit('will-prevent-unload', event);
      if (!event.defaultPrevented) return false;
    }
    await this.#chromium
      .send('Target.closeTarget', { targetId: target.targetId })
      .catch(() => this.detached());
    await this.#gone.promise;
    return true;
  }

  /** The target is gone, for whatever reason. */
  detached(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    nativeTheme.off('updated', this.#applyTheme);
    this.#gone.resolve();
    this.emit('destroyed', cancelableEvent());
  }

  /** Child windows are not provided: whatever the app's handler answers, the new page is closed, and no request leaves. */
  async refusePopup(popup: PageTarget): Promise<void> {
    const answer = this.#windowOpenHandler?.({
      url: schemeUrls.toApp(this.#popupUrl),
      frameName: '',
      features: '',
      disposition: 'foreground-tab',
      referrer: { url: '', policy: 'default' },
    });
    if (answer?.action !== 'deny') console.error('Chromium host: child windows are not provided');
    await this.#chromium
      .send('Target.closeTarget', { targetId: popup.targetId })
      .catch(() => undefined);
    // Let go afterwards, or the page that asked waits for ever.
    await popup.session.send('Runtime.runIfWaitingForDebugger').catch(() => undefined);
  }

  async #setUp(preferences: Electron.WebPreferences, size: PageSize): Promise<PageTarget> {
    const preload =
      preferences.preload === undefined ? '' : readFileSync(preferences.preload, 'utf8');
    const target = await this.#chromium.createPage(size);
    const { session } = target;
    this.#target = target;
    this.#follow(target);
    const onNewDocument = 'Page.addScriptToEvaluateOnNewDocument';
    await Promise.all([
      session.send('Page.enable'),
      session.send('Runtime.enable'),
      session.send('Page.setLifecycleEventsEnabled', { enabled: true }),
      session.send('Runtime.addBinding', { name: BINDING, executionContextName: WORLD }),
      session.send(onNewDocument, { source: mainWorldScript(this.#nonce) }),
      session.send(onNewDocument, {
        source: preloadWorldScript(this.#nonce, preload),
        worldName: WORLD,
      }),
      interceptRequests(session, (frameId, url) => this.#allowsNavigation(frameId, url)),
      session.send('Runtime.runIfWaitingForDebugger'),
    ]);
    await setPageArea(this.#chromium, target, size);
    return target;
  }

  /** A page's main frame has the id of its target. */
  #follow({ targetId, session }: PageTarget): void {
    session.on('Runtime.executionContextCreated', ({ context }: ContextCreated) => {
      const isMainFrame = context.auxData.frameId === targetId;
      if (context.name === WORLD && isMainFrame) this.#preloadContext = context.uniqueId;
    });
    session.on('Runtime.bindingCalled', ({ name, payload }: { name: string; payload: string }) => {
      if (name === BINDING) void this.#answer(payload);
    });
    session.on('Page.frameRequestedNavigation', ({ frameId, url }: NavigationRequest) => {
      if (frameId === targetId) this.#wantedByPage = schemeUrls.toApp(withoutFragment(url));
    });
    session.on('Page.frameNavigated', ({ frame }: FrameNavigated) => {
      if (frame.id !== targetId) return;
      this.#url = schemeUrls.toApp(frame.url + (frame.urlFragment ?? ''));
      this.#isCrashed = false;
      // A new document may come without it: Playwright's own settings are put back first.
      if (nativeTheme.themeSource !== 'system') this.#applyTheme();
    });
    session.on('Page.navigatedWithinDocument', ({ frameId, url }: NavigationRequest) => {
      if (frameId === targetId) this.#url = schemeUrls.toApp(url);
    });
    session.on('Page.lifecycleEvent', ({ name, frameId }: { name: string; frameId: string }) => {
      if (frameId !== targetId || this.#isEmpty) return;
      if (name === 'firstPaint') this.emit('first-paint');
      if (name === 'load') this.emit('did-finish-load', cancelableEvent());
    });
    session.on('Page.windowOpen', ({ url }: { url: string }) => {
      this.#popupUrl = url;
    });
    session.on('Inspector.targetCrashed', () => {
      this.#isCrashed = true;
      this.#preloadContext = null;
      this.emit('render-process-gone', cancelableEvent(), { reason: 'crashed', exitCode: 11 });
    });
  }

  /** Before the first load a page is there, but empty. */
  get #isEmpty(): boolean {
    return this.#url === '' || this.#url === 'about:blank' || this.#url.startsWith('data:');
  }

  readonly #applyTheme = (): void => {
    this.whenUp
      .then(({ session }) => session.send('Emulation.setEmulatedMedia', emulatedMedia()))
      .catch(() => undefined);
  };

  #allowsNavigation(frameId: string, url: string): boolean {
    if (frameId !== this.targetId) return true;
    const isByPage = this.#wantedByPage === url;
    this.#wantedByPage = null;
    // As in Electron, only the page itself is asked about, not the app's own navigation.
    if (!isByPage) return true;
    const event = cancelableEvent({ url, isMainFrame: true, isSameDocument: false });
    this.emit('will-navigate', event, url);
    return !event.defaultPrevented;
  }

  async #answer(payload: string): Promise<void> {
    const context = this.#preloadContext;
    const [id, channel, args] = codec.decode(payload) as [number, string, unknown[]];
    const event = guarded('event', {
      ...cancelableEvent(),
      type: 'frame',
      sender: this,
      senderFrame: this.mainFrame,
      frameId: 1,
      processId: 1,
    }) as unknown as Electron.IpcMainInvokeEvent;
    let text: string;
    try {
      text = codec.encode([id, true, await runHandler(channel, event, args)]);
    } catch (error) {
      console.error(`Error occurred in handler for '${channel}':`, error);
      text = codec.encode([id, false, String(error)]);
    }
    this.#push('reply', text, context);
  }

  #push(kind: 'reply' | 'message', text: string, context: string | null): void {
    if (context === null || this.#isDestroyed || this.#target === null) return;
    this.#target.session
      .send('Runtime.callFunctionOn', {
        functionDeclaration: PUSH,
        arguments: [{ value: kind }, { value: text }],
        uniqueContextId: context,
      })
      // The page may have been reloaded meanwhile; then nobody waits any more.
      .catch(() => undefined);
  }
}
guardInstances('webContents', WebContents);

interface ContextCreated {
  readonly context: {
    readonly name: string;
    readonly uniqueId: string;
    readonly auxData: { readonly frameId: string };
  };
}

interface NavigationRequest {
  readonly frameId: string;
  readonly url: string;
}

interface FrameNavigated {
  readonly frame: { readonly id: string; readonly url: string; readonly urlFragment?: string };
}

/** One object for the life of the page, so that apps may compare it. */
function frameOf(url: () => string): Electron.WebFrameMain {
  const frame = {
    get url(): string {
      return url();
    },
    get origin(): string {
      return /^[a-z][a-z0-9+.-]*:\/\/[^/]*/iu.exec(url())?.[0] ?? 'null';
    },
    parent: null,
  } satisfies Pick<Electron.WebFrameMain, 'url' | 'origin' | 'parent'>;
  return guarded('webFrameMain', frame) as unknown as Electron.WebFrameMain;
}

/** By a plain event: Playwright, the other client, would accept a native dialog and the window would be gone. */
async function wantsToStay(page: CdpSession): Promise<boolean> {
  const expression = `!dispatchEvent(new Event('beforeunload', { cancelable: true }))`;
  const answer = page
    .send<{ result: { value: unknown } }>('Runtime.evaluate', { expression, returnByValue: true })
    .then(
      ({ result }) => result.value === true,
      () => false,
    );
  // A page that crashes meanwhile never answers, and the news of an earlier crash may still be on its way.
  const crashed = new Promise<boolean>((resolve) => {
    page.once('Inspector.targetCrashed', () => resolve(false));
  });
  return Promise.race([answer, crashed]);
}

/** Fragments do not travel with a request. */
function withoutFragment(url: string): string {
  return url.split('#', 1).join('');
}
