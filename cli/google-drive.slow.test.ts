/** The command line on Google Drive, from sign-in to restored files, judged by restic. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { DriveServer } from '../e2e/servers/drive/drive-server.ts';
import { describeTree } from '../electron/engine/testing/file-tree.ts';
import { resticOracle } from '../electron/engine/testing/restic-oracle.ts';
import { runCli, type CliRun } from './testing/run-cli.ts';

const PASSWORD = 'wooden boats like calm water 7';
const REPO = 'gdrive:Holdfast/laptop';

let server: DriveServer;
let folder: string;
let tokenFile: string;

beforeAll(async () => {
  server = await DriveServer.start();
  folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'));
  tokenFile = join(folder, 'tokens.json');
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

function environment(cache = 'cache'): NodeJS.ProcessEnv {
  return {
    ...server.environment,
    HOLDFAST_SECRET: PASSWORD,
    HOME: folder,
    XDG_CACHE_HOME: join(folder, cache),
  };
}

async function run(args: readonly string[], cache?: string): Promise<CliRun> {
  return runCli(['--repo', REPO, '--token-file', tokenFile, ...args], { env: environment(cache) });
}

describe('holdfast on Google Drive', () => {
  it('signs in by a pasted address, and keeps the sign-in to itself', async () => {
    const address = await redirectedAddress();
    expect(address.exitCode).toBe(0);
    expect(address.stdout).toContain('Signed in as anna@example.com');
    expect(address.stderr).toContain('not Google itself is asked');
    expect(statSync(tokenFile).mode & 0o777).toBe(0o600);
    const { refreshToken } = JSON.parse(readFileSync(tokenFile, 'utf8')) as Record<string, string>;
    expect(address.stdout + address.stderr).not.toContain(refreshToken);
  });

  it('backs up, tells what is new, restores, and restic agrees', async () => {
    const source = join(folder, 'source');
    mkdirSync(source);
    for (let i = 0; i < 30; i++) {
      writeFileSync(join(source, `file ${i}`), randomBytes(i === 0 ? 8_000_000 : 5000));
    }
    const made = await run(['init']);
    expect(made.stderr).toBe('');
    expect(made.exitCode).toBe(0);
    expect((await run(['init'])).exitCode).not.toBe(0);
    const first = await run(['backup', source]);
    expect(first.stdout).toContain('30 new');
    expect(first.exitCode).toBe(0);

    const before = server.totalCalls;
    const again = await run(['backup', source]);
    expect(again.stdout).toContain('0 new, 0 changed, 30 unmodified');
    expect(server.totalCalls - before).toBeLessThanOrEqual(10);

    const target = join(folder, 'restored');
    // As on a new computer: nothing but the storage and the secret.
    const restored = await run(['restore', 'latest', '--target', target], 'cache of another');
    expect(restored.exitCode).toBe(0);
    expect(describeTree(join(target, source))).toEqual(describeTree(source));
    expect((await run(['check', '--read-data'])).exitCode).toBe(0);

    const exported = join(folder, 'export');
    server.store.exportTo(server.store.at('Holdfast/laptop')?.id ?? '', exported);
    resticOracle(exported, folder, PASSWORD).check();
    expect(server.store.duplicates()).toEqual([]);
  });

  it('tells damage at rest without a download', async () => {
    const pack = server.store
      .all()
      .find(({ name, content }) => name.length === 64 && (content?.length ?? 0) > 1_000_000);
    server.store.damage(pack?.id ?? '');
    const downloads = server.calls.get('download') ?? 0;
    const checked = await run(['check']);
    expect(checked.exitCode).not.toBe(0);
    expect(checked.stdout + checked.stderr).toContain('The storage itself says');
    expect((server.calls.get('download') ?? 0) - downloads).toBeLessThanOrEqual(2);
  });
});

/** Follows the printed address as a browser elsewhere would, and pastes where it ends. */
async function redirectedAddress(): Promise<CliRun> {
  let pasted: Promise<void> | null = null;
  return runCli(['--token-file', tokenFile, 'login', 'gdrive'], {
    env: environment(),
    onOutput: (text, type) => {
      const url = /^http\S+$/mu.exec(text)?.[0];
      if (url === undefined || pasted !== null) return;
      pasted = fetch(url, { redirect: 'manual' }).then(({ headers }) =>
        type(`${headers.get('location') ?? ''}\n`),
      );
    },
  });
}
