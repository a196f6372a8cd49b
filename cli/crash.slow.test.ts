/**
 * The command line is killed at random moments between its lock and its end, in whatever it does, on one repository that goes on being used.
 * After each: restic finds no error, every archive restores identical, a known secret opens, and the same command finishes when it is run again.
 * `HOLDFAST_CRASH_SEED` repeats a run: the same operations on the same data at the same shares of their time.
 */
import { randomInt } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { describeTree } from '../electron/engine/testing/file-tree.ts';
import { CrashScene, KEPT, OPERATIONS, randomFrom, type Operation } from './testing/crash-scene.ts';

const KILLS = process.env['HOLDFAST_FULL_TESTS'] === '1' ? 200 : 20;
/** Some runs are quicker than those before, and over when their moment comes: these are no kills. */
const MAX_TRIES = KILLS * 5;
const REMEMBERED_RUNS = 3;

it(`survives a kill at any of ${KILLS} moments`, async () => {
  const seed = Number(process.env['HOLDFAST_CRASH_SEED'] ?? randomInt(2 ** 31));
  process.stdout.write(`seed of the crash test: ${seed}\n`);
  const random = randomFrom(seed);
  const scene = new CrashScene(random);
  onTestFinished(() => rmSync(scene.folder, { recursive: true, force: true }));
  const spans = new Spans();
  await scene.finish(['init']);
  for (let made = 0; made < KEPT; made += 1) {
    scene.change();
    spans.add('backup', await scene.finish(scene.commandOf('backup')));
    scene.judge();
  }
  const finish = async (operation: Operation): Promise<void> => {
    const tookMs = await scene.finish(scene.commandOf(operation));
    if (operation === 'passwd') scene.secret = 1 - scene.secret;
    spans.add(operation, tookMs);
  };
  for (const operation of OPERATIONS) if (!spans.has(operation)) await finish(operation);
  scene.judge();

  const killed = new Map<Operation, number>();
  let kills = 0;
  let tries = 0;
  for (; kills < KILLS && tries < MAX_TRIES; tries += 1) {
    const operation = OPERATIONS[Math.floor(random() * OPERATIONS.length)] ?? 'backup';
    const share = random();
    if (operation === 'backup') scene.change();
    const out = join(scene.folder, 'out');
    rmSync(out, { recursive: true, force: true });
    const quickerMs = await scene.kill(
      scene.commandOf(operation),
      share * spans.longestMs(operation),
    );
    scene.judge();
    if (quickerMs === null) {
      kills += 1;
      killed.set(operation, (killed.get(operation) ?? 0) + 1);
      await finish(operation);
      scene.judge();
    } else {
      spans.add(operation, quickerMs);
    }
    if (operation === 'restore') {
      const latest = [...scene.archives.values()].at(-1);
      expect(describeTree(join(out, scene.source))).toEqual(latest);
    }
  }
  const counts = JSON.stringify(Object.fromEntries(killed));
  process.stdout.write(`killed ${kills} times in ${tries} tries: ${counts}\n`);
  expect(kills).toBe(KILLS);
}, 5_400_000);

/** How long the last runs of each operation took from lock to end. One that goes on from a killed one is short, so the longest counts. */
class Spans {
  readonly #lastMs = new Map<Operation, number[]>();

  add(operation: Operation, tookMs: number): void {
    this.#lastMs.set(
      operation,
      [...(this.#lastMs.get(operation) ?? []), tookMs].slice(-REMEMBERED_RUNS),
    );
  }

  has(operation: Operation): boolean {
    return this.#lastMs.has(operation);
  }

  longestMs(operation: Operation): number {
    return Math.max(0, ...(this.#lastMs.get(operation) ?? []));
  }
}
