import { afterEach, expect, it, vi } from 'vitest';
import { ControlBlock } from './control-block.ts';
import { keepInStep } from './keep-in-step.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** Whether a thread would wait now. */
function waits(control: ControlBlock): boolean {
  return Atomics.load(control.shared.numbers, 0) === 1;
}

it('lets threads wait as long as the run is paused', async () => {
  const control = new ControlBlock();
  const paused = Promise.withResolvers<void>();
  let asked = 0;
  const step = async (): Promise<void> => {
    asked += 1;
    if (asked === 2) await paused.promise;
  };
  ends.push(keepInStep(control, step, () => undefined));
  await vi.waitUntil(() => asked === 2);
  expect(waits(control)).toBe(true);
  paused.resolve();
  await vi.waitUntil(() => asked > 3);
  await vi.waitUntil(() => !waits(control));
});

it('says once that the run is cancelled', async () => {
  const control = new ControlBlock();
  const heard: unknown[] = [];
  let asked = 0;
  const step = (): Promise<void> => {
    asked += 1;
    return Promise.reject(new Error('cancelled'));
  };
  ends.push(keepInStep(control, step, (error) => heard.push(error)));
  await vi.waitUntil(() => heard.length > 0);
  expect(heard).toMatchObject([{ message: 'cancelled' }]);
  expect(asked).toBe(1);
});
