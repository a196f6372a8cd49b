/**
 * Files that are made in parts: large ones, by several threads side by side, and those of which a blob is not where it was looked for first. The
 * file is here; a part is written by whoever has it. It gets its name when the last part has ended.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import { isDamage } from '../damage.ts';
import type { Id } from '../format/id.ts';
import { systemError } from '../native/file-system-port.ts';
import { displayPath } from '../native/path-bytes.ts';
import type { BlobFetcher } from './blob-fetcher.ts';
import type { FilePlacer } from './file-placer.ts';
import type { FileMeans, FileToRestore } from './file-to-restore.ts';
import { NewFile } from './new-file.ts';
import { metadataOf } from './node-metadata.ts';
import type { RestoreOutcome, RestoreTasks } from './restore-messages.ts';

/** Who has the threads, and counts what is under way. */
export interface Crew {
  /** Waits while enough is under way. Rejects with what ended the run. */
  room(): Promise<void>;
  start(work: () => Promise<void>): void;
  run(
    task: RestoreTasks['task'],
    ranges: readonly Uint8Array<ArrayBuffer>[],
  ): Promise<RestoreOutcome>;
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
        making.parts += 1;
        const position = making.sizeBytes;
        making.sizeBytes += this.#lengthOf(window);
        this.#crew.start(async () => {
          await this.#part(making, window, position);
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
    making.sizeBytes = this.#lengthOf(file.content);
    let position = 0;
    for (const id of file.content) {
      await this.#means.meter.step();
      await this.#writeFromAnywhere(making, id, position);
      if (making.isLost) break;
      position += this.#lengthOf([id]);
    }
    this.#partEnded(making);
  }

  /** null when it cannot be made, which is reported. */
  #create(file: FileToRestore): Making | null {
    try {
      const target = NewFile.create(file.placement.path);
      this.#open.add(target);
      return { file, target, parts: 1, sizeBytes: 0, counted: 0, isLost: false };
    } catch (error) {
      this.#crew.report(file.placement.path, error);
      this.#crew.done(file, null);
      return null;
    }
  }

  async #part(making: Making, ids: readonly Id[], position: number): Promise<void> {
    const { meter, signal } = this.#means;
    const shown = displayPath(making.file.placement.path);
    meter.current(shown);
    const { blobs, ranges } = await this.#fetcher.fetch(ids, signal);
    const parts: PartBlob[] = [];
    const others: { readonly id: Id; readonly position: number }[] = [];
    let at = position;
    for (const id of ids) {
      const blob = blobs.get(id);
      if (blob === undefined) others.push({ id, position: at });
      else parts.push({ blob, position: at });
      at += this.#lengthOf([id]);
    }
    const temporary = making.target.temporary.toString('latin1');
    const outcome = await this.#crew.run({ kind: 'part', temporary, parts, ranges }, ranges);
    if (outcome.kind === 'failed') this.#lose(making, outcome);
    const damaged = outcome.kind === 'part' ? outcome.damaged : [];
    for (const index of damaged) {
      const part = parts[index];
      if (part !== undefined) others.push({ id: part.blob.id, position: part.position });
    }
    for (const { id, position: place } of others) {
      if (making.isLost) return;
      await this.#writeFromAnywhere(making, id, place);
    }
    const counted = Math.min(at - position, making.file.node.size - making.counted);
    making.counted += counted;
    meter.add(0, counted);
  }

  #lose(making: Making, outcome: Extract<RestoreOutcome, { readonly kind: 'failed' }>): void {
    const { path } = making.file.placement;
    if (!making.isLost) this.#crew.report(path, systemError(outcome.code, outcome.syscall, path));
    making.isLost = true;
  }

  /** A blob from whichever copy is good. */
  async #writeFromAnywhere(making: Making, id: Id, position: number): Promise<void> {
    const { repository, signal, warnings } = this.#means;
    const { path } = making.file.placement;
    try {
      making.target.write(await repository.loadBlob('data', id, signal), position);
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
    try {
      const path = this.#placer.settle(target, file.placement, sizeBytes, (made) => {
        const complain = (detail: string): void => {
          warnings.add(shown, 'metadata-not-restored', detail);
        };
        metadata.apply(made.temporary, metadataOf(file.node), complain, made.descriptor);
      });
      this.#crew.done(file, { path, bytes: sizeBytes }, making.counted);
    } catch (error) {
      target.discard();
      this.#crew.report(file.placement.path, error);
      this.#crew.done(file, null, making.counted);
    }
  }

  #lengthOf(ids: readonly Id[]): number {
    return sum(ids.map((id) => this.#means.repository.blobLength('data', id) ?? 0));
  }
}

type PartBlob = Extract<RestoreTasks['task'], { readonly kind: 'part' }>['parts'][number];

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
