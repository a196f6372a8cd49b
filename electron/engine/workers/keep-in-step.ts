/** Pause and cancel for threads in the midst of something long: nobody else asks between two tasks until it is over. */
import type { ControlBlock } from './control-block.ts';

const LOOK_EVERY_MS = 100;

/**
 * Lets threads that call `control.step` wait while `step` waits. `stopped` hears what `step` rejects with, once; it is to stop the threads. Returns
 * how to end this. Does not keep the process.
 */
export function keepInStep(
  control: ControlBlock,
  step: () => Promise<void>,
  stopped: (error: unknown) => void,
): () => void {
  let isWaiting = false;
  const look = async (): Promise<void> => {
    if (isWaiting) return;
    isWaiting = true;
    control.pause();
    try {
      await step();
      control.resume();
      isWaiting = false;
    } catch (error) {
      clearInterval(timer);
      stopped(error);
    }
  };
  const timer = setInterval(() => void look(), LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
