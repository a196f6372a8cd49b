/** The composition root: builds the parts, plugs them together, and follows the life of the app. */
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import {
  app,
  BrowserWindow,
  clipboard,
  dialog,
  ipcMain,
  Menu,
  nativeTheme,
  powerSaveBlocker,
  shell,
  systemPreferences,
  utilityProcess,
} from 'electron';
import { asksForSignIn } from '../../shared/error-catalog.ts';
import { HoldfastError } from '../../shared/errors.ts';
import type { EventName } from '../../shared/ipc/channel-names.ts';
import { languageFor, type Language } from '../../shared/language.ts';
import type { EventPayload } from '../../shared/ipc/contract.ts';
import { iCloudFolder } from '../platform/icloud-folder.ts';
import { ConfigStore } from '../platform/config-store.ts';
import { googleSettings, type GoogleSettings } from '../platform/google/google-settings.ts';
import { JobHistory } from '../platform/job-history.ts';
import { SecretStore } from '../platform/secret-store.ts';
import { AppModel, type Surroundings } from './app-model.ts';
import { ClipboardGuard } from './clipboard-guard.ts';
import { DestinationTurns } from './destination-turns.ts';
import { EngineClient } from './engine-client.ts';
import type { DesktopPort } from './handlers/context.ts';
import { makeHandlers } from './handlers/handlers.ts';
import { finishChanges } from './handlers/key-change.ts';
import { forgetDeadDrafts } from './handlers/protection.ts';
import { routeRequests } from './ipc-router.ts';
import { Jobs } from './jobs.ts';
import { KeyDrafts } from './key-drafts.ts';
import { LogFile } from './log.ts';
import { menuTemplate } from './menu.ts';
import { nativeTexts } from './native-texts.ts';
import { PathGrants } from './path-grants.ts';
import { Places } from './places.ts';
import { PersonCheck } from './person-check.ts';
import { openWindow, ORIGIN, registerPageScheme, securePages } from './window.ts';

const out = join(import.meta.dirname, '..');
const icon = join(out, '..', 'build', 'icon.png');

const userData = process.env['HOLDFAST_USER_DATA'];
if (userData !== undefined && userData !== '') app.setPath('userData', userData);
app.enableSandbox();
registerPageScheme();

let window: BrowserWindow | null = null;

function showWindow(): void {
  if (window === null || window.isDestroyed()) {
    window = openWindow(join(out, 'preload', 'preload.cjs'), icon);
    window.on('closed', () => {
      window = null;
    });
    return;
  }
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}

function send<Name extends EventName>(name: Name, payload: EventPayload<Name>): void {
  if (window !== null && !window.isDestroyed()) window.webContents.send(name, payload);
}

/** Of the system's dialogs and the menu. Known once the settings are read. */
let language = (): Language => languageFor('system', app.getLocale());

const desktop: DesktopPort = {
  async chooseFolders(purpose) {
    const canCreate = purpose === 'destination' || purpose === 'restore-target';
    const options: Electron.OpenDialogOptions = {
      title: nativeTexts(language()).dialogTitles[purpose],
      properties: [
        'openDirectory',
        ...(purpose === 'source' ? (['multiSelections'] as const) : []),
        ...(canCreate ? (['createDirectory'] as const) : []),
      ],
    };
    const answer = await (window === null
      ? dialog.showOpenDialog(options)
      : dialog.showOpenDialog(window, options));
    return answer.canceled ? [] : answer.filePaths;
  },
  async chooseFile(name, extension) {
    const options: Electron.SaveDialogOptions = {
      title: name,
      defaultPath: join(app.getPath('downloads'), `${name}.${extension}`),
      filters: [{ name: extension.toUpperCase(), extensions: [extension] }],
      properties: ['createDirectory', 'showOverwriteConfirmation'],
    };
    const answer = await (window === null
      ? dialog.showSaveDialog(options)
      : dialog.showSaveDialog(window, options));
    return answer.canceled || answer.filePath === '' ? null : answer.filePath;
  },
  async authenticate() {
    // Elsewhere Electron has no such question.
    if (process.platform !== 'darwin' || !systemPreferences.canPromptTouchID()) return true;
    return systemPreferences.promptTouchID(nativeTexts(language()).touchId).then(
      () => true,
      () => false,
    );
  },
  protectContent(isProtected) {
    window?.setContentProtection(isProtected);
  },
  standardFolder(kind) {
    try {
      return app.getPath(kind);
    } catch {
      return null;
    }
  },
  showInFolder: (path) => void shell.openPath(path),
  openAddress: (url) => shell.openExternal(url),
  signInFarewell: () => nativeTexts(language()).signInFarewell,
  applyTheme(theme) {
    nativeTheme.themeSource = theme;
  },
};

/** Throws for addresses in the environment that must not be followed. */
function google(): GoogleSettings {
  return googleSettings(process.env, app.isPackaged);
}

function storages(): Surroundings['storages'] {
  const hasICloud = iCloudFolder() !== null;
  try {
    const { client, servers, isRedirected } = google();
    return {
      hasGoogleClient: client !== null,
      googleRedirectedTo: isRedirected ? new URL(servers.apiUrl).origin : null,
      hasICloud,
    };
  } catch {
    // Said again, with its reason, by whoever wants to sign in.
    return { hasGoogleClient: true, googleRedirectedTo: null, hasICloud };
  }
}

function surroundings(): Surroundings {
  const { platform } = process;
  return {
    version: app.getVersion(),
    platform: platform === 'darwin' || platform === 'win32' ? platform : 'linux',
    runtime: process.versions['electron'] === undefined ? 'chromium-host' : 'electron',
    computerName: hostname(),
    systemLanguage: app.getLocale(),
    storages: storages(),
  };
}

/** Some systems have accounts without a name, and throw then. */
function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
}

/** Keeps the machine awake only while something runs. */
function stayAwake(): (isBusy: boolean) => void {
  let blocker: number | null = null;
  return (isBusy) => {
    if (isBusy) blocker ??= powerSaveBlocker.start('prevent-app-suspension');
    else if (blocker !== null) {
      powerSaveBlocker.stop(blocker);
      blocker = null;
    }
  };
}

async function start(): Promise<void> {
  const folder = app.getPath('userData');
  const log = new LogFile(join(folder, 'logs'));
  log.write('info', 'start', { version: app.getVersion(), platform: process.platform });
  const config = await ConfigStore.open(join(folder, 'settings.json'));
  const secrets = new SecretStore();
  const places = new Places(secrets, google);
  const history = new JobHistory(join(folder, 'jobs.json'));
  const past = await history.load();
  const notices = [config.notice, history.notice].filter((notice) => notice !== null);
  const engine = new EngineClient(
    () =>
      utilityProcess.fork(
        join(import.meta.dirname, 'engine-host.js'),
        [`--app-version=${app.getVersion()}`, `--cache-folder=${join(folder, 'storage-cache')}`],
        {
          serviceName: 'Holdfast engine',
        },
      ),
    (level, ...parts) => log.write(level, ...parts),
    (client) => {
      client.call('bandwidth:limit', config.settings.bandwidth).catch((error: unknown) => {
        log.write('warn', 'limits of speed are not in force', error);
      });
    },
  );
  const model = new AppModel(
    config,
    secrets,
    places,
    surroundings(),
    (state) => send('state:changed', state),
    notices,
  );
  const jobs = new Jobs(history, past, {
    changed(job) {
      send('job:changed', job);
      // A run may have found the disk that was away, or the sign-in that was missing.
      if (job.finishedAt !== null) void model.refresh();
    },
    pause: (jobId) => engine.call('job:pause', { jobId }),
    resume: (jobId) => engine.call('job:resume', { jobId }),
    busy: stayAwake(),
    failed(job, error) {
      log.write('warn', `${job.kind} ended`, error);
      const code = error instanceof HoldfastError ? error.code : null;
      // Another computer changed the secret: this one pauses and asks.
      if (code === 'repo/wrong-secret') void model.refuse(job.destinationId);
      else if (code !== null && asksForSignIn(code)) {
        void model.setSignedOut(job.destinationId, code);
      } else void model.refresh();
    },
  });
  engine.on('job:progress', ({ jobId, paused, waiting, progress }) =>
    jobs.progress(jobId, paused, waiting, progress),
  );

  const drafts = new KeyDrafts();
  const turns = new DestinationTurns();
  const clipboardGuard = new ClipboardGuard(clipboard);
  const handlers = makeHandlers({
    model,
    engine,
    jobs,
    turns,
    secrets,
    places,
    google,
    iCloudFolder: () => iCloudFolder(),
    desktop,
    person: new PersonCheck(desktop),
    send,
    grants: new PathGrants(),
    drafts,
    clipboard: clipboardGuard,
    computerName: hostname(),
    accountName: accountName(),
    fontFolder: join(out, 'fonts'),
    ownFolders: [folder],
  });
  const settle = (): void => {
    finishChanges({ engine, model, secrets, turns }).catch((error: unknown) => {
      log.write('warn', 'a change of a secret could not be finished', error);
    });
  };
  const forgetDrafts = (): void => {
    drafts.discardAll();
    forgetDeadDrafts({ drafts, model }).catch((error: unknown) => {
      log.write('warn', 'exports of discarded drafts are not marked', error);
    });
  };
  settle();
  forgetDrafts();
  // What it holds was not known until now: pages show another state, and a change that was cut off can be settled.
  secrets.onRecovered(() => {
    void model.refresh();
    settle();
  });
  routeRequests(ipcMain, handlers, {
    origin: ORIGIN,
    onError: (name, error) => log.write('info', `${name} failed`, error),
  });

  // A page that is loaded again has forgotten its drafts.
  app.on('web-contents-created', (_event, contents) => {
    contents.on('did-finish-load', forgetDrafts);
  });
  securePages(join(out, 'renderer'));
  nativeTheme.themeSource = config.settings.theme;
  language = () => languageFor(config.settings.language, app.getLocale());
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(process.platform, language())));
  showWindow();

  app.on('second-instance', showWindow);
  app.on('activate', showWindow);
  let isQuitting = false;
  app.on('before-quit', (event) => {
    if (isQuitting) return;
    isQuitting = true;
    event.preventDefault();
    // A run is ended properly, so that it leaves no lock; it never keeps the machine from shutting down for long.
    const ended = jobs.interruptAll();
    const tooLong = new Promise((resolve) => setTimeout(resolve, 5000));
    // A key must not outlive the app on the clipboard.
    const cleared = clipboardGuard.clear().catch(() => undefined);
    void Promise.race([Promise.all([ended, cleared]), tooLong]).finally(() => {
      engine.stop();
      drafts.discardAll();
      secrets.forgetAll();
      app.quit();
    });
  });
}

app.on('window-all-closed', () => {
  if (process.platform !== 'darwin') app.quit();
});

function explainFailure(error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  const { title, text } = nativeTexts(language()).startFailed;
  dialog.showErrorBox(title, `${text} ${app.getPath('userData')}\n\n${reason}`);
  app.exit(1);
}

// Electron is not ready before this module has been evaluated, so nothing may be awaited here.
if (app.requestSingleInstanceLock()) app.whenReady().then(start).catch(explainFailure);
else app.quit();
