/**
 * The command line is killed at random moments, in whatever it does, on one repository that goes on being used. After each: restic finds no error, every
 * archive restores identical, a known secret opens, and the same command finishes when it is run again. `HOLDFAST_CRASH_SEED` repeats a run.
 */
import { randomInt } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { describeTree } from '../electron/engine/testing/file-tree.ts';
import { CrashScene, KEPT, OPERATIONS, randomFrom, type Operation } from './testing/crash-scene.ts';

const MOMENTS = process.env['HOLDFAST_FULL_TESTS'] === '1' ? 200 : 20;

it(`survives a kill at any of ${MOMENTS} moments`, async () => {
  const seed = Number(process.env['HOLDFAST_CRASH_SEED'] ?? randomInt(2 ** 31));
  process.stdout.write(`seed of the crash test: ${seed}\n`);
  const random = randomFrom(seed);
  const scene = new CrashScene(random);
  onTestFinished(() => rmSync(scene.folder, { recursive: true, force: true }));
  await scene.finish(['init']);
  for (let made = 0; made < KEPT; made += 1) {
    scene.change();
    await scene.finish(scene.commandOf('backup'));
    scene.judge();
  }
  const killed = new Map<Operation, number>();
  /** How long each took from its lock to its end, so that kills fall in between. */
  const tookMs = new Map<Operation, number>();
  for (let moment = 0; moment < MOMENTS; moment += 1) {
    const operation = OPERATIONS[Math.floor(random() * OPERATIONS.length)] ?? 'backup';
    if (operation === 'backup') scene.change();
    rmSync(join(scene.folder, 'out'), { recursive: true, force: true });
    const limitMs = tookMs.get(operation) ?? 600;
    if (await scene.kill(scene.commandOf(operation), random() * limitMs)) {
      killed.set(operation, (killed.get(operation) ?? 0) + 1);
    }
    scene.judge();
    const startedMs = performance.now();
    await scene.finish(scene.commandOf(operation));
    // Without the start of the program, about.
    tookMs.set(operation, Math.max(30, (performance.now() - startedMs) * 0.6));
    if (operation === 'passwd') scene.secret = 1 - scene.secret;
    if (operation === 'restore') {
      const [latest] = [...scene.archives.values()].slice(-1);
      expect(describeTree(join(scene.folder, 'out', scene.source))).toEqual(latest);
    }
    scene.judge();
  }
  const kills = [...killed.values()].reduce((sum, each) => sum + each, 0);
  process.stdout.write(`killed: ${JSON.stringify(Object.fromEntries(killed))}\n`);
  // Some are quicker than the moment that was chosen, but not most.
  expect(kills).toBeGreaterThan(MOMENTS / 3);
}, 3_600_000);
