/** The browser process: started with a fresh profile, asked for pages, ended. Profiles of hosts that were killed are swept. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CdpConnection, type CdpSession } from './cdp.ts';
import { isHeaded } from './headed.ts';
import { isAlive } from './process-identity.ts';
import { shortTemporaryFolder } from './temporary-folder.ts';

const PROFILE_PREFIX = 'holdfast-host-';
const candidates = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const isRoot = process.getuid?.() === 0;
const GIVE_UP_CLOSING_MS = 5000;

interface Attached {
  readonly sessionId: string;
  readonly targetInfo: { readonly targetId: string; readonly openerId?: string };
}

/** There is no browser to run on; the message says what to do. */
export class ChromiumMissingError extends Error {
  constructor() {
    super(
      'Chromium host: no Chromium found. Install it (Debian: apt-get install chromium), or name it in HOLDFAST_HOST_CHROMIUM.',
    );
  }
}

export interface PageTarget {
  readonly targetId: string;
  readonly session: CdpSession;
}

export interface ChromiumEvents {
  /** A page opened another one, which waits to be let go or closed. */
  popup(openerTargetId: string, popup: PageTarget): void;
  detached(sessionId: string): void;
  exit(): void;
}

export interface ChromiumOptions {
  readonly switches: ReadonlyMap<string, string>;
  /** Opens a second way in, for Playwright; the start then waits until Chromium has told its address. */
  readonly withPort: boolean;
  readonly withoutSandbox: boolean;
}

export class Chromium {
  readonly #connection: CdpConnection;
  readonly #profile: string;
  readonly #waiting = new Map<string, (session: CdpSession) => void>();
  readonly #early = new Map<string, CdpSession>();
  readonly #events: ChromiumEvents;
  /** A headed Chromium starts with a window without tabs and address bar, which the first page gets. */
  #canAdoptFirstWindow = isHeaded;

  private constructor(
    events: ChromiumEvents,
    options: ChromiumOptions,
    onErrorLine: (line: string) => void,
  ) {
    const executable = findExecutable();
    const folder = shortTemporaryFolder();
    sweepProfiles(folder);
    this.#events = events;
    this.#profile = mkdtempSync(join(folder, `${PROFILE_PREFIX}${String(process.pid)}-`));
    process.once('exit', () => this.#removeProfile());
    this.#connection = new CdpConnection(executable, {
      args: argumentsFor(this.#profile, options),
      // What Chromium leaves in the temporary folder goes with the profile.
      env: { ...process.env, TMPDIR: this.#profile },
      onErrorLine,
    });
    this.#connection.on('exit', () => events.exit());
    this.#connection.on('Target.attachedToTarget', (event: Attached) => this.#attached(event));
    this.#connection.on('Target.detachedFromTarget', (event: { sessionId: string }) => {
      events.detached(event.sessionId);
    });
  }

  static async start(events: ChromiumEvents, options: ChromiumOptions): Promise<Chromium> {
    let portIsOpen = (): void => undefined;
    const opened = new Promise<void>((resolve) => {
      portIsOpen = resolve;
    });
    const chromium = new Chromium(events, options, (line) => {
      if (!line.startsWith('DevTools listening')) return;
      // Playwright reads this line from the program that it started.
      process.stderr.write(`${line}\n`);
      portIsOpen();
    });
    await chromium.send('Target.setAutoAttach', {
      autoAttach: true,
      waitForDebuggerOnStart: true,
      flatten: true,
      filter: [{ type: 'page' }, { exclude: true }],
    });
    if (options.withPort) await opened;
    return chromium;
  }

  send<Fields>(method: string, params: Readonly<Record<string, unknown>> = {}): Promise<Fields> {
    return this.#connection.send<Fields>(method, params);
  }

  /** A new window with an empty page that waits for `Runtime.runIfWaitingForDebugger`. */
  async createPage(size: { readonly width: number; readonly height: number }): Promise<PageTarget> {
    const targetId = this.#adoptFirstWindow() ?? (await this.#openWindow(size));
    const early = this.#early.get(targetId);
    this.#early.delete(targetId);
    const session =
      early ?? (await new Promise<CdpSession>((resolve) => this.#waiting.set(targetId, resolve)));
    return { targetId, session };
  }

  async stop(): Promise<void> {
    if (!this.#connection.isClosed) {
      const gone = new Promise<void>((resolve) => this.#connection.once('exit', resolve));
      const tooLate = setTimeout(
        () => this.#connection.process.kill('SIGKILL'),
        GIVE_UP_CLOSING_MS,
      );
      await this.send('Browser.close').catch(() => undefined);
      await gone;
      clearTimeout(tooLate);
    }
    this.#removeProfile();
  }

  #adoptFirstWindow(): string | undefined {
    if (!this.#canAdoptFirstWindow) return undefined;
    this.#canAdoptFirstWindow = false;
    return this.#early.keys().next().value;
  }

  async #openWindow(size: { readonly width: number; readonly height: number }): Promise<string> {
    const { width, height } = size;
    const { targetId } = await this.send<{ targetId: string }>('Target.createTarget', {
      url: 'about:blank',
      newWindow: true,
      width,
      height,
    });
    return targetId;
  }

  #attached({ sessionId, targetInfo }: Attached): void {
    const session = this.#connection.session(sessionId);
    if (targetInfo.openerId !== undefined) {
      this.#events.popup(targetInfo.openerId, { targetId: targetInfo.targetId, session });
      return;
    }
    const waiting = this.#waiting.get(targetInfo.targetId);
    this.#waiting.delete(targetInfo.targetId);
    if (waiting === undefined) this.#early.set(targetInfo.targetId, session);
    else waiting(session);
  }

  #removeProfile(): void {
    try {
      rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    } catch {
      // Chromium may still be writing; the next host sweeps it.
    }
  }
}

function argumentsFor(
  profile: string,
  { switches, withPort, withoutSandbox }: ChromiumOptions,
): string[] {
  const disabled = ['Translate', 'OptimizationHints', 'MediaRouter'];
  const appended: string[] = [];
  for (const [name, value] of switches) {
    // A repeated switch replaces the first, so these are joined.
    if (name === 'disable-features') disabled.push(...value.split(','));
    else appended.push(value === '' ? `--${name}` : `--${name}=${value}`);
  }
  return [
    ...appended,
    // As root Chromium does not run in its sandbox; the second switch keeps it from saying so in the window.
    ...(isRoot || withoutSandbox ? ['--no-sandbox', '--test-type'] : []),
    '--disable-quic',
    '--no-first-run',
    '--no-default-browser-check',
    '--disable-background-networking',
    '--disable-breakpad',
    '--disable-component-update',
    '--disable-sync',
    '--disable-gpu',
    `--disable-features=${disabled.join(',')}`,
    '--password-store=basic',
    '--keep-alive-for-test',
    ...(isHeaded
      ? ['--app=data:text/html,']
      : ['--no-startup-window', '--headless=new', '--hide-scrollbars']),
    `--user-data-dir=${profile}`,
    ...(withPort ? ['--remote-debugging-port=0'] : []),
  ];
}

function findExecutable(): string {
  const named = process.env['HOLDFAST_HOST_CHROMIUM'];
  const found = named ?? candidates.find((path) => existsSync(path));
  if (found !== undefined && existsSync(found)) return found;
  throw new ChromiumMissingError();
}

/** Profiles of hosts that were killed: the process id is in the name. */
function sweepProfiles(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = Number(new RegExp(`^${PROFILE_PREFIX}(\\d+)-`, 'u').exec(name)?.[1]);
    if (!Number.isInteger(pid) || isAlive(pid)) continue;
    try {
      rmSync(join(folder, name), { recursive: true, force: true });
    } catch {
      // Another host sweeps at the same time, or it is somebody else's.
    }
  }
}
