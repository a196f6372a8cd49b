import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { TaskLane } from './task-lane.ts';

describe('task lane', () => {
  it('runs no more side by side than it may, and all of them', async () => {
    const lane = new TaskLane(3);
    let [running, most, done] = [0, 0, 0];
    for (let task = 0; task < 20; task += 1) {
      await lane.start(async () => {
        running += 1;
        most = Math.max(most, running);
        await nextTurn();
        running -= 1;
        done += 1;
      });
    }
    await lane.drain();
    expect([most, done, running]).toEqual([3, 20, 0]);
  });

  it('tells the first failure, and can be settled after it', async () => {
    const lane = new TaskLane(2);
    const gate = Promise.withResolvers<void>();
    let finished = false;
    await lane.start(async () => {
      await gate.promise;
      finished = true;
    });
    await lane.start(() => Promise.reject(new Error('first')));
    await expect(
      (async () => {
        await lane.start(() => Promise.resolve());
        await lane.drain();
      })(),
    ).rejects.toThrow('first');
    gate.resolve();
    await lane.settle();
    expect(finished).toBe(true);
  });
});
