/**
 * How much memory a command takes at most, whatever there is to do: as the kernel counts it (VmHWM of proc(5)), in a process of its own. The bound
 * is generous; without any the data themselves would be more.
 */
import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createTestRepository, TEST_SECRET } from '../electron/engine/testing/engine-means.ts';
import { randomBytesFor } from '../electron/engine/testing/file-tree.ts';
import { resticOracle } from '../electron/engine/testing/restic-oracle.ts';
import { temporaryFolder } from '../electron/engine/testing/temporary-folder.ts';
import { startHoldfast, startScript, succeeded, type Running } from './testing/built-program.ts';

const MIB = 1024 * 1024;
const BOUND_MIB = 600;
const LOOK_EVERY_MS = 5;

/** Runs it to its end, which must be good. Mebibytes. */
async function mostMemory(run: Running): Promise<number> {
  let mostKib = 0;
  const timer = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${String(run.child.pid)}/status`, 'utf8');
      mostKib = Math.max(mostKib, Number(/VmHWM:\s+(\d+) kB/u.exec(status)?.[1] ?? 0));
    } catch {
      // It is over.
    }
  }, LOOK_EVERY_MS);
  try {
    await succeeded(run);
  } finally {
    clearInterval(timer);
  }
  return Math.round(mostKib / 1024);
}

/** No two pieces of it are the same. */
function makeFile(path: string, mebibytes: number): void {
  const file = openSync(path, 'w');
  for (let piece = 0; piece < mebibytes; piece += 16) {
    writeSync(file, randomBytesFor(`${path} ${piece}`, 16 * MIB));
  }
  closeSync(file);
}

describe.skipIf(process.platform !== 'linux')(`memory, below ${BOUND_MIB} MiB (Linux)`, () => {
  it('of a backup of 640 MiB to storage that is much slower than the source', async () => {
    const folder = temporaryFolder();
    const source = join(folder, 'source');
    mkdirSync(source);
    makeFile(join(source, 'large'), 384);
    for (let file = 0; file < 8; file += 1) makeFile(join(source, `file ${file}`), 32);
    const script = join(import.meta.dirname, '../electron/engine/testing/slow-backup-process.ts');
    const most = await mostMemory(startScript(script, [source], folder));
    process.stdout.write(`slow destination: ${most} MiB\n`);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(BOUND_MIB);
  });

  it('of check and restore, where packs are of 128 MiB', async () => {
    const folder = temporaryFolder();
    const source = join(folder, 'source');
    const place = { repository: join(folder, 'repo'), home: folder };
    mkdirSync(source);
    makeFile(join(source, 'large'), 384);
    await createTestRepository(place.repository);
    resticOracle(place.repository, folder, TEST_SECRET).run('backup', '--pack-size', '128', source);
    const target = join(folder, 'target');
    const commands = {
      check: ['check', '--read-data'],
      restore: ['restore', 'latest', '--target', target],
    };
    for (const [name, args] of Object.entries(commands)) {
      const most = await mostMemory(startHoldfast(place, ...args));
      process.stdout.write(`${name} of large packs: ${most} MiB\n`);
      expect(most).toBeGreaterThan(0);
      expect(most).toBeLessThan(BOUND_MIB);
    }
  });
});
