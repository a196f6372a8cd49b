/** The window and what its page may do: sandboxed, from `app://bundle` only, no navigation, no further windows, no permissions. */
import { readFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join, normalize, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { app, BrowserWindow, net, protocol, session } from 'electron';
import { contentSecurityPolicy, NONCE_PLACEHOLDER } from './content-security.ts';

export const ORIGIN = 'app://bundle';
const SCHEME = 'app';
const WINDOW_SIZE = { width: 1040, height: 720 };
const RELOAD_AGAIN_AFTER_MS = 10_000;
const MIN_SIZE = { minWidth: 640, minHeight: 480 };

/** Before the app is ready. */
export function registerPageScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** Serves the built page from `folder`, and locks what any page could ask for. */
export function securePages(folder: string): void {
  protocol.handle(SCHEME, (request) => servePage(folder, request));
  session.defaultSession.setPermissionRequestHandler((_contents, _permission, decide) =>
    decide(false),
  );
  session.defaultSession.setPermissionCheckHandler(() => false);
  session.defaultSession.setDevicePermissionHandler(() => false);
  app.on('web-contents-created', (_event, contents) => {
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
    contents.on('will-navigate', (event) => event.preventDefault());
    contents.on('will-attach-webview', (event) => event.preventDefault());
  });
}

async function servePage(folder: string, request: Request): Promise<Response> {
  const { host, pathname } = new URL(request.url);
  const wanted = decodeURIComponent(pathname === '/' ? '/index.html' : pathname);
  const path = normalize(join(folder, wanted));
  if (host !== 'bundle' || request.method !== 'GET' || !path.startsWith(folder + sep)) {
    return new Response('not found', { status: 404 });
  }
  if (wanted === '/index.html') return serveDocument(path);
  try {
    const response = await net.fetch(pathToFileURL(path).href);
    return new Response(response.body, {
      headers: { 'content-type': contentType(path), 'x-content-type-options': 'nosniff' },
    });
  } catch {
    return new Response('not found', { status: 404 });
  }
}

/** Each load gets a nonce of its own for the component library's style tags. */
async function serveDocument(path: string): Promise<Response> {
  const nonce = randomBytes(16).toString('base64');
  const html = await readFile(path, 'utf8');
  return new Response(html.replaceAll(NONCE_PLACEHOLDER, nonce), {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': contentSecurityPolicy(nonce),
      'x-content-type-options': 'nosniff',
    },
  });
}

const contentTypes: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  woff2: 'font/woff2',
  json: 'application/json',
};

function contentType(path: string): string {
  return contentTypes[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
}

/** Shown once its first paint is there, so that nobody sees an empty frame. */
export function openWindow(preload: string, icon: string): BrowserWindow {
  const window = new BrowserWindow({
    ...WINDOW_SIZE,
    ...MIN_SIZE,
    title: 'Holdfast',
    icon,
    show: false,
    autoHideMenuBar: true,
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      spellcheck: false,
    },
  });
  window.once('ready-to-show', () => window.show());
  reloadAfterCrash(window);
  void window.loadURL(`${ORIGIN}/index.html`);
  return window;
}

/** The page holds no state that counts, so it simply comes again; one that dies at once is left alone. */
function reloadAfterCrash(window: BrowserWindow): void {
  let lastMs = Number.NEGATIVE_INFINITY;
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    const nowMs = performance.now();
    if (reason === 'clean-exit' || nowMs - lastMs < RELOAD_AGAIN_AFTER_MS) return;
    lastMs = nowMs;
    window.webContents.reload();
  });
}
