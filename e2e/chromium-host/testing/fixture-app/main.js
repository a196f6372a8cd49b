// A small app that uses Electron as Holdfast does, so that the host's own specs do not need Holdfast.
import { join, normalize } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  net,
  protocol,
  session,
  shell,
  utilityProcess,
} from 'electron';

const pages = join(import.meta.dirname, 'page');
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'";
const contentTypes = { html: 'text/html', js: 'text/javascript', css: 'text/css' };

/** What happened, in order; specs read it. */
const events = [];
globalThis.fixtureMain = { events, window: null, utility: null };

app.setPath('userData', process.env.HOLDFAST_USER_DATA ?? '/tmp/host-fixture');
protocol.registerSchemesAsPrivileged([
  { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } },
]);
const isFirst = app.requestSingleInstanceLock();
if (!isFirst) app.quit();

app.on('second-instance', (_event, argv) => {
  events.push(`second instance: ${argv.at(-1)}`);
  globalThis.fixtureMain.window?.webContents.send('second', argv.length);
});
app.on('before-quit', () => events.push('before-quit'));
app.on('window-all-closed', () => app.quit());
app.on('web-contents-created', (_event, contents) => {
  events.push('web-contents-created');
  contents.on('will-navigate', (event, url) => {
    events.push(`will-navigate: ${url}`);
    if (!url.startsWith('app://')) event.preventDefault();
  });
  contents.on('render-process-gone', (_event, details) => {
    events.push(`render-process-gone: ${details.reason}`);
  });
  contents.setWindowOpenHandler(({ url }) => {
    events.push(`window.open: ${url}`);
    if (url.startsWith('https:')) void shell.openExternal(url);
    return { action: 'deny' };
  });
});

/** The names of what arrived, to see that kinds survive the way to the main process. */
function describe(value) {
  if (Array.isArray(value)) return value.map(describe);
  return Object.prototype.toString.call(value).slice(8, -1);
}

ipcMain.handle('echo', (_event, ...args) => args);
ipcMain.handle('describe', (_event, ...args) => describe(args));
ipcMain.handle('sender', ({ sender, senderFrame }) => ({
  id: sender.id,
  url: senderFrame.url,
  origin: senderFrame.origin,
  hasParent: senderFrame.parent !== null,
  isMainFrame: senderFrame === sender.mainFrame,
}));
ipcMain.handle('fail', () => {
  throw Object.assign(new TypeError('bad thing'), { code: 'EBAD' });
});
ipcMain.handle('function', () => () => 1);
ipcMain.handle('removed', () => 1);
ipcMain.removeHandler('removed');
ipcMain.handle('ticks', (event, count) => {
  for (let number = 1; number <= count; number += 1) event.sender.send('tick', number);
  return 'sent';
});
ipcMain.handle('pick', async () => {
  const { canceled, filePaths } = await dialog.showOpenDialog({ properties: ['openDirectory'] });
  return canceled ? null : filePaths;
});

async function answer(request) {
  const { host, pathname } = new URL(request.url);
  const path = normalize(join(pages, pathname));
  if (host !== 'bundle' || !path.startsWith(pages)) return new Response('', { status: 404 });
  const response = await net
    .fetch(pathToFileURL(path).href)
    .catch(() => new Response('no such page', { status: 404 }));
  const type = contentTypes[pathname.split('.').at(-1)] ?? 'text/plain';
  const headers = { 'content-type': type, 'content-security-policy': policy };
  return new Response(response.body, { status: response.status, headers });
}

function openWindow() {
  const window = new BrowserWindow({
    width: 1040,
    height: 720,
    minWidth: 640,
    minHeight: 480,
    show: false,
    title: 'Host fixture',
    webPreferences: {
      preload: join(import.meta.dirname, 'preload.cjs'),
      sandbox: true,
      contextIsolation: true,
    },
  });
  globalThis.fixtureMain.window = window;
  window.once('ready-to-show', () => {
    events.push('ready-to-show');
    window.show();
  });
  window.on('close', () => events.push('close'));
  window.on('closed', () => events.push('closed'));
  return window.loadURL('app://bundle/index.html');
}

void app.whenReady().then(async () => {
  if (!isFirst) return;
  protocol.handle('app', answer);
  const granted = (process.env.FIXTURE_GRANTS ?? '').split(',');
  session.defaultSession.setPermissionCheckHandler((_contents, permission) =>
    granted.includes(permission),
  );
  session.defaultSession.setPermissionRequestHandler((_contents, permission, decide) =>
    decide(granted.includes(permission)),
  );
  session.defaultSession.webRequest.onBeforeRequest(({ url }, decide) => {
    const isLocal = url.startsWith('app://');
    if (!isLocal) events.push(`blocked: ${url}`);
    decide({ cancel: !isLocal });
  });
  session.defaultSession.webRequest.onHeadersReceived(({ responseHeaders }, decide) =>
    decide({ responseHeaders: { ...responseHeaders, 'x-fixture': ['seen'] } }),
  );
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      { label: 'File', submenu: [{ id: 'quit', label: 'Quit', click: () => app.quit() }] },
    ]),
  );
  globalThis.fixtureMain.utility = utilityProcess.fork(
    join(import.meta.dirname, 'utility.js'),
    ['--from-main'],
    { serviceName: 'fixture', stdio: 'pipe', env: { ...process.env, FIXTURE_UTILITY: 'yes' } },
  );
  globalThis.fixtureMain.utility.on('exit', (code) => events.push(`utility exit: ${code}`));
  await openWindow();
});
