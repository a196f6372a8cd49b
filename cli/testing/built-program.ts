/** The built command line in processes of its own, on a repository whose key costs nothing, so that many of them can be started. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';
import { TEST_HOST, TEST_SECRET } from '../../electron/engine/testing/engine-means.ts';

export const PROGRAM = join(import.meta.dirname, '..', '..', 'out', 'cli', 'holdfast.js');

export interface Ended {
  /** null when it was killed. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What was killed it; null when nothing did. */
  readonly signal: string | null;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Who opens which repository; `home` holds what the programs keep for themselves. */
export interface Place {
  readonly repository: string;
  readonly home: string;
}

export function startHoldfast({ repository, home }: Place, ...args: string[]): Running {
  return started(process.execPath, [PROGRAM, '--repo', repository, ...args], home, {
    HOLDFAST_SECRET: TEST_SECRET,
  });
}

export function startRestic({ repository, home }: Place, ...args: string[]): Running {
  const own = args[0] === 'backup' ? ['--host', TEST_HOST] : [];
  return started('restic', ['--no-cache', '-r', repository, ...args, ...own], home, {
    RESTIC_PASSWORD: TEST_SECRET,
  });
}

/** A script of the sources, with arguments of its own. */
export function startScript(path: string, args: readonly string[], home: string): Running {
  return started(process.execPath, ['--no-warnings', path, ...args], home, {});
}

/** Must succeed. Its standard output. */
export async function succeeded({ ended }: Running): Promise<string> {
  const { status, stdout, stderr } = await ended;
  assert.equal(status, 0, `${stdout}\n${stderr}`);
  return stdout;
}

/** One object a line, as `--json` prints them. */
export function jsonLines(text: string): Readonly<Record<string, unknown>>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

function started(program: string, args: readonly string[], home: string, own: NodeJS.ProcessEnv) {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: home, TMPDIR: home, ...own },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
  const ended = once(child, 'close').then(([status, signal]: unknown[]) => ({
    status: status as number | null,
    signal: signal as string | null,
    stdout,
    stderr,
  }));
  return { child, ended };
}

/** Sees when a lock comes, without a loop that would take a core from whom it waits for. */
export class LockWatch {
  /** Told of each lock, once. */
  onLock: () => void = () => undefined;
  /** The first one, on the clock of `performance`. */
  seenMs: number | null = null;
  readonly #seen = new Set<string>();
  readonly #folder: string;
  readonly #watcher: FSWatcher | null;

  constructor(repository: string) {
    this.#folder = join(repository, 'locks');
    // The first command of all makes the folder.
    this.#watcher = existsSync(this.#folder) ? watch(this.#folder) : null;
    this.#watcher?.on('change', (_event, changed) => {
      const name = String(changed);
      // One that is still being written has another name; one that goes is told of as well.
      if (!/^[0-9a-f]{64}$/u.test(name) || this.#seen.has(name)) return;
      this.#seen.add(name);
      this.seenMs ??= performance.now();
      this.onLock();
    });
  }

  close(): void {
    this.#watcher?.close();
  }
}
