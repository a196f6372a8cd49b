import { describe, expect, it } from 'vitest';
import type { SpareThreads } from './spare-threads.ts';
import { TaskPool, type TaskKind } from './task-pool.ts';

/** None that could be taken. */
function pool(): TaskPool<TaskKind> {
  const threads: Pick<SpareThreads, 'take'> = {
    take: () => {
      throw new Error('a thread was taken');
    },
  };
  return new TaskPool(threads as SpareThreads, () => {
    throw new Error('a thread was seated');
  });
}

describe('a pool whose run is over', () => {
  it('takes no thread any more after a failure', () => {
    const failed = pool();
    const failure = new Error('no space');
    failed.fail(failure);
    expect(() => failed.oneThread()).toThrow(failure);
  });

  it('takes none after its end, which nobody would end', async () => {
    const ended = pool();
    await ended.end();
    expect(() => ended.oneThread()).toThrow('job/cancelled');
    await expect(ended.run({})).rejects.toMatchObject({ code: 'job/cancelled' });
  });
});
