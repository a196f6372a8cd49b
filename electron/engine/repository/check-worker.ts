/** A thread of a check: takes packs that were read, and proves all that is in them. See `check-messages.ts`. */
import { release } from '../crypto/release.ts';
import { entriesOf } from '../format/blob-table.ts';
import { sha256Hex } from '../format/id.ts';
import { ControlBlock } from '../workers/control-block.ts';
import { serveTasks } from '../workers/task-thread.ts';
import { openBlobBriefly } from './blob-reader.ts';
import type { CheckTasks } from './check-messages.ts';
import { contentsOf, damageOf } from './check-proof.ts';

serveTasks<CheckTasks>(({ masterKey, control: shared }) => {
  const control = new ControlBlock(shared);
  return {
    perform: ({ pack, bytes, blobs }) => {
      const entries = entriesOf(blobs);
      const damaged = entries.flatMap(({ type, id, offset, length, uncompressedLength }) => {
        control.step();
        const sealed = bytes.subarray(offset, offset + length);
        return damageOf(type, id, () =>
          openBlobBriefly(masterKey, sealed, type, id, uncompressedLength),
        );
      });
      const outcome = {
        hasItsHash: sha256Hex(bytes) === pack,
        contents: contentsOf(masterKey, bytes, bytes.length, entries),
        damaged,
      };
      release(bytes);
      return outcome;
    },
    end: () => undefined,
  };
});
