/** A thread of a restore: opens what was read, proves it, and writes it. See `restore-messages.ts`. */
import { openFileSystem } from '../native/open-file-system.ts';
import { KnownBlobs } from '../repository/blob-index.ts';
import { ControlBlock } from '../workers/control-block.ts';
import { serveTasks } from '../workers/task-thread.ts';
import { hasContent } from './existing-content.ts';
import { FolderFiller } from './folder-filler.ts';
import { FileWriter } from './file-writer.ts';
import type { RestoreTasks } from './restore-messages.ts';

/** The engine's own thread has said what there is to say of the file system. */
const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined };

const fileSystem = await openFileSystem(SILENT);

serveTasks<RestoreTasks>(({ masterKey, index, stamp, control: shared }, say) => {
  const control = new ControlBlock(shared);
  const step = (): void => control.step();
  const writer = new FileWriter(masterKey, stamp, fileSystem, step, (spent) => say(spent, spent));
  const filler = new FolderFiller(masterKey, new KnownBlobs(index), writer, step);
  return {
    perform: (task) => {
      switch (task.kind) {
        case 'files':
          return { kind: 'files', files: writer.files(task.files, task.ranges) };
        case 'part':
          return writer.part(Buffer.from(task.temporary, 'latin1'), task.parts, task.ranges);
        case 'list':
          return filler.list(task.job, task.folders, task.trees, task.part);
        case 'fill':
          return filler.fill(task.job, task.ranges);
        case 'compare':
          break;
      }
      const areRight = task.files.map(({ path, content }) =>
        hasContent(Buffer.from(path, 'latin1'), content, step),
      );
      return { kind: 'compared', areRight };
    },
    end: () => undefined,
  };
});
