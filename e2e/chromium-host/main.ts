/**
 * What Electron's binary does at start: `-r` modules, the app's folder or file, then `ready`. Run by Node 24 as it stands;
 * `dist/electron` is the executable that starts it.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import inspector from 'node:inspector';
import { createRequire, registerHooks } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { app } from './app.ts';
import { BrowserWindow, useChromium } from './browser-window.ts';
import { Chromium, ChromiumMissingError, type ChromiumEvents } from './chromium.ts';
import { notProvided } from './guard.ts';
import { sayIfNoDisplay } from './headed.ts';
import type { WebContents } from './web-contents.ts';

// As in Electron, where the first argument follows the program's own name.
process.argv.splice(1, 1);
// A copy, since Playwright's loader cuts process.argv.
const args = process.argv.slice(1);

if (args.includes('--version')) {
  process.stdout.write('Chromium host for Holdfast, not Electron\n');
  process.exit(0);
}
process.stderr.write(
  'Holdfast runs on the Chromium host, a stand-in for Electron in development and tests.\n',
);
sayIfNoDisplay();

for (const arg of args.filter((text) => text.startsWith('--inspect'))) {
  inspector.open(Number(arg.split('=')[1] ?? 9229));
}

const electronModule = new URL('./electron.ts', import.meta.url).href;
registerHooks({
  resolve(specifier, context, next) {
    if (!/^electron(?:\/main|\/common)?$/u.test(specifier)) return next(specifier, context);
    return { url: electronModule, shortCircuit: true, format: 'module-typescript' };
  },
});

interface AppLocation {
  readonly file: string;
  readonly folder: string;
  readonly name: string;
  readonly version: string;
}

function locateApp(target: string): AppLocation {
  const path = resolve(target);
  if (!existsSync(path)) throw new Error(`Chromium host: there is no app at ${path}`);
  if (!statSync(path).isDirectory()) {
    return { file: path, folder: dirname(path), name: 'Electron', version: '0.0.0' };
  }
  const description = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as {
    readonly name: string;
    readonly productName?: string;
    readonly version: string;
    readonly main?: string;
  };
  return {
    file: join(path, description.main ?? 'index.js'),
    folder: path,
    name: description.productName ?? description.name,
    version: description.version,
  };
}

const preloaded: string[] = [];
let target = '.';
for (let at = 0; at < args.length; at += 1) {
  const arg = args[at] ?? '';
  if (arg === '-r' || arg === '--require') {
    at += 1;
    preloaded.push(args[at] ?? '');
  } else if (!arg.startsWith('-')) {
    target = arg;
    break;
  }
}

const location = locateApp(target);
app.describe(location.name, location.version, location.folder);
Object.defineProperties(process, {
  type: { value: 'browser', enumerable: true },
  defaultApp: { value: true },
  resourcesPath: { value: import.meta.dirname, writable: true },
});
const endProcess = process.exit.bind(process);
// Ends a moment later, when Chromium is gone.
process.exit = ((code?: number | string | null) => {
  app.exit(Number(code ?? process.exitCode ?? 0));
}) as typeof process.exit;
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => app.quit());

const require = createRequire(import.meta.url);
for (const module of preloaded) require(module);
await import(pathToFileURL(location.file).href).catch((error: unknown) => {
  const missing = /'electron' does not provide an export named '(\w+)'/u.exec(String(error))?.[1];
  if (missing === undefined) throw error;
  notProvided(`electron.${missing}`);
});

let chromium: Chromium | null = null;

function contentsOf(isIt: (contents: WebContents) => boolean): WebContents | undefined {
  return BrowserWindow.getAllWindows()
    .map((window) => window.webContents)
    .find(isIt);
}

async function startChromium(): Promise<void> {
  const events: ChromiumEvents = {
    popup(openerTargetId, popup) {
      const opener = contentsOf((contents) => contents.targetId === openerTargetId);
      void opener?.refusePopup(popup);
    },
    detached(sessionId) {
      contentsOf((contents) => contents.debuggingSessionId === sessionId)?.detached();
    },
    exit() {
      for (const window of BrowserWindow.getAllWindows()) window.webContents.detached();
    },
  };
  chromium = await Chromium.start(events, {
    switches: app.appendedSwitches,
    withPort: args.includes('--remote-debugging-port=0'),
    withoutSandbox: args.includes('--no-sandbox'),
  });
  useChromium(chromium);
}

try {
  await app.start({
    start: startChromium,
    async stop() {
      await chromium?.stop();
    },
    async closeWindows() {
      for (const window of BrowserWindow.getAllWindows()) {
        if (!(await window.askToClose())) return false;
      }
      return true;
    },
  });
} catch (error) {
  if (!(error instanceof ChromiumMissingError)) throw error;
  process.stderr.write(`${error.message}\n`);
  endProcess(1);
}
