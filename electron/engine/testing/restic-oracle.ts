/** The restic binary as the judge of what we write. It must be there: a missing oracle is a failing test, never a skipped one. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { TEST_HOST, TEST_SECRET } from './engine-means.ts';

export interface ResticOracle {
  /** Standard output; throws when the exit code is not 0. */
  run(...args: string[]): string;
  /** The summary of `backup --json`. */
  backup(...args: string[]): ResticSummary;
  /** `check --read-data` must find nothing, not even a hint. */
  check(): void;
}

export interface ResticSummary {
  readonly files_new: number;
  readonly files_changed: number;
  readonly files_unmodified: number;
  readonly dirs_new: number;
  readonly dirs_changed: number;
  readonly dirs_unmodified: number;
  readonly data_blobs: number;
  readonly tree_blobs: number;
  readonly data_added: number;
  readonly snapshot_id: string;
}

/** `folder` is for restic's own temporary files. */
export function resticOracle(
  repository: string,
  folder: string,
  secret = TEST_SECRET,
): ResticOracle {
  const temporary = join(folder, 'restic-tmp');
  mkdirSync(temporary, { recursive: true });
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    TMPDIR: temporary,
    RESTIC_PASSWORD: secret,
    ...(process.env['TZ'] === undefined ? {} : { TZ: process.env['TZ'] }),
  };
  const run = (...args: string[]): string =>
    execFileSync('restic', ['--no-cache', '-r', repository, ...args], {
      env,
      encoding: 'utf8',
      maxBuffer: 1024 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  return {
    run,
    backup: (...args) => {
      const lines = run('backup', '--json', '--host', TEST_HOST, ...args)
        .trim()
        .split('\n');
      return JSON.parse(lines.at(-1) ?? '') as ResticSummary;
    },
    check: () => {
      const { status, stdout, stderr } = spawnSync(
        'restic',
        ['--no-cache', '-r', repository, 'check', '--read-data'],
        { env, encoding: 'utf8' },
      );
      if (status !== 0 || !stdout.includes('no errors were found')) {
        throw new Error(`restic check ended with ${String(status)}\n${stdout}\n${stderr}`);
      }
    },
  };
}
