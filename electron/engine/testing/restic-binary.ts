/** The real restic as the oracle. Where it is missing a test fails; it is never passed over. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';

export interface ResticRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ResticOptions {
  readonly repository: string;
  readonly password: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
}

export function restic(options: ResticOptions, ...args: string[]): ResticRun {
  const run = spawnSync('restic', withRepository(options, args), {
    env: environment(options),
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    ...(options.input === undefined ? {} : { input: options.input }),
  });
  if (run.error !== undefined) throw run.error;
  return { status: run.status, stdout: run.stdout, stderr: run.stderr };
}

/** Like `restic`, and throws unless it succeeds. Returns what it printed. */
export function resticOk(options: ResticOptions, ...args: string[]): string {
  const { status, stdout, stderr } = restic(options, ...args);
  if (status !== 0)
    throw new Error(`restic ${args.join(' ')}: exit ${status}\n${stdout}\n${stderr}`);
  return stdout;
}

/** Started and left running. */
export function startRestic(options: ResticOptions, ...args: string[]): ChildProcess {
  return spawn('restic', withRepository(options, args), {
    env: environment(options),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

function withRepository({ repository }: ResticOptions, args: readonly string[]): string[] {
  return ['--repo', repository, '--no-cache', ...args];
}

function environment({ password, env }: ResticOptions): NodeJS.ProcessEnv {
  return { ...process.env, RESTIC_PASSWORD: password, TZ: 'UTC', ...env };
}
