/**
 * Two programs back up into one repository at the same time, many times over: two of ours, and one of ours with restic. After every round restic
 * finds no error and restores every archive of both as its source was; in the end what nobody needs goes, and it is looked at once more.
 */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createTestRepository } from '../electron/engine/testing/engine-means.ts';
import { describeTree, randomBytesFor } from '../electron/engine/testing/file-tree.ts';
import { resticOracle, type ResticOracle } from '../electron/engine/testing/restic-oracle.ts';
import { temporaryFolder } from '../electron/engine/testing/temporary-folder.ts';
import {
  jsonLines,
  LockWatch,
  startHoldfast,
  startRestic,
  succeeded,
  type Place,
  type Running,
} from './testing/built-program.ts';

const ROUNDS = process.env['HOLDFAST_FULL_TESTS'] === '1' ? 20 : 3;
const FILES = 24;

interface Listed {
  readonly id: string;
  readonly time: string;
  readonly paths: readonly string[];
}

class Writers {
  readonly place: Place;
  readonly sources: readonly string[];
  readonly restic: ResticOracle;
  /** What each archive holds. */
  readonly archives = new Map<string, readonly string[]>();
  /** Rounds in which both held a lock at the same moment. */
  together = 0;
  readonly #folder = temporaryFolder();

  constructor() {
    this.place = { repository: join(this.#folder, 'repo'), home: join(this.#folder, 'home') };
    this.sources = ['left', 'right'].map((name) => join(this.#folder, name));
    for (const folder of [this.place.home, ...this.sources]) mkdirSync(folder);
    this.restic = resticOracle(this.place.repository, this.#folder);
  }

  /** Half of what is new is the same in both: the same blobs are written by both. */
  change(round: number): void {
    for (const source of this.sources) {
      for (let file = 0; file < FILES; file += 1) {
        if (round > 0 && file % 4 !== round % 4) continue;
        const folder = join(source, `folder ${file % 5}`);
        mkdirSync(folder, { recursive: true });
        const whose = file % 2 === 0 ? 'both' : source;
        const length = file < 4 ? 2_000_000 : 1000 * file;
        const path = join(folder, `file ${file}`);
        writeFileSync(path, randomBytesFor(`${whose} ${file} ${round}`, length));
      }
      const link = join(source, 'link');
      rmSync(link, { force: true });
      symlinkSync(`round ${round}`, link);
    }
  }

  /** The first one stands still at its lock until the other one has one too. */
  async bothAtOnce(first: () => Running, second: () => Running): Promise<void> {
    const locks = new LockWatch(this.place.repository);
    let count = 0;
    const one = first();
    const other = await new Promise<Running>((resolve, reject) => {
      void one.ended.then(({ stderr }) => reject(new Error(`it ended without a lock: ${stderr}`)));
      locks.onLock = () => {
        count += 1;
        if (count === 1) {
          one.child.kill('SIGSTOP');
          const next = second();
          // Whatever becomes of it, nobody stands still for ever.
          void next.ended.then(() => one.child.kill('SIGCONT'));
          resolve(next);
        } else if (count === 2) {
          if (one.child.exitCode === null) this.together += 1;
          one.child.kill('SIGCONT');
        }
      };
    });
    try {
      await Promise.all([succeeded(one), succeeded(other)]);
    } finally {
      locks.close();
    }
  }

  /** restic's opinion of all of it. `expected`: how many archives there are. */
  judge(expected: number): void {
    this.restic.check();
    const listed = JSON.parse(this.restic.run('snapshots', '--json')) as Listed[];
    assert.equal(listed.length, expected);
    for (const { id, paths } of listed) {
      const [source = ''] = paths;
      const wanted = this.archives.get(id) ?? describeTree(source);
      this.archives.set(id, wanted);
      const out = join(this.#folder, 'judged');
      rmSync(out, { recursive: true, force: true });
      this.restic.run('restore', id, '--target', out);
      assert.deepEqual(describeTree(join(out, source)), wanted);
    }
  }
}

describe.each(['holdfast', 'restic'] as const)('holdfast and %s', (other) => {
  it(`lose nothing when both write, ${ROUNDS} times`, async () => {
    const writers = new Writers();
    const { place, sources } = writers;
    await createTestRepository(place.repository);
    const [left = '', right = ''] = sources;
    const ours = (): Running => startHoldfast(place, 'backup', left);
    const theirs = (): Running =>
      other === 'restic'
        ? startRestic(place, 'backup', right)
        : startHoldfast(place, 'backup', right);
    for (let round = 0; round < ROUNDS; round += 1) {
      writers.change(round);
      await (round % 2 === 0 ? writers.bothAtOnce(ours, theirs) : writers.bothAtOnce(theirs, ours));
      writers.judge(2 * (round + 1));
    }
    expect(writers.together).toBeGreaterThan(0);
    process.stdout.write(`with ${other}: ${writers.together} of ${ROUNDS} rounds at once\n`);

    const pruned = jsonLines(await succeeded(startHoldfast(place, '--json', 'prune')));
    expect(pruned.at(-1)).toMatchObject({ message_type: 'summary' });
    writers.judge(2 * ROUNDS);
    await succeeded(startHoldfast(place, 'forget', '--keep-last', '2', '--prune'));
    writers.judge(4);
  });
});
