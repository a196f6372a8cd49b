/** `app`: life of the program, paths, switches, single instance. */
import { EventEmitter } from 'node:events';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as Electron from 'electron';
import { cancelableEvent } from './cancelable-event.ts';
import { guarded, guardInstances } from './guard.ts';
import { SingleInstance } from './single-instance.ts';

type Provided = Pick<
  Electron.App,
  | 'quit'
  | 'exit'
  | 'isReady'
  | 'whenReady'
  | 'setPath'
  | 'getAppPath'
  | 'getName'
  | 'getVersion'
  | 'isPackaged'
  | 'requestSingleInstanceLock'
  | 'setAppUserModelId'
  | 'getLocale'
  | 'enableSandbox'
>;

/** What the app needs of the rest of the host; plugged in by `main.ts`, since those import the app. */
interface HostParts {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Asks every window to close; false when one refused. */
  closeWindows(): Promise<boolean>;
}

const endProcess = process.exit.bind(process);

class App extends EventEmitter implements Provided {
  readonly isPackaged = false;
  /** For Chromium's command line: what the app and Playwright appended before the start. */
  readonly appendedSwitches = new Map<string, string>();
  readonly commandLine = guarded('app.commandLine', {
    appendSwitch: (name: string, value = '') => void this.appendedSwitches.set(name, value),
  } satisfies Pick<Electron.CommandLine, 'appendSwitch'>);
  #name = 'Electron';
  #version = '0.0.0';
  #appPath = process.cwd();
  readonly #paths = new Map<string, string>();
  readonly #ready = Promise.withResolvers<void>();
  #isReady = false;
  #isQuitting = false;
  #instance: SingleInstance | null = null;
  #parts: HostParts | null = null;

  describe(name: string, version: string, appPath: string): void {
    this.#name = name;
    this.#version = version;
    this.#appPath = appPath;
  }

  getName(): string {
    return this.#name;
  }
  getVersion(): string {
    return this.#version;
  }
  getAppPath(): string {
    return this.#appPath;
  }
  getLocale(): string {
    return Intl.DateTimeFormat().resolvedOptions().locale;
  }
  setAppUserModelId(): void {
    // Windows only.
  }
  enableSandbox(): void {
    // Pages have no Node here in any case.
  }

  getPath(name: string): string {
    const set = this.#paths.get(name);
    if (set !== undefined) return set;
    const config = process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config');
    const known: Readonly<Record<string, string>> = {
      home: homedir(),
      temp: tmpdir(),
      documents: join(homedir(), 'Documents'),
      pictures: join(homedir(), 'Pictures'),
      desktop: join(homedir(), 'Desktop'),
      downloads: join(homedir(), 'Downloads'),
      music: join(homedir(), 'Music'),
      videos: join(homedir(), 'Videos'),
    };
    if (name === 'userData') return join(config, this.#name);
    if (name === 'logs') return join(this.getPath('userData'), 'logs');
    const path = known[name];
    if (path === undefined) throw new Error(`Failed to get '${name}' path`);
    return path;
  }

  setPath(name: string, path: string): void {
    this.#paths.set(name, path);
  }

  requestSingleInstanceLock(): boolean {
    this.#instance = new SingleInstance(this.getPath('userData'));
    return this.#instance.acquire(({ argv, workingDirectory }) => {
      this.emit('second-instance', cancelableEvent(), argv, workingDirectory);
    });
  }

  isReady(): boolean {
    return this.#isReady;
  }

  whenReady(): Promise<void> {
    return this.#ready.promise;
  }

  async start(parts: HostParts): Promise<void> {
    this.#parts = parts;
    if (this.#isQuitting) return;
    await parts.start();
    this.#isReady = true;
    this.#ready.resolve();
    // Through the property: Playwright replaces `emit` to hold this event back until it is connected.
    this.emit('ready', {}, {});
  }

  quit(): void {
    if (this.#isQuitting) return;
    this.#isQuitting = true;
    const before = cancelableEvent();
    this.emit('before-quit', before);
    if (before.defaultPrevented) this.#isQuitting = false;
    else void this.#closeAndFinish();
  }

  exit(code = 0): void {
    this.#isQuitting = true;
    this.#finish(code);
  }

  /** The last window is gone. */
  allWindowsClosed(): void {
    if (!this.#isQuitting && !this.emit('window-all-closed')) this.quit();
  }

  async #closeAndFinish(): Promise<void> {
    const will = cancelableEvent();
    const areClosed = this.#parts === null || (await this.#parts.closeWindows());
    if (areClosed) this.emit('will-quit', will);
    if (areClosed && !will.defaultPrevented) this.#finish(Number(process.exitCode ?? 0));
    else this.#isQuitting = false;
  }

  #finish(code: number): void {
    this.emit('quit', {}, code);
    const told = this.#instance?.whenTold() ?? Promise.resolve();
    const stopped = this.#parts?.stop() ?? Promise.resolve();
    void Promise.allSettled([told, stopped]).then(() => endProcess(code));
  }
}
guardInstances('app', App);

export const app = new App();
