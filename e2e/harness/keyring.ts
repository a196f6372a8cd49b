/** A private D-Bus session with an unlocked, throwaway gnome-keyring on it. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const GIVE_UP_UNLOCKING_MS = 12_000;
const TRIES = 3;
const ASK_AGAIN_MS = 20;
const run = promisify(execFile);

export interface Keyring {
  /** What a program needs to find this keyring and no other. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends both processes and removes the secrets. */
  stop(): Promise<void>;
}

class NotUnlockedError extends Error {}

/** A bus that nobody answers on: the keychain is away, as on a bare server. */
export const withoutKeyring: Readonly<Record<string, string>> = {
  DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent/bus',
};

/** Needs the programs dbus-daemon, dbus-send and gnome-keyring-daemon; throws when one is missing or does not come up. */
export async function startKeyring(): Promise<Keyring> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await tryToStart();
    } catch (error) {
      // Of thousands of daemons one came up with no keyring that is unlocked; the next one does.
      if (!(error instanceof NotUnlockedError) || tries === TRIES) throw error;
    }
  }
}

async function tryToStart(): Promise<Keyring> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-keyring-'));
  const runtime = join(folder, 'run');
  const data = join(folder, 'data');
  for (const path of [runtime, data]) mkdirSync(path, { mode: 0o700 });
  const processes: ChildProcess[] = [];
  const stop = async (): Promise<void> => {
    for (const child of processes.toReversed()) await end(child);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  };
  try {
    const base = { ...process.env, HOME: folder, XDG_RUNTIME_DIR: runtime, XDG_DATA_HOME: data };
    const bus = spawn('dbus-daemon', ['--session', '--nofork', '--print-address=1'], {
      env: base,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    processes.push(bus);
    const address = await firstLine(bus);
    const env = { XDG_RUNTIME_DIR: runtime, DBUS_SESSION_BUS_ADDRESS: address };
    const daemon = spawn(
      'gnome-keyring-daemon',
      ['--unlock', '--foreground', '--components=secrets'],
      { env: { ...base, ...env }, stdio: ['pipe', 'ignore', 'ignore'] },
    );
    processes.push(daemon);
    await started(daemon);
    daemon.stdin?.end('throwaway\n');
    await secretsOnBus({ ...base, ...env });
    return { env, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function started(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) {
    const [error] = (await once(child, 'error')) as [Error];
    throw new Error(`The keyring for tests cannot start: ${error.message}`);
  }
}

async function firstLine(child: ChildProcess): Promise<string> {
  await started(child);
  const { stdout } = child;
  if (stdout === null) throw new Error('The bus has no output');
  for await (const line of createInterface({ input: stdout })) return line;
  throw new Error('The bus ended without telling its address');
}

async function secretsOnBus(env: NodeJS.ProcessEnv): Promise<void> {
  // Asked for before it is there, the bus would start a second, locked service by itself.
  const isThere = [
    '--session',
    '--print-reply',
    '--dest=org.freedesktop.DBus',
    '/org/freedesktop/DBus',
    'org.freedesktop.DBus.NameHasOwner',
    'string:org.freedesktop.secrets',
  ];
  const question = [
    '--session',
    '--print-reply',
    '--dest=org.freedesktop.secrets',
    '/org/freedesktop/secrets/collection/login',
    'org.freedesktop.DBus.Properties.Get',
    'string:org.freedesktop.Secret.Collection',
    'string:Locked',
  ];
  let last = '';
  const giveUpAt = Date.now() + GIVE_UP_UNLOCKING_MS;
  while (Date.now() < giveUpAt) {
    const owner = await run('dbus-send', isThere, { env }).catch(() => null);
    const isOwned = owner?.stdout.includes('boolean true') === true;
    const answer = isOwned ? await run('dbus-send', question, { env }).catch(() => null) : null;
    if (answer?.stdout.includes('boolean false') === true) return;
    last = !isOwned ? 'nobody is there' : (answer?.stdout.trim() ?? 'no keyring is there');
    await delay(ASK_AGAIN_MS);
  }
  throw new NotUnlockedError(`The keyring for tests did not unlock: ${last}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}
