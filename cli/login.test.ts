/** `holdfast login gdrive`: what it asks for before and after somebody has signed in. */
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { DriveServer } from '../e2e/servers/drive/drive-server.ts';
import { runCli, type CliRun } from './testing/run-cli.ts';

let server: DriveServer;
let folder: string;
let tokenFile: string;

beforeEach(async () => {
  server = await DriveServer.start();
  folder = mkdtempSync(join(tmpdir(), 'holdfast-login-'));
  tokenFile = join(folder, 'tokens.json');
});
afterEach(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

async function login(
  ...more: readonly string[]
): Promise<Pick<CliRun, 'exitCode' | 'stderr'> & { readonly visits: number }> {
  let visits = 0;
  const { exitCode, stderr } = await runCli(
    ['--token-file', tokenFile, 'login', 'gdrive', ...more],
    {
      env: { ...server.environment },
      onOutput: (text) => {
        const url = /^http\S+$/mu.exec(text)?.[0];
        if (url === undefined || visits > 0) return;
        visits += 1;
        void fetch(url);
      },
    },
  );
  return { exitCode, stderr, visits };
}

const account = (): unknown =>
  (JSON.parse(readFileSync(tokenFile, 'utf8')) as Record<string, unknown>)['accountName'];

it('leaves the sign-in to another account alone unless it is told to replace it', async () => {
  expect((await login()).exitCode).toBe(0);
  expect((await login()).exitCode).toBe(0);
  const { account: anna } = server.accounts;
  server.accounts.account = { ...anna, permissionId: '0002', emailAddress: 'bert@example.com' };
  const refused = await login();
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toContain('bert@example.com signed in');
  expect(refused.stderr).toContain('--replace');
  expect(account()).toBe('anna@example.com');
  expect((await login('--replace')).exitCode).toBe(0);
  expect(account()).toBe('bert@example.com');
});

it('looks for a place before anybody signs in', async () => {
  await login();
  chmodSync(tokenFile, 0o644);
  const open = await login();
  expect(open).toMatchObject({ exitCode: 1, visits: 0 });
  expect(open.stderr).toContain(`chmod 600 ${tokenFile}`);
  tokenFile = join(folder, 'not there', 'tokens.json');
  const nowhere = await login();
  expect(nowhere).toMatchObject({ exitCode: 1, visits: 0 });
  expect(nowhere.stderr).toContain('the token file cannot be written');
});
