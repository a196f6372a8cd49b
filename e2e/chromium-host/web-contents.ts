/** `webContents`: one page, driven over its debugging session. Its requests pass through here before they reach anything else. */
import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import type * as Electron from 'electron';
import { app } from './app.ts';
import { cancelableEvent } from './cancelable-event.ts';
import type { CdpSession } from './cdp.ts';
import type { Chromium, PageTarget } from './chromium.ts';
import { codec } from './codec.ts';
import { ipcMain } from './ipc-main.ts';
import { BINDING, RECEIVER } from './page-preload-world.ts';
import { mainWorldScript, preloadWorldScript } from './page-scripts.ts';
import { defaultSession, handlerFor, schemeUrls } from './session.ts';

type Provided = Pick<
  Electron.WebContents,
  'id' | 'getURL' | 'isDestroyed' | 'isCrashed' | 'send' | 'setWindowOpenHandler' | 'reload'
>;

const WORLD = 'Holdfast preload';

interface PausedRequest {
  readonly requestId: string;
  readonly frameId: string;
  readonly resourceType: string;
  readonly request: {
    readonly url: string;
    readonly method: string;
    readonly headers: Record<string, string>;
  };
}

export interface PageSize {
  readonly width: number;
  readonly height: number;
}

let lastId = 0;

export class WebContents extends EventEmitter implements Provided {
  readonly id: number;
  readonly session = defaultSession;
  /** Resolves when the page can be navigated. */
  readonly whenUp: Promise<void>;
  #targetId = '';
  #page: CdpSession | null = null;
  #preloadContext: string | null = null;
  #url = '';
  #frameId = '';
  #isOwnNavigation = false;
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
    this.whenUp = this.#setUp(preferences, size);
    this.whenUp.catch(() => undefined);
  }

  get targetId(): string {
    return this.#targetId;
  }

  get debuggingSessionId(): string {
    return this.#page?.id ?? '';
  }

  get mainFrame(): Electron.WebFrameMain {
    return this.#frame();
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
    this.#isOwnNavigation = true;
    void this.tell('Page.reload').catch(() => undefined);
  }

  async loadURL(url: string): Promise<void> {
    await this.whenUp;
    this.#isOwnNavigation = true;
    const loaded = new Promise<void>((resolve) => this.once('did-finish-load', () => resolve()));
    const { errorText } = await this.tell<{ errorText?: string }>('Page.navigate', {
      url: schemeUrls.toPage(url),
    });
    if (errorText !== undefined) {
      this.#isOwnNavigation = false;
      throw new Error(`${errorText.replace('net::', '')} loading '${url}'`);
    }
    await Promise.race([loaded, this.#gone.promise]);
  }

  /** Sends a command of the debugging protocol to the page. */
  async tell<Fields>(
    method: string,
    params: Readonly<Record<string, unknown>> = {},
  ): Promise<Fields> {
    if (this.#page === null) throw new Error(`${method}: the page is not there yet`);
    return this.#page.send<Fields>(method, params);
  }

  /** False when the page wants to stay. A crashed page is never asked: it would not answer. */
  async closePage(isForced: boolean): Promise<boolean> {
    await this.whenUp.catch(() => undefined);
    if (this.#isDestroyed) return true;
    if (!isForced && !this.#isCrashed && (await this.#wantsToStay())) {
      const event = cancelableEvent();
      this.emit('will-prevent-unload', event);
      if (!event.defaultPrevented) return false;
    }
    await this.#chromium
      .send('Target.closeTarget', { targetId: this.#targetId })
      .catch(() => this.detached());
    await this.#gone.promise;
    return true;
  }

  /** The target is gone, for whatever reason. */
  detached(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    this.#gone.resolve();
    this.emit('destroyed', cancelableEvent());
  }

  /** Child windows are not provided: whatever the app's handler answers, the new page is closed, and no request leaves. */
  async refusePopup(popup: PageTarget): Promise<void> {
    this.#windowOpenHandler?.({
      url: schemeUrls.toApp(this.#popupUrl),
      frameName: '',
      features: '',
      disposition: 'foreground-tab',
      referrer: { url: '', policy: 'default' },
    });
    await this.#chromium
      .send('Target.closeTarget', { targetId: popup.targetId })
      .catch(() => undefined);
    // Let go afterwards, or the page that asked waits for ever.
    await popup.session.send('Runtime.runIfWaitingForDebugger').catch(() => undefined);
  }

  async #setUp(preferences: Electron.WebPreferences, size: PageSize): Promise<void> {
    const { targetId, session } = await this.#chromium.createPage(size);
    this.#targetId = targetId;
    this.#page = session;
    this.#follow(session);
    const preload =
      preferences.preload === undefined ? '' : readFileSync(preferences.preload, 'utf8');
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
      session.send('Fetch.enable', { patterns: [{ urlPattern: '*', requestStage: 'Request' }] }),
      // Without a frame around it the page would be smaller than the window that was asked for.
      ...(this.#chromium.isHeaded
        ? []
        : [
            session.send('Emulation.setDeviceMetricsOverride', {
              ...size,
              deviceScaleFactor: 0,
              mobile: false,
            }),
          ]),
      session.send('Runtime.runIfWaitingForDebugger'),
    ]);
    app.emit('web-contents-created', cancelableEvent(), this);
  }

  #follow(session: CdpSession): void {
    session.on(
      'Runtime.executionContextCreated',
      ({
        context,
      }: {
        context: { name: string; uniqueId: string; auxData: { frameId: string } };
      }) => {
        const isMainFrame = context.auxData.frameId === (this.#frameId || this.#targetId);
        if (context.name === WORLD && isMainFrame) this.#preloadContext = context.uniqueId;
      },
    );
    session.on('Runtime.bindingCalled', ({ name, payload }: { name: string; payload: string }) => {
      if (name === BINDING) void this.#answer(payload);
    });
    session.on(
      'Page.frameNavigated',
      ({
        frame,
      }: {
        frame: { id: string; parentId?: string; url: string; urlFragment?: string };
      }) => {
        if (frame.parentId !== undefined) return;
        this.#frameId = frame.id;
        this.#url = schemeUrls.toApp(frame.url + (frame.urlFragment ?? ''));
        this.#isCrashed = false;
        this.emit('did-navigate', cancelableEvent(), this.#url, 200, '');
      },
    );
    session.on(
      'Page.navigatedWithinDocument',
      ({ frameId, url }: { frameId: string; url: string }) => {
        if (frameId === this.#frameId) this.#url = schemeUrls.toApp(url);
      },
    );
    session.on('Page.domContentEventFired', () => this.emit('dom-ready', cancelableEvent()));
    session.on('Page.lifecycleEvent', ({ name, frameId }: { name: string; frameId: string }) => {
      if (name === 'firstPaint' && frameId === this.#frameId) this.emit('first-paint');
    });
    session.on('Page.loadEventFired', () => {
      if (this.#url !== '' && this.#url !== 'about:blank')
        this.emit('did-finish-load', cancelableEvent());
    });
    session.on('Page.windowOpen', ({ url }: { url: string }) => {
      this.#popupUrl = url;
    });
    session.on('Inspector.targetCrashed', () => {
      this.#isCrashed = true;
      this.emit('render-process-gone', cancelableEvent(), { reason: 'crashed', exitCode: 11 });
    });
    session.on('Fetch.requestPaused', (paused: PausedRequest) => {
      this.#respond(session, paused).catch(() => undefined);
    });
  }

  async #respond(session: CdpSession, paused: PausedRequest): Promise<void> {
    const { requestId, request } = paused;
    const url = schemeUrls.toApp(request.url);
    const isMainDocument =
      paused.resourceType === 'Document' && paused.frameId === (this.#frameId || this.#targetId);
    if (isMainDocument && !this.#allowsNavigation(url)) {
      await session.send('Fetch.failRequest', { requestId, errorReason: 'Aborted' });
      return;
    }
    const handler = handlerFor(url);
    if (handler === null) {
      await session.send('Fetch.continueRequest', { requestId });
      return;
    }
    const response = await Promise.resolve(
      handler(new Request(url, { method: request.method, headers: request.headers })),
    ).catch((error: unknown) => {
      console.error(error);
      return Response.error();
    });
    if (response.type === 'error') {
      await session.send('Fetch.failRequest', { requestId, errorReason: 'Failed' });
      return;
    }
    await session.send('Fetch.fulfillRequest', {
      requestId,
      responseCode: response.status,
      responseHeaders: Array.from(response.headers, ([name, value]) => ({ name, value })),
      body: Buffer.from(await response.arrayBuffer()).toString('base64'),
    });
  }

  #allowsNavigation(url: string): boolean {
    const isOwn = this.#isOwnNavigation;
    this.#isOwnNavigation = false;
    if (isOwn) return true;
    const event = cancelableEvent({ url, isMainFrame: true, isSameDocument: false });
    this.emit('will-navigate', event, url);
    return !event.defaultPrevented;
  }

  async #answer(payload: string): Promise<void> {
    const context = this.#preloadContext;
    const [id, channel, args] = codec.decode(payload) as [number, string, unknown[]];
    const event = cancelableEvent({
      sender: this,
      senderFrame: this.#frame(),
      frameId: 1,
      processId: 1,
      type: 'frame',
    }) as unknown as Electron.IpcMainInvokeEvent;
    let text: string;
    try {
      text = codec.encode([id, true, await ipcMain.run(channel, event, args)]);
    } catch (error) {
      console.error(`Error occurred in handler for '${channel}':`, error);
      text = codec.encode([id, false, String(error)]);
    }
    this.#push('reply', text, context);
  }

  #push(kind: 'reply' | 'message', text: string, context: string | null): void {
    if (context === null || this.#isDestroyed) return;
    const expression = `${RECEIVER}(${JSON.stringify(kind)},${JSON.stringify(text)})`;
    // The page may have been reloaded meanwhile; then nobody waits any more.
    this.tell('Runtime.evaluate', { expression, uniqueContextId: context }).catch(() => undefined);
  }

  #frame(): Electron.WebFrameMain {
    const origin = /^[a-z][a-z0-9+.-]*:\/\/[^/]*/iu.exec(this.#url)?.[0] ?? 'null';
    return { url: this.#url, origin, parent: null } as unknown as Electron.WebFrameMain;
  }

  /** By a plain event: Playwright, the other client, would accept a native dialog and the window would be gone. */
  async #wantsToStay(): Promise<boolean> {
    const expression = `!dispatchEvent(new Event('beforeunload', { cancelable: true }))`;
    const answer = await this.tell<{ result: { value: unknown } }>('Runtime.evaluate', {
      expression,
      returnByValue: true,
    }).catch(() => null);
    return answer?.result.value === true;
  }
}
