/** Processes of ours that want the same repository at once: whoever deletes is alone, whoever is killed costs nothing. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';

const PROGRAM = join(import.meta.dirname, 'holdfast.ts');
const KEY = '0123456789abcdef'.repeat(4);
const WAIT = { timeout: 120_000, interval: 5 };
const MIB = 1024 * 1024;
const FILES = 48;

let folder: string;
let source: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-two-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  source = join(folder, 'source');
  await fs.mkdir(source);
  await holdfast('init');
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

async function ended(run: ReturnType<typeof start>): Promise<number | null> {
  const [status] = (await run.exited) as [number | null];
  return status;
}

async function holdfast(...args: string[]) {
  const run = start(...args);
  return { status: await ended(run), stdout: run.stdout, stderr: run.stderr };
}

/** Backups in which every second file goes: each pack is needed in part. */
async function worthPruning(): Promise<void> {
  for (let file = 0; file < FILES; file++) {
    await fs.writeFile(join(source, `${file}.bin`), randomBytes(MIB));
  }
  await holdfast('backup', source);
  for (let file = 0; file < FILES; file += 2) await fs.rm(join(source, `${file}.bin`));
  await holdfast('backup', source);
  await holdfast('forget', '--keep-last', '1');
}

/** A file that is still being written has another name, and nobody sees it. */
const isWhole = (name: string): boolean => /^[0-9a-f]{64}$/u.test(name);

const locks = (): string[] => readdirSync(join(folder, 'repo', 'locks')).filter(isWhole);

function packSizes(): number[] {
  const data = join(folder, 'repo', 'data');
  return readdirSync(data).flatMap((prefix) =>
    readdirSync(join(data, prefix))
      .filter(isWhole)
      .map((name) => statSync(join(data, prefix, name)).size),
  );
}

describe('prune and others', () => {
  it('lets nobody in while it works, and gives way to whoever is in', async () => {
    await worthPruning();
    const pruning = start('prune', '--max-unused', '0');
    await vi.waitUntil(() => locks().length > 0, WAIT);
    // Halted, so that it is still at work however long the others take.
    pruning.child.kill('SIGSTOP');
    for (const others of [
      ['backup', source],
      ['forget', '--keep-last', '1'],
      ['repair', 'index'],
    ]) {
      expect((await holdfast(...others)).status).toBe(11);
    }
    pruning.child.kill('SIGCONT');
    expect(await ended(pruning)).toBe(0);
    expect((await holdfast('check', '--read-data')).status).toBe(0);

    await fs.writeFile(join(source, 'large.bin'), randomBytes(40 * MIB));
    const writing = start('backup', source);
    await vi.waitUntil(() => locks().length > 0, WAIT);
    writing.child.kill('SIGSTOP');
    for (const others of [['prune'], ['forget', '--keep-last', '1'], ['repair', 'index']]) {
      expect((await holdfast(...others)).status).toBe(11);
    }
    writing.child.kill('SIGCONT');
    expect(await ended(writing)).toBe(0);
    expect((await holdfast('prune')).status).toBe(0);
    expect((await holdfast('check', '--read-data')).status).toBe(0);
    expect(locks()).toEqual([]);
  });

  it.each(['SIGINT', 'SIGKILL'] as const)(
    'cut off by %s is gone on with by the next one',
    async (signal) => {
      await worthPruning();
      const packs = packSizes().length;
      const pruning = start('prune', '--max-unused', '0');
      await vi.waitUntil(() => packSizes().length > packs, WAIT);
      pruning.child.kill(signal);
      await ended(pruning);
      expect(locks()).toHaveLength(signal === 'SIGKILL' ? 1 : 0);
      const again = await holdfast('prune', '--max-unused', '0');
      expect(again.status).toBe(0);
      const bytes = packSizes().reduce((sum, size) => sum + size, 0);
      expect(bytes).toBeLessThan((FILES / 2 + 1) * MIB);
      expect((await holdfast('check', '--read-data')).status).toBe(0);
      const target = join(folder, 'restored');
      expect((await holdfast('restore', 'latest', '--target', target)).status).toBe(0);
      for (const name of await fs.readdir(source)) {
        const restored = await fs.readFile(join(target, source, name));
        expect(restored.equals(await fs.readFile(join(source, name)))).toBe(true);
      }
    },
  );
});
