import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import { runCli, type CliRun } from '../testing/run-cli.ts';

const KEY = '0123456789abcdef'.repeat(4);

let folder: string;
let repo: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-maintenance-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  repo = join(folder, 'repo');
  await cli('init');
  writeFileSync(join(folder, 'source.bin'), randomBytes(300_000));
  await cli('backup', join(folder, 'source.bin'));
});

function cli(...args: string[]): Promise<CliRun> {
  return runCli(['--repo', repo, ...args], { env: { HOLDFAST_SECRET: KEY } });
}

describe('holdfast repair index', () => {
  it('makes a lost index anew, and says when there is nothing to do', async () => {
    for (const index of readdirSync(join(repo, 'index'))) rmSync(join(repo, 'index', index));
    expect((await cli('check')).exitCode).toBe(1);
    const repaired = await cli('repair', 'index');
    expect(repaired).toMatchObject({ exitCode: 0 });
    expect(repaired.stdout).toContain('2 added, 0 corrected');
    expect((await cli('check', '--read-data')).exitCode).toBe(0);
    const again = await cli('repair', 'index', '--read-all-packs');
    expect(again.stdout).toContain('as it should be');
  });

  it('ends with 1 when a pack cannot be read, and touches none', async () => {
    const holdsPacks = (name: string) => readdirSync(join(repo, 'data', name)).length > 0;
    const prefix = readdirSync(join(repo, 'data')).find(holdsPacks) ?? '';
    const [pack = ''] = readdirSync(join(repo, 'data', prefix));
    truncateSync(join(repo, 'data', prefix, pack), 100);
    const { exitCode, lines } = await cli('repair', 'index', '--json');
    expect(exitCode).toBe(1);
    const finding = lines.find((line) => line['message_type'] === 'finding');
    expect(finding).toMatchObject({ severity: 'error', id: pack });
    expect(lines.at(-1)).toMatchObject({ packs_unreadable: 1, indexes_written: 0 });
    expect(readdirSync(join(repo, 'data', prefix))).toEqual([pack]);
  });
});

describe('holdfast check --read-data-subset', () => {
  it('reads a part, a share or a size', async () => {
    const [all = 0, ...parts] = [
      await cli('check', '--json', '--read-data'),
      await cli('check', '--json', '--read-data-subset', '1/2'),
      await cli('check', '--json', '--read-data-subset', '2/2'),
    ].map(({ lines }) => lines.at(-1)?.['bytes_read'] as number);
    expect(parts.reduce((sum, bytes) => sum + bytes, 0)).toBe(all);
    expect((await cli('check', '--read-data-subset', '100%')).stdout).toContain('KiB read');
    expect((await cli('check', '--read-data-subset', '1k')).stdout).toContain(' read: no errors');
  });

  it.each(['0/2', '3/2', '1/257', '0%', '101%', '0', 'some'])('refuses %s', async (subset) => {
    const { exitCode, stderr } = await cli('check', '--read-data-subset', subset);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('--read-data-subset');
    expect((await cli('check', '--read-data', '--read-data-subset', '1%')).exitCode).toBe(1);
  });
});
