/**
 * Files that are made in parts: large ones, by several threads side by side, and those of which a blob is not where it was looked for first. The
 * file is here; a part is written by whoever has it. It gets its name when the last part has ended.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import { isDamage } from '../damage.ts';
import type { Id } from '../format/id.ts';
import { systemError } from '../native/file-system-port.ts';
import { displayPath } from '../native/path-bytes.ts';
import { plainLength } from '../repository/blob-reader.ts';
import type { BlobFetcher } from './blob-fetcher.ts';
import type { FilePlacer } from './file-placer.ts';
import type { FileMeans, FileToRestore } from './file-to-restore.ts';
import { NewFile } from './new-file.ts';
import { metadataOf } from './node-metadata.ts';
import type { RestoreOutcome, RestoreTasks } from './restore-messages.ts';

/** `ranges` are handed over with the task. */
export type Runner = (
  task: RestoreTasks['task'],
  ranges: readonly Uint8Array<ArrayBuffer>[],
) => Promise<RestoreOutcome>;

/** Who has the threads, and counts what is under way. */
export interface Crew {
  /** Waits while enough is under way. Rejects with what ended the run. */
  room(): Promise<void>;
  hasRoom(): boolean;
  /** Waits until something has ended, or somebody says `wake`. Rejects with what ended the run. */
  changed(): Promise<void>;
  wake(): void;
  start(work: () => Promise<void>): void;
  run: Runner;
  /** For tasks that belong together. */
  oneThread(): Runner;
  hasFailed(): boolean;
  /** Told what the operating system said of one entry; throws when that ends the run. */
  report(path: Buffer, error: unknown): void;
  /** `counted`: bytes that were added to the progress already. */
  done(file: FileToRestore, restored: Parameters<FileToRestore['done']>[0], counted?: number): void;
}

export class FilesInParts {
  readonly #means: FileMeans;
  readonly #fetcher: BlobFetcher;
  readonly #placer: FilePlacer;
  readonly #crew: Crew;
  readonly #open = new Set<NewFile>();

  constructor(means: FileMeans, fetcher: BlobFetcher, placer: FilePlacer, crew: Crew) {
    this.#means = means;
    this.#fetcher = fetcher;
    this.#placer = placer;
    this.#crew = crew;
  }

  /** When nothing is under way any more: nothing is left of what is not complete. */
  discardAll(): void {
    for (const file of this.#open) file.discard();
  }

  /** Resolves when all parts have begun. Rejects with what ended the run. */
  async sideBySide(file: FileToRestore): Promise<void> {
    const making = this.#create(file);
    if (making === null) return;
    try {
      for (const window of this.#fetcher.windows(making.file.content)) {
        if (making.isLost) break;
        await this.#crew.room();
        const pieces = this.#layOut(making, window);
        making.parts += 1;
        this.#crew.start(async () => {
          await this.#part(making, pieces);
          this.#partEnded(making);
        });
      }
    } finally {
      if (!this.#crew.hasFailed()) this.#partEnded(making);
    }
  }

  /** Blob by blob, each from whichever copy is good. Rejects with what ended the run. */
  async slowly(file: FileToRestore): Promise<void> {
    const making = this.#create(file);
    if (making === null) return;
    for (const piece of this.#layOut(making, file.content)) {
      await this.#means.meter.step();
      await this.#writeFromAnywhere(making, piece);
      if (making.isLost) break;
    }
    this.#partEnded(making);
  }

  /** The next pieces, by the lengths that the index tells now: whatever it tells later, they lie where they were laid. */
  #layOut(making: Making, ids: readonly Id[]): Piece[] {
    return ids.map((id) => {
      const position = making.sizeBytes;
      const length = this.#means.repository.blobLength('data', id) ?? 0;
      making.sizeBytes += length;
      return { id, position, length };
    });
  }

  /** null when it cannot be made, which is reported. */
  #create(file: FileToRestore): Making | null {
    const { repository, warnings } = this.#means;
    const { path } = file.placement;
    if (file.content.some((id) => repository.blobLength('data', id) === null)) {
      warnings.add(displayPath(path), 'damaged', 'repo/blob-missing');
      this.#crew.done(file, null);
      return null;
    }
    try {
      const target = NewFile.create(path);
      this.#open.add(target);
      return { file, target, parts: 1, sizeBytes: 0, counted: 0, isLost: false };
    } catch (error) {
      this.#crew.report(path, error);
      this.#crew.done(file, null);
      return null;
    }
  }

  async #part(making: Making, pieces: readonly Piece[]): Promise<void> {
    const { meter, signal } = this.#means;
    const shown = displayPath(making.file.placement.path);
    meter.current(shown);
    const { blobs, ranges } = await this.#fetcher.fetch(
      pieces.map(({ id }) => id),
      signal,
    );
    const parts: PartBlob[] = [];
    const sent: Piece[] = [];
    const others: Piece[] = [];
    for (const piece of pieces) {
      const blob = blobs.get(piece.id);
      if (blob === undefined || plainLength(blob) !== piece.length) {
        others.push(piece);
        continue;
      }
      parts.push({ blob, position: piece.position });
      sent.push(piece);
    }
    const temporary = making.target.temporary.toString('latin1');
    const outcome = await this.#crew.run({ kind: 'part', temporary, parts, ranges }, ranges);
    if (outcome.kind === 'failed') this.#lose(making, outcome);
    const damaged = outcome.kind === 'part' ? outcome.damaged : [];
    others.push(...damaged.flatMap((index) => sent[index] ?? []));
    for (const piece of others) {
      if (making.isLost) return;
      await this.#writeFromAnywhere(making, piece);
    }
    const bytes = sum(pieces.map(({ length }) => length));
    const counted = Math.min(bytes, making.file.node.size - making.counted);
    making.counted += counted;
    meter.add(0, counted);
  }

  #lose(making: Making, outcome: Extract<RestoreOutcome, { readonly kind: 'failed' }>): void {
    const { path } = making.file.placement;
    if (!making.isLost) this.#crew.report(path, systemError(outcome.code, outcome.syscall, path));
    making.isLost = true;
  }

  /** A blob from whichever copy is good. */
  async #writeFromAnywhere(making: Making, { id, position, length }: Piece): Promise<void> {
    const { repository, signal, warnings } = this.#means;
    const { path } = making.file.placement;
    try {
      const bytes = await repository.loadBlob('data', id, signal);
      if (bytes.length !== length) throw new HoldfastError('repo/damaged');
      making.target.write(bytes, position);
    } catch (error) {
      const isFirst = !making.isLost;
      making.isLost = true;
      if (!(error instanceof HoldfastError)) {
        if (isFirst) this.#crew.report(path, error);
        return;
      }
      await this.#fetcher.throwUnlessLocal(error, signal);
      const code = isDamage(error) ? error.code : 'repo/damaged';
      if (isFirst) warnings.add(displayPath(path), 'damaged', code);
    }
  }

  #partEnded(making: Making): void {
    making.parts -= 1;
    if (making.parts > 0) return;
    const { file, target, sizeBytes } = making;
    this.#open.delete(target);
    if (making.isLost) {
      target.discard();
      this.#crew.done(file, null, making.counted);
      return;
    }
    const { metadata, warnings } = this.#means;
    const shown = displayPath(file.placement.path);
    let path: Buffer;
    try {
      path = this.#placer.settle(target, file.placement, sizeBytes, (made) => {
        const complain = (detail: string): void => {
          warnings.add(shown, 'metadata-not-restored', detail);
        };
        metadata.apply(made.temporary, metadataOf(file.node), complain, made.descriptor);
      });
    } catch (error) {
      target.discard();
      this.#crew.report(file.placement.path, error);
      this.#crew.done(file, null, making.counted);
      return;
    }
    this.#crew.done(file, { path, bytes: sizeBytes }, making.counted);
  }
}

type PartBlob = Extract<RestoreTasks['task'], { readonly kind: 'part' }>['parts'][number];

/** A blob of the file, and where in it it lies, in bytes. */
interface Piece {
  readonly id: Id;
  readonly position: number;
  readonly length: number;
}

/** A file that is made in parts. */
interface Making {
  readonly file: FileToRestore;
  readonly target: NewFile;
  /** Under way, and one until all of them have begun. */
  parts: number;
  sizeBytes: number;
  /** Of its bytes, in the progress. */
  counted: number;
  /** It cannot be had; what that means was said. */
  isLost: boolean;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
