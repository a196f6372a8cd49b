/** A thread of a backup: takes one task after the other and does all of it by itself, but for what others take off it of a large file. See `worker-messages.ts`. */
import { RabinChunker } from '../chunker/rabin-chunker.ts';
import { openFileSystem } from '../native/open-file-system.ts';
import { displayPath } from '../native/path-bytes.ts';
import { BlobClaims } from '../repository/blob-claims.ts';
import { KnownBlobs } from '../repository/blob-index.ts';
import { BatchWriter } from '../workers/blob-batch.ts';
import { ControlBlock } from '../workers/control-block.ts';
import { serveTasks } from '../workers/task-thread.ts';
import { ChunkSlots } from './chunk-slots.ts';
import { ContentChunks, helpWithChunks, type SaveChunk } from './content-chunks.ts';
import { Exclusions } from './exclusions.ts';
import { FolderArchiver } from './folder-archiver.ts';
import { countBelow } from './folder-measure.ts';
import { LinkIdentities } from './link-identity.ts';
import { writtenNode } from './parent-directory.ts';
import { WorkerBlobs } from './worker-blobs.ts';
import type { ArchiveTasks, ByteString, TaskResult, WorkerTask } from './worker-messages.ts';
import { WorkerReport } from './worker-report.ts';

const CURRENT_EVERY_MS = 250;
/** The engine's own thread has said what there is to say of the file system. */
const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined };

const fileSystem = await openFileSystem(SILENT);

interface Run {
  readonly control: ControlBlock;
  readonly blobs: WorkerBlobs;
  readonly slots: ChunkSlots;
  readonly save: SaveChunk;
  readonly exclusions: Exclusions;
  readonly archiver: FolderArchiver;
}

serveTasks<ArchiveTasks>((setUp, say) => {
  const control = new ControlBlock(setUp.control);
  const report = new WorkerReport();
  const batches = new BatchWriter(setUp, control, setUp.returns, (batch, transfer) => {
    say({ kind: 'blobs', batch }, transfer);
  });
  const blobs = new WorkerBlobs(
    new KnownBlobs(setUp.known),
    new BlobClaims(setUp.claims),
    batches,
    report,
  );
  const slots = new ChunkSlots(control, setUp.chunks);
  const save = (chunk: Uint8Array) => blobs.save('data', chunk);
  const exclusions = new Exclusions(setUp.exclusions);
  let toldAtMs = 0;
  const archiver = new FolderArchiver({
    masterKey: setUp.masterKey,
    chunker: new RabinChunker(setUp.polynomial),
    chunks: new ContentChunks(slots, control, save),
    control,
    blobs,
    report,
    fileSystem,
    links: new LinkIdentities(setUp.links),
    exclusions,
    asksBeforeReading: setUp.asksBeforeReading,
    current: (path) => {
      const nowMs = performance.now();
      if (nowMs - toldAtMs < CURRENT_EVERY_MS) return;
      toldAtMs = nowMs;
      say({ kind: 'current', path: displayPath(path) });
    },
  });
  const run = { control, blobs, slots, save, exclusions, archiver };
  return {
    perform: (task) => ({ result: perform(run, task), report: report.take() }),
    end: () => setUp.returns.close(),
  };
});

function perform(run: Run, task: WorkerTask): TaskResult {
  const { archiver, exclusions, control, blobs, slots, save } = run;
  switch (task.kind) {
    case 'folder': {
      const names = task.names?.map(bytesOf) ?? null;
      const stubbed = task.stubbed.map((stub) => ({ ...stub, name: bytesOf(stub.name) }));
      return archiver.folder(bytesOf(task.path), task.parent, names, stubbed);
    }
    case 'entry': {
      const known = task.previous === null ? null : writtenNode(task.previous);
      return { kind: 'node', node: archiver.single(bytesOf(task.name), bytesOf(task.path), known) };
    }
    case 'tree':
      return archiver.tree(task.text, task.holes);
    case 'count':
      return { kind: 'count', ...countBelow(bytesOf(task.path), exclusions, () => control.step()) };
    case 'help':
      helpWithChunks(slots, control, task.call, save);
      return { kind: 'helped' };
    case 'flush':
      break;
  }
  blobs.flush();
  return { kind: 'flushed' };
}

function bytesOf(text: ByteString): Buffer {
  return Buffer.from(text, 'latin1');
}
