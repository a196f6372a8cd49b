/** The restic binary on a repository: the judge of what the app wrote. Every failure carries restic's own words. */
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const MOST_OUTPUT_BYTES = 256 * 1024 * 1024;

export interface ResticSnapshot {
  readonly id: string;
  readonly time: string;
  readonly paths: readonly string[];
  readonly hostname: string;
  readonly tree: string;
  readonly parent?: string;
  readonly tags?: readonly string[];
}

export class Restic {
  readonly #repository: string;
  readonly #password: string;
  readonly #access: NodeJS.ProcessEnv;

  /** `password` as restic takes it: for a recovery key its 64 digits without spaces. `access`: variables that let it into the storage. */
  constructor(repository: string, password: string, access: NodeJS.ProcessEnv = {}) {
    this.#access = access;
    this.#repository = repository;
    this.#password = password;
  }

  /** Reads every byte. Rejects when anything is wrong. */
  async check(): Promise<void> {
    await this.run(['check', '--read-data']);
  }

  /** Restores below `target`, each file under its whole path. `snapshot` is an id or `latest`. */
  async restore(snapshot: string, target: string): Promise<void> {
    await this.run(['restore', snapshot, '--target', target]);
  }

  /** The oldest first. */
  async snapshots(): Promise<readonly ResticSnapshot[]> {
    const output = await this.run(['snapshots', '--json']);
    return JSON.parse(output) as ResticSnapshot[];
  }

  /** Runs `meanwhile` while another program holds the repository for itself, and leaves that program's lock behind as a crash would. */
  async holdExclusiveLock(meanwhile: () => Promise<void>): Promise<void> {
    // A check of all data by a process that is stopped in the middle.
    await this.#holdLock(['check', '--read-data'], meanwhile);
  }

  /** The same while another program backs up there. */
  async holdSharedLock(meanwhile: () => Promise<void>): Promise<void> {
    await this.#holdLock(['backup', '--stdin'], meanwhile);
  }

  async #holdLock(args: readonly string[], meanwhile: () => Promise<void>): Promise<void> {
    const cache = mkdtempSync(join(tmpdir(), 'holdfast-restic-'));
    const holder = spawn('restic', [...args, '--no-cache'], {
      env: {
        ...process.env,
        ...this.#access,
        RESTIC_REPOSITORY: this.#repository,
        RESTIC_PASSWORD: this.#password,
        RESTIC_CACHE_DIR: cache,
      },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    try {
      while (!readdirSync(join(this.#repository, 'locks')).some((name) => name.length === 64))
        await delay(5);
      holder.kill('SIGSTOP');
      await meanwhile();
    } finally {
      holder.kill('SIGKILL');
      rmSync(cache, { recursive: true, force: true });
    }
  }

  /** What restic printed. Rejects unless it ends with 0. The cache is its own and goes afterwards. */
  async run(args: readonly string[]): Promise<string> {
    const cache = mkdtempSync(join(tmpdir(), 'holdfast-restic-'));
    try {
      return await execute(args, {
        ...process.env,
        ...this.#access,
        RESTIC_REPOSITORY: this.#repository,
        RESTIC_PASSWORD: this.#password,
        RESTIC_CACHE_DIR: cache,
      });
    } finally {
      rmSync(cache, { recursive: true, force: true });
    }
  }
}

function execute(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      'restic',
      [...args],
      { env, maxBuffer: MOST_OUTPUT_BYTES },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else {
          const words = [`restic ${args.join(' ')}: ${error.message}`, stdout, stderr];
          reject(new Error(words.filter((text) => text !== '').join('\n')));
        }
      },
    );
  });
}
