/** A thread that helps with chunks, for tests: of each it makes nothing but the id. Says at its end why it does not help any more. */
import { parentPort, workerData } from 'node:worker_threads';
import { ChunkSlots, type SharedChunkSlots } from '../backup/chunk-slots.ts';
import { helpWithChunks } from '../backup/content-chunks.ts';
import { sha256Hex } from '../format/id.ts';
import { ControlBlock, Stopped, type SharedControl } from '../workers/control-block.ts';

export interface HelperData {
  readonly control: SharedControl;
  readonly chunks: SharedChunkSlots;
  /** Counts the chunks that were helped with. */
  readonly helped: Int32Array<SharedArrayBuffer>;
}

const { control: shared, chunks, helped } = workerData as HelperData;
const control = new ControlBlock(shared);
const slots = new ChunkSlots(control, chunks);
try {
  helpWithChunks(slots, control, slots.call, (chunk) => {
    Atomics.add(helped, 0, 1);
    return sha256Hex(chunk);
  });
  parentPort?.postMessage('called off');
} catch (error) {
  if (!(error instanceof Stopped)) throw error;
  parentPort?.postMessage('stopped');
}
