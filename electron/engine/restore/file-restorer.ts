/**
 * Brings the content of files to disk, in threads: small ones gathered, large ones in parts. What is read, opened and not yet written is
 * bounded. A blob that is damaged where it was read first is tried at every other place; a file that cannot be had whole is a warning.
 */
import type { Transferable } from 'node:worker_threads';
import { systemError } from '../native/file-system-port.ts';
import { displayPath } from '../native/path-bytes.ts';
import { keepInStep } from '../workers/keep-in-step.ts';
import { SpareThreads } from '../workers/spare-threads.ts';
import { TaskPool, LARGE_TASKS_AT_MOST, WORKERS } from '../workers/task-pool.ts';
import { BlobFetcher, type FetchedBlobs } from './blob-fetcher.ts';
import { FilePlacer } from './file-placer.ts';
import type { FileMeans, FileToCompare, FileToRestore } from './file-to-restore.ts';
import { FilesInParts, type Crew } from './files-in-parts.ts';
import { metadataOf } from './node-metadata.ts';
import {
  WINDOW_BYTES,
  type FileOrder,
  type FileOutcome,
  type RestoreOutcome,
  type RestoreTasks,
} from './restore-messages.ts';

/** In the sources a file of its own, in the app a bundle beside this one. */
const THREADS = new SpareThreads(
  new URL(
    import.meta.url.endsWith('.ts') ? './restore-worker.ts' : './restore-worker.js',
    import.meta.url,
  ),
);

/** For who knows that a restore comes, and has to wait for something else first. */
export function prepareRestoreThreads(): void {
  THREADS.prepare(WORKERS);
}

const FILES_A_BATCH = 500;
const COMPARED_BYTES = 32 * 1024 * 1024;

export class FileRestorer {
  readonly #means: FileMeans;
  /** Told what the operating system said of one entry; throws when that ends the run. */
  readonly #report: (path: Buffer, error: unknown) => void;
  readonly fetcher: BlobFetcher;
  readonly crew: Crew;
  readonly #parts: FilesInParts;
  readonly #pool: TaskPool<RestoreTasks>;
  #pending: Pending[] = [];
  #pendingBytes = 0;
  #large: FileToRestore[] = [];
  #comparing: FileToCompare[] = [];
  #comparingBytes = 0;
  #underWay = 0;
  #failure: { readonly error: unknown } | null = null;
  #wake: () => void = () => undefined;
  #endSteps: (() => void) | null = null;

  constructor(means: FileMeans, report: (path: Buffer, error: unknown) => void) {
    const { repository, stamp } = means;
    this.#means = means;
    this.#report = report;
    this.fetcher = new BlobFetcher(repository);
    this.crew = this.#crew();
    this.#parts = new FilesInParts(
      means,
      this.fetcher,
      new FilePlacer(stamp, means.fileSystem),
      this.crew,
    );
    this.#pool = new TaskPool(THREADS, () => ({
      setUp: {
        masterKey: repository.core.masterKey,
        index: repository.shareIndex(),
        stamp,
        control: this.#pool.control.shared,
      },
      transfer: [],
      heard: (spent) => this.fetcher.giveBack(spent),
      left: () => undefined,
    }));
  }

  /** Waits while enough is under way. */
  async add(file: FileToRestore): Promise<void> {
    this.addLater(file);
    await this.#startFull();
  }

  /** Does not wait: for what comes out of something that was under way. */
  addLater(file: FileToRestore): void {
    const bytes = this.#bytesOf(file);
    if (bytes > WINDOW_BYTES) {
      this.#large.push(file);
      return;
    }
    this.#pending.push({ file, bytes });
    this.#pendingBytes += bytes;
  }

  /** Waits while enough is under way. */
  async compare(file: FileToCompare): Promise<void> {
    this.#comparing.push(file);
    this.#comparingBytes += file.bytes;
    await this.#startFull();
  }

  /** Resolves when all that was given is on disk, or was reported. Rejects with what ended the run. */
  async drain(): Promise<void> {
    for (;;) {
      await this.#startFull(true);
      if (this.#underWay > 0) await this.#whenLess();
      // What has just ended may have brought more.
      else if (this.#pending.length + this.#large.length === 0) break;
    }
    this.#throwIfFailed();
    await this.#means.requireTarget();
  }

  /** Whatever is under way. Nothing half-written is left. */
  async end(): Promise<void> {
    this.#endSteps?.();
    this.#fail(new Error('the restore has ended'));
    await this.#pool.end();
    while (this.#underWay > 0) await this.#whenLess();
    this.#parts.discardAll();
  }

  // ---- what is under way

  #crew(): Crew {
    return {
      room: async () => this.#room(),
      start: (work) => this.#start(work),
      hasRoom: () => this.#underWay < LARGE_TASKS_AT_MOST && this.#failure === null,
      changed: async () => {
        this.#throwIfFailed();
        await this.#whenLess();
        this.#throwIfFailed();
      },
      wake: () => this.#wake(),
      run: async (task, ranges) =>
        this.#run(async (transfer) => this.#pool.run(task, transfer, true), ranges),
      oneThread: () => {
        const run = this.#pool.oneThread();
        return async (task, ranges) => this.#run(async (transfer) => run(task, transfer), ranges);
      },
      hasFailed: () => this.#failure !== null,
      report: (path, error) => this.#report(path, error),
      done: (file, restored, counted) => this.#done(file, restored, counted),
    };
  }

  async #startFull(all = false): Promise<void> {
    for (let file = this.#large.shift(); file !== undefined; file = this.#large.shift())
      await this.#parts.sideBySide(file);
    const isFull = (files: readonly unknown[], bytes: number, most: number): boolean =>
      files.length > 0 && (all || bytes >= most || files.length >= FILES_A_BATCH);
    while (isFull(this.#pending, this.#pendingBytes, WINDOW_BYTES)) {
      await this.#room();
      const files = this.#takePending();
      this.#start(async () => this.#write(files));
    }
    while (isFull(this.#comparing, this.#comparingBytes, COMPARED_BYTES)) {
      await this.#room();
      const files = this.#comparing.splice(0, FILES_A_BATCH);
      this.#comparingBytes = sum(this.#comparing.map(({ bytes }) => bytes));
      this.#start(async () => this.#compare(files));
    }
  }

  #takePending(): FileToRestore[] {
    let total = 0;
    let count = 0;
    for (const { bytes } of this.#pending) {
      if (count > 0 && (count === FILES_A_BATCH || total + bytes > WINDOW_BYTES)) break;
      total += bytes;
      count += 1;
    }
    this.#pendingBytes -= total;
    return this.#pending.splice(0, count).map(({ file }) => file);
  }

  /** What it takes in memory, sealed or opened. The size that is archived may be a lie. */
  #bytesOf({ node, content }: FileToRestore): number {
    return Math.max(node.size, sum(content.map((id) => this.fetcher.memoryFor(id))));
  }

  async #room(): Promise<void> {
    while (this.#underWay >= LARGE_TASKS_AT_MOST && this.#failure === null) await this.#whenLess();
    this.#throwIfFailed();
    try {
      await this.#means.meter.step();
    } catch (error) {
      // What is under way must not take itself for complete.
      this.#fail(error);
      throw error;
    }
  }

  async #whenLess(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  #start(work: () => Promise<void>): void {
    this.#endSteps ??= keepInStep(
      this.#pool.control,
      async () => this.#means.meter.step(),
      (error) => this.#fail(error),
    );
    this.#underWay += 1;
    const ended = (): void => {
      this.#underWay -= 1;
      this.#wake();
    };
    work()
      .catch((error: unknown) => this.#fail(error))
      .finally(ended);
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#pool.fail(error);
    this.#wake();
  }

  #throwIfFailed(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  async #run(
    run: (transfer: readonly Transferable[]) => Promise<RestoreOutcome>,
    ranges: readonly Uint8Array<ArrayBuffer>[],
  ): Promise<RestoreOutcome> {
    const { requireTarget } = this.#means;
    await requireTarget();
    const outcome = await run(ranges.map(({ buffer }) => buffer));
    // Whatever is said of single files: it was none of theirs.
    await requireTarget();
    return outcome;
  }

  // ---- small files

  async #write(files: readonly FileToRestore[]): Promise<void> {
    const { signal, meter } = this.#means;
    const [first] = files;
    if (first !== undefined) meter.current(displayPath(first.placement.path));
    const fetched = await this.fetcher.fetch(
      files.flatMap(({ content }) => content),
      signal,
    );
    const orders: FileOrder[] = [];
    const ordered: FileToRestore[] = [];
    const others: FileToRestore[] = [];
    for (const file of files) {
      const order = orderFor(file, fetched);
      if (order === null) {
        others.push(file);
        continue;
      }
      orders.push(order);
      ordered.push(file);
    }
    const { ranges } = fetched;
    const outcome = await this.crew.run({ kind: 'files', files: orders, ranges }, ranges);
    const outcomes = outcome.kind === 'files' ? outcome.files : [];
    for (const [index, file] of ordered.entries()) {
      const each = outcomes[index];
      if (each === undefined || each.kind === 'damaged') others.push(file);
      else this.#heard(file, each);
    }
    for (const file of others) await this.#parts.slowly(file);
  }

  #heard(file: FileToRestore, outcome: Exclude<FileOutcome, { readonly kind: 'damaged' }>): void {
    const { path } = file.placement;
    if (outcome.kind === 'failed') {
      this.#report(path, systemError(outcome.code, outcome.syscall, path));
      this.#done(file, null);
      return;
    }
    for (const complaint of outcome.complaints) {
      this.#means.warnings.add(displayPath(path), 'metadata-not-restored', complaint);
    }
    const restored = { path: Buffer.from(outcome.path, 'latin1'), bytes: outcome.bytes };
    this.#done(file, restored);
  }

  /** `counted`: bytes that were added to the progress already. */
  #done(file: FileToRestore, restored: Parameters<FileToRestore['done']>[0], counted = 0): void {
    this.#means.meter.add(1, Math.max(0, file.node.size - counted));
    file.done(restored);
  }

  // ---- what may be right already

  async #compare(files: readonly FileToCompare[]): Promise<void> {
    const [first] = files;
    if (first !== undefined) this.#means.meter.current(displayPath(first.path));
    const compared = files.map(({ path, content }) => ({ path: path.toString('latin1'), content }));
    const outcome = await this.crew.run({ kind: 'compare', files: compared }, []);
    const areRight = outcome.kind === 'compared' ? outcome.areRight : [];
    for (const [index, file] of files.entries()) file.done(areRight[index] === true);
  }
}

interface Pending {
  readonly file: FileToRestore;
  readonly bytes: number;
}

/** null when not all of it was read. */
function orderFor(
  { node, content, placement }: FileToRestore,
  { blobs }: FetchedBlobs,
): FileOrder | null {
  const found = content.flatMap((id) => blobs.get(id) ?? []);
  if (found.length !== content.length) return null;
  return {
    path: placement.path.toString('latin1'),
    replace: placement.replace,
    isSheltered: false,
    metadata: metadataOf(node),
    blobs: found,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
