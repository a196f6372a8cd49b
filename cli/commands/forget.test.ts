import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import { runCli, type CliRun } from '../testing/run-cli.ts';

const KEY = '0123456789abcdef'.repeat(4);

let folder: string;
let repo: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-forget-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  repo = join(folder, 'repo');
  await cli('init');
});

function cli(...args: string[]): Promise<CliRun> {
  return runCli(['--repo', repo, ...args], { env: { HOLDFAST_SECRET: KEY } });
}

async function backUp(text: string, ...args: string[]): Promise<string> {
  const source = join(folder, 'source.txt');
  writeFileSync(source, text);
  const { lines } = await cli('backup', source, '--json', ...args);
  return lines.at(-1)?.['snapshot_id'] as string;
}

const left = (): string[] => readdirSync(join(repo, 'snapshots')).toSorted();

describe('holdfast forget', () => {
  it('keeps what a rule, a pin or an id keeps, and says why', async () => {
    const [pinned, named, old, newest] = [
      await backUp('1', '--tag', 'pinned'),
      await backUp('2'),
      await backUp('3', '--tag', 'x'),
      await backUp('4'),
    ];
    const rules = ['--keep-last', '1', '--keep-id', named.slice(0, 8)];
    const planned = await cli('forget', ...rules, '--dry-run');
    expect(planned.exitCode).toBe(0);
    expect(planned.stdout).toMatch(/^keep {4}[0-9a-f]{8}.*last snapshot$/mu);
    expect(planned.stdout).toMatch(/^keep {4}.*pinned {2}pinned$/mu);
    expect(planned.stdout).toContain('1 snapshots would be removed');
    expect(left()).toHaveLength(4);

    const done = await cli('forget', ...rules, '--json');
    expect(done.lines.filter((line) => line['message_type'] === 'decision')).toHaveLength(4);
    expect(done.lines.at(-1)).toMatchObject({
      message_type: 'summary',
      removed: [old],
      removed_count: 1,
      kept_count: 3,
      dry_run: false,
    });
    expect(left()).toEqual([pinned, named, newest].toSorted());
  });

  it('removes by id, and by rules only what the filters choose', async () => {
    const [first, second, third] = [
      await backUp('1', '--tag', 'a'),
      await backUp('2', '--tag', 'a'),
      await backUp('3'),
    ];
    const byTag = ['--keep-last', '1', '--tag', 'a'];
    expect((await cli('forget', ...byTag, '--group-by', 'tags')).exitCode).toBe(0);
    expect(left()).toEqual([second, third].toSorted());
    expect((await cli('forget', first)).stderr).toContain('repo/snapshot-not-found');
    expect((await cli('forget', second.slice(0, 10), third)).stdout).toContain(
      '2 snapshots removed',
    );
    expect(left()).toEqual([]);
  });

  it('refuses what is no rule, and removes nothing', async () => {
    const only = await backUp('1');
    await backUp('2');
    for (const [args, why] of [
      [['--keep-last', '-1'], 'forget/invalid-rule'],
      [['--keep-daily', 'all'], 'forget/invalid-rule'],
      [['--keep-within', '3w'], 'forget/invalid-rule'],
      [['--keep-within-daily', '-3d'], 'forget/invalid-rule'],
      [['--keep-last', '1', '--group-by', 'moon'], '"moon"'],
      [['--keep-last', '1', '--keep-id', 'ffffffff0'], 'repo/snapshot-not-found'],
      [['--keep-last', '1', only], 'not both'],
      [['--keep-last', '0'], 'keep rule'],
      [[], 'keep rule'],
      [['--host', 'other'], 'keep rule'],
    ] as const) {
      const { exitCode, stderr } = await cli('forget', ...args);
      expect(exitCode).toBe(1);
      expect(stderr).toContain(why);
    }
    expect(left()).toHaveLength(2);
  });

  it('knows all rules of restic', async () => {
    await backUp('1');
    const spans = ['', '-hourly', '-daily', '-weekly', '-monthly', '-yearly'];
    const counts = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'];
    const { stdout } = await cli(
      'forget',
      ...counts.flatMap((name) => [`--keep-${name}`, name === 'last' ? 'unlimited' : '1']),
      ...spans.flatMap((name) => [`--keep-within${name}`, '1y2m3d4h']),
      '--keep-tag',
      '',
      '--group-by',
      '',
    );
    expect(stdout).toContain(
      'has tags [], within 1y2m3d4h, last snapshot, hourly snapshot, daily snapshot, weekly snapshot, ' +
        'monthly snapshot, yearly snapshot, hourly within 1y2m3d4h, daily within 1y2m3d4h, ' +
        'weekly within 1y2m3d4h, monthly within 1y2m3d4h, yearly within 1y2m3d4h',
    );
  });

  it('--prune gives the room back, and a dry run says how much', async () => {
    await backUp('x'.repeat(1000));
    const big = join(folder, 'source.txt');
    writeFileSync(big, randomBytes(600_000));
    await cli('backup', big);
    await backUp('y');
    const planned = await cli('forget', '--keep-last', '1', '--prune', '--dry-run', '--json');
    expect(planned.lines.at(-1)).toMatchObject({ removed_count: 2, prune: { dry_run: true } });
    expect(left()).toHaveLength(3);
    const done = await cli('forget', '--keep-last', '1', '--prune', '--max-unused', '0');
    expect(done.exitCode).toBe(0);
    expect(done.stdout).toMatch(/Room: {2}58\d\.\d KiB of .* given back/u);
    expect((await cli('check', '--read-data')).exitCode).toBe(0);
    const again = await cli('prune', '--json', '--max-repack-size', '1G', '--repack-small');
    expect(again.lines.at(-1)).toMatchObject({ bytes_freed: 0, packs_removed: 0 });
    expect((await cli('prune', '--max-unused', 'some')).stderr).toContain('--max-unused');
    expect((await cli('prune', '--max-unused', '50%', '-n')).stdout).toContain('would be');
  });

  it('prune refuses where a piece is missing, with exit code 1 and a way out', async () => {
    await backUp('x');
    const [index = ''] = readdirSync(join(repo, 'index'));
    rmSync(join(repo, 'index', index));
    const { exitCode, stderr } = await cli('prune');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('prune/backup-not-whole');
    expect(stderr).toContain('repair its index');
    writeFileSync(join(repo, 'locks', 'ab'.repeat(32)), 'of somebody else');
    expect((await cli('prune')).exitCode).toBe(11);
    expect((await cli('forget', '--keep-last', '1')).exitCode).toBe(11);
  });
});
