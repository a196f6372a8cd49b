/** The command line as a process: signals, streams, and the script that starts it. */
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';

const PROGRAM = join(import.meta.dirname, 'holdfast.ts');
const SCRIPT = join(import.meta.dirname, '..', 'bin', 'holdfast');
const KEY = '0123456789abcdef'.repeat(4);

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-process-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

function start(...args: string[]) {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { ...process.env, HOLDFAST_REPO: join(folder, 'repo'), HOLDFAST_SECRET: KEY },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const run = { child, stdout: '', stderr: '', exited: once(child, 'exit') };
  child.stdout.on('data', (bytes: Buffer) => (run.stdout += bytes.toString('utf8')));
  child.stderr.on('data', (bytes: Buffer) => (run.stderr += bytes.toString('utf8')));
  return run;
}

async function finished(...args: string[]): Promise<{ status: number | null; stdout: string }> {
  const run = start(...args);
  const [status] = (await run.exited) as [number | null];
  return { status, stdout: run.stdout };
}

describe('signals', () => {
  it('SIGHUP does nothing, SIGINT ends the backup with 130 and without a lock, and the next one goes on', async () => {
    const source = join(folder, 'source');
    await fs.mkdir(source);
    for (let i = 0; i < 12; i++) {
      await fs.writeFile(join(source, `${i}.bin`), randomBytes(20 * 1024 * 1024));
    }
    expect((await finished('init')).status).toBe(0);
    const run = start('backup', source, '--json');
    await vi.waitUntil(() => /"bytes_done":[1-9]/u.test(run.stdout), { timeout: 60_000 });
    run.child.kill('SIGHUP');
    const before = run.stdout.length;
    await vi.waitUntil(() => run.stdout.length > before, { timeout: 60_000 });
    expect(await fs.readdir(join(folder, 'repo', 'locks'))).toHaveLength(1);
    run.child.kill('SIGINT');
    const [status] = (await run.exited) as [number | null];
    expect(status).toBe(130);
    expect(run.stdout).not.toContain('summary');
    expect(JSON.parse(run.stderr)).toMatchObject({ code: 130, error: 'job/cancelled' });
    expect(await fs.readdir(join(folder, 'repo', 'locks'))).toEqual([]);
    expect(await fs.readdir(join(folder, 'repo', 'snapshots'))).toEqual([]);
    const again = await finished('backup', source, '--json');
    expect(again.status).toBe(0);
    const summary = JSON.parse(again.stdout.trim().split('\n').at(-1) ?? '') as Record<
      string,
      number
    >;
    expect(summary['total_bytes_processed']).toBe(12 * 20 * 1024 * 1024);
    expect((await finished('check', '--read-data')).status).toBe(0);
  });

  it('kill -9 leaves a lock that the next run removes', async () => {
    const source = join(folder, 'source');
    await fs.mkdir(source);
    await fs.writeFile(join(source, 'big.bin'), randomBytes(150 * 1024 * 1024));
    await finished('init');
    const run = start('backup', source, '--json');
    await vi.waitUntil(() => /"bytes_done":[1-9]/u.test(run.stdout), { timeout: 60_000 });
    run.child.kill('SIGKILL');
    await run.exited;
    expect(await fs.readdir(join(folder, 'repo', 'locks'))).toHaveLength(1);
    expect((await finished('backup', source)).status).toBe(0);
    expect(await fs.readdir(join(folder, 'repo', 'locks'))).toEqual([]);
    expect((await finished('check', '--read-data')).status).toBe(0);
  });
});

describe('bin/holdfast', () => {
  it('finds its own Node and program, also through links, and passes arguments on', async () => {
    const clone = join(folder, 'a clone');
    await fs.mkdir(join(clone, 'bin'), { recursive: true });
    await fs.mkdir(join(clone, 'node_modules', '.bin'), { recursive: true });
    await fs.mkdir(join(clone, 'out', 'cli'), { recursive: true });
    await fs.copyFile(SCRIPT, join(clone, 'bin', 'holdfast'));
    const before = spawnSync(join(clone, 'bin', 'holdfast'), ['version'], { encoding: 'utf8' });
    expect(before.status).toBe(1);
    expect(before.stderr).toContain('npm run setup');
    await fs.symlink(process.execPath, join(clone, 'node_modules', '.bin', 'node'));
    await fs.writeFile(
      join(clone, 'out', 'cli', 'holdfast.js'),
      'console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 7;',
    );
    await fs.symlink(join(clone, 'bin', 'holdfast'), join(folder, 'absolute'));
    await fs.symlink('absolute', join(folder, 'relative'));
    const linked = spawnSync(join(folder, 'relative'), ['a b', '--c'], { encoding: 'utf8' });
    expect(linked).toMatchObject({ status: 7, stdout: '["a b","--c"]\n' });
  });
});
