/**
 * Writes files from sealed blobs, in a worker. Nothing is written that was not authenticated and does not have the hash it is named by, and no file gets
 * its name before all of it is there.
 */
import { release } from '../crypto/release.ts';
import type { CipherKey } from '../crypto/sealed.ts';
import { isDamage } from '../damage.ts';
import type { Id } from '../format/id.ts';
import type { FileSystemPort } from '../native/file-system-port.ts';
import { systemCode } from '../native/system-failure.ts';
import { openBlobBriefly, openBlobNow } from '../repository/blob-reader.ts';
import { FilePlacer } from './file-placer.ts';
import { NewFile } from './new-file.ts';
import { metadataSetter, type MetadataSetter } from './node-metadata.ts';
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

  /** `step` is called between blobs, and may throw to stop. */
  constructor(masterKey: CipherKey, stamp: string, fileSystem: FileSystemPort, step: () => void) {
    this.#masterKey = masterKey;
    this.#placer = new FilePlacer(stamp, fileSystem);
    this.#metadata = metadataSetter(fileSystem);
    this.#step = step;
  }

  /** Whole files, in their order. `ranges`: null for what could not be read. */
  files(files: readonly FileOrder[], ranges: readonly (Uint8Array | null)[]): FileOutcome[] {
    const opener = new BlobOpener(this.#masterKey, ranges);
    // What several need is opened once.
    for (const { blobs } of files) for (const { id } of blobs) opener.expect(id);
    const outcomes = files.map((file) => this.#file(file, opener));
    opener.end();
    return outcomes;
  }

  /** Blobs of a file that is made elsewhere, each at its place. */
  part(
    temporary: Buffer,
    parts: readonly { readonly position: number; readonly blob: SealedBlob }[],
    ranges: readonly Uint8Array[],
  ): RestoreOutcome {
    const opener = new BlobOpener(this.#masterKey, ranges);
    for (const { blob } of parts) opener.expect(blob.id);
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
        opener.end();
      }
    } catch (error) {
      return failure(error);
    }
    return { kind: 'part', damaged };
  }

  #file({ path, replace, metadata, blobs }: FileOrder, opener: BlobOpener): FileOutcome {
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
      const at = this.#placer.file(placement, fill, ({ temporary, descriptor }) => {
        this.#metadata.apply(temporary, metadata, (what) => complaints.push(what), descriptor);
      });
      if (at === null) return { kind: 'damaged' };
      // Nearly always where it was to be.
      const finalPath = at === placement.path ? path : at.toString('latin1');
      return { kind: 'restored', path: finalPath, bytes: written, complaints };
    } catch (error) {
      return failure(error);
    }
  }
}

/** What was opened stays as long as somebody else waits for it. */
class BlobOpener {
  readonly #masterKey: CipherKey;
  readonly #ranges: readonly (Buffer | null)[];
  readonly #expected = new Map<Id, number>();
  readonly #kept = new Map<Id, Buffer | null>();

  constructor(masterKey: CipherKey, ranges: readonly (Uint8Array | null)[]) {
    this.#masterKey = masterKey;
    this.#ranges = ranges.map((range) =>
      range === null
        ? null
        : Buffer.from(range.buffer as ArrayBuffer, range.byteOffset, range.length),
    );
  }

  expect(id: Id): void {
    this.#expected.set(id, (this.#expected.get(id) ?? 0) + 1);
  }

  /** Good until the next call; null for one that is not what it must be. */
  open(blob: SealedBlob): Buffer | null {
    const left = (this.#expected.get(blob.id) ?? 1) - 1;
    this.#expected.set(blob.id, left);
    const known = this.#kept.get(blob.id);
    const bytes = known === undefined ? this.#open(blob, left > 0) : known;
    if (left > 0) this.#kept.set(blob.id, bytes);
    else this.#kept.delete(blob.id);
    return bytes;
  }

  /** Nothing is opened any more: what was read is given back. */
  end(): void {
    for (const range of this.#ranges) if (range !== null) release(range);
  }

  #open(
    { id, range, start, length, uncompressedLength }: SealedBlob,
    isKept: boolean,
  ): Buffer | null {
    const sealed = this.#ranges[range]?.subarray(start, start + length);
    if (sealed === undefined) return null;
    try {
      const open = isKept ? openBlobNow : openBlobBriefly;
      return open(this.#masterKey, sealed, 'data', id, uncompressedLength);
    } catch (error) {
      if (!isDamage(error)) throw error;
      return null;
    }
  }
}

function failure(error: unknown): SystemFailure {
  const code = systemCode(error);
  if (code === null) throw error;
  return { kind: 'failed', code, syscall: String((error as NodeJS.ErrnoException).syscall) };
}
