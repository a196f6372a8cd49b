/** The other side of a `TaskPool`: what every thread does, whatever its tasks are. */
import { parentPort } from 'node:worker_threads';
import { toWireError } from '../../../shared/errors.ts';
import { Stopped } from './control-block.ts';
import type { FromThread, TaskKind, ToThread } from './task-pool.ts';

/** What belongs to one run; the thread itself may serve several, one after the other. */
export interface ThreadRun<K extends TaskKind> {
  /** @throws Stopped */
  perform(task: K['task']): K['outcome'];
  end(): void;
}

/** `say` tells the other side something that is no outcome. */
export function serveTasks<K extends TaskKind>(
  begin: (
    setUp: K['setUp'],
    say: (said: K['said'], transfer?: readonly ArrayBuffer[]) => void,
  ) => ThreadRun<K>,
): void {
  const port = parentPort;
  if (port === null) throw new Error('this file is the start of a worker');
  const tell = (message: FromThread<K>, transfer: readonly ArrayBuffer[] = []): void => {
    port.postMessage(message, transfer);
  };
  let run: ThreadRun<K> | null = null;
  port.on('message', (message: ToThread<K>) => {
    try {
      switch (message.kind) {
        case 'begin':
          run = begin(message.setUp, (said, transfer) => tell({ kind: 'said', said }, transfer));
          break;
        case 'end':
          run?.end();
          run = null;
          tell({ kind: 'ended' });
          break;
        case 'task':
          if (run === null) throw new Error('no run has begun');
          tell({ kind: 'done', outcome: run.perform(message.task) });
      }
    } catch (error) {
      tell(
        error instanceof Stopped
          ? { kind: 'stopped' }
          : { kind: 'failed', error: toWireError(error) },
      );
    }
  });
  tell({ kind: 'loaded' });
}
