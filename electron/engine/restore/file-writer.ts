/**
 * Writes files from sealed blobs, in a worker. Nothing is written that was not authenticated and does not have the hash it is named by, and no file gets
 * its name before all of it is there.
 */
import type { CipherKey } from '../crypto/sealed.ts';
import type { FileSystemPort } from '../native/file-system-port.ts';
import { systemCode } from '../native/system-failure.ts';
import { BlobOpener } from './blob-opener.ts';
import { FilePlacer } from './file-placer.ts';
import { NewFile, PRIVATE } from './new-file.ts';
import { metadataSetter, permissionsToCreate, type MetadataSetter } from './node-metadata.ts';
import type {
  FileOrder,
  FileOutcome,
  RestoreOutcome,
  SealedBlob,
  SystemFailure,
} from './restore-messages.ts';

export class FileWriter {
  readonly #masterKey: CipherKey;
  readonly #placer: FilePlacer;
  readonly #metadata: MetadataSetter;
  readonly #step: () => void;
  readonly #spent: (memory: ArrayBuffer[]) => void;

  /** `step` is called between blobs, and may throw to stop; `spent` is given the memory of ranges that are not needed any more. */
  constructor(
    masterKey: CipherKey,
    stamp: string,
    fileSystem: FileSystemPort,
    step: () => void,
    spent: (memory: ArrayBuffer[]) => void,
  ) {
    this.#spent = spent;
    this.#masterKey = masterKey;
    this.#placer = new FilePlacer(stamp, fileSystem);
    this.#metadata = metadataSetter(fileSystem);
    this.#step = step;
  }

  /** Whole files, in their order. `ranges`: null for what could not be read. */
  files(files: readonly FileOrder[], ranges: readonly (Uint8Array | null)[]): FileOutcome[] {
    const wanted = files.flatMap(({ blobs }) => blobs);
    const opener = new BlobOpener(this.#masterKey, ranges, wanted);
    const outcomes = files.map((file) => this.#file(file, opener));
    this.#giveBack(ranges);
    return outcomes;
  }

  /** Blobs of a file that is made elsewhere, each at its place. */
  part(
    temporary: Buffer,
    parts: readonly { readonly position: number; readonly blob: SealedBlob }[],
    ranges: readonly Uint8Array[],
  ): RestoreOutcome {
    const wanted = parts.map(({ blob }) => blob);
    const opener = new BlobOpener(this.#masterKey, ranges, wanted);
    const damaged: number[] = [];
    try {
      const file = NewFile.reopen(temporary);
      try {
        for (const [index, { position, blob }] of parts.entries()) {
          this.#step();
          const bytes = opener.open(blob);
          if (bytes === null) damaged.push(index);
          else file.write(bytes, position);
        }
      } finally {
        file.close();
        this.#giveBack(ranges);
      }
    } catch (error) {
      return failure(error);
    }
    return { kind: 'part', damaged };
  }

  #giveBack(ranges: readonly (Uint8Array | null)[]): void {
    const memory = ranges.flatMap((range) =>
      range?.buffer instanceof ArrayBuffer ? [range.buffer] : [],
    );
    if (memory.length > 0) this.#spent(memory);
  }

  #file(
    { path, replace, isSheltered, metadata, blobs }: FileOrder,
    opener: BlobOpener,
  ): FileOutcome {
    const complaints: string[] = [];
    let written = 0;
    const fill = (file: NewFile): number | null => {
      for (const blob of blobs) {
        this.#step();
        const bytes = opener.open(blob);
        if (bytes === null) return null;
        file.write(bytes, written);
        written += bytes.length;
      }
      return written;
    };
    try {
      const placement = { path: Buffer.from(path, 'latin1'), replace };
      const dress = ({ temporary, descriptor }: NewFile): void => {
        this.#metadata.apply(temporary, metadata, (what) => complaints.push(what), descriptor);
      };
      const permissions = isSheltered ? permissionsToCreate(metadata.mode) : PRIVATE;
      const at = this.#placer.file(placement, fill, dress, permissions);
      if (at === null) return { kind: 'damaged' };
      // Nearly always where it was to be.
      const finalPath = at === placement.path ? path : at.toString('latin1');
      return { kind: 'restored', path: finalPath, bytes: written, complaints };
    } catch (error) {
      return failure(error);
    }
  }
}

function failure(error: unknown): SystemFailure {
  const code = systemCode(error);
  if (code === null) throw error;
  return { kind: 'failed', code, syscall: String((error as NodeJS.ErrnoException).syscall) };
}
