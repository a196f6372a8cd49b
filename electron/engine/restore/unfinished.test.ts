/** A restore that was killed, and the next one into the same place. The command line is really killed in `cli/crash.slow.test.ts`. */
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { describeTree } from '../testing/file-tree.ts';
import { RestoreScene } from '../testing/restore-scene.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { isUnfinished, makeUnfinished, sweepTemporaries } from './unfinished.ts';

it('finishes the folders that a killed one had made, and takes its temporary files away', async () => {
  const scene = await RestoreScene.create();
  const { source, target, restored } = scene;
  mkdirSync(join(source, 'deep'), { recursive: true });
  mkdirSync(join(source, 'foreign'));
  writeFileSync(join(source, 'deep', 'a'), 'a');
  writeFileSync(join(source, 'deep', 'b'), 'b');
  chmodSync(join(source, 'deep'), 0o2755);
  await scene.backUp();

  // As a killed run leaves it: folders with the permissions of unfinished ones, and a file without a name.
  mkdirSync(join(restored, 'deep'), { recursive: true });
  mkdirSync(join(restored, 'foreign'), { mode: 0o711 });
  let made = join(target);
  for (const name of [...source.split('/').slice(1), 'deep']) {
    made = join(made, name);
    chmodSync(made, 0o1700);
  }
  const { pid: gone } = spawnSync('true');
  const temporary = (pid: number): string =>
    join(restored, 'deep', `.holdfast-${pid}-0123456789abcdef.part`);
  writeFileSync(temporary(gone), 'half of');
  writeFileSync(temporary(process.pid), 'still being written');

  const result = await scene.restore();
  expect(result.warnings).toEqual([]);
  expect(existsSync(temporary(gone))).toBe(false);
  expect(existsSync(temporary(process.pid))).toBe(true);
  const lines = describeTree(restored).filter((line) => !line.includes('.part'));
  const wanted = describeTree(source);
  const isForeign = (line: string): boolean => line.startsWith('/foreign');
  expect(lines.filter((line) => !isForeign(line))).toEqual(
    wanted.filter((line) => !isForeign(line)),
  );
  // A folder that somebody else has made stays as it is.
  expect(statSync(join(restored, 'foreign')).mode & 0o7777).toBe(0o711);
});

it('knows an unfinished folder also where folders hand their group down', () => {
  const folder = temporaryFolder();
  chmodSync(folder, 0o2775);
  const made = join(folder, 'made');
  makeUnfinished(Buffer.from(made));
  expect(isUnfinished(lstatSync(made, { bigint: true }))).toBe(true);
  chmodSync(made, 0o2755);
  expect(isUnfinished(lstatSync(made, { bigint: true }))).toBe(false);
});

it.runIf(process.platform === 'linux')(
  'takes those of a killed process away also while its parent has not asked how it ended',
  async () => {
    // `exec` makes the shell a program that never asks.
    const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60']);
    const parentPid = parent.pid ?? 0;
    const pid = await new Promise<number>((resolve) => {
      parent.stdout.once('data', (text: Buffer) => resolve(Number(text.toString())));
    });
    try {
      await vi.waitUntil(() => readFileSync(`/proc/${parentPid}/comm`, 'latin1') === 'sleep\n');
      process.kill(pid, 'SIGKILL');
      await vi.waitUntil(() => readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z '));
      const folder = temporaryFolder();
      for (const owner of [pid, parentPid])
        writeFileSync(join(folder, `.holdfast-${owner}-0123456789abcdef.part`), 'half of');
      sweepTemporaries(Buffer.from(folder));
      expect(readdirSync(folder)).toEqual([`.holdfast-${parentPid}-0123456789abcdef.part`]);
    } finally {
      parent.kill();
    }
  },
);
