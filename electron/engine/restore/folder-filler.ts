/**
 * Fills new folders, in a worker: nothing is in them but what comes from here, so there is nothing to ask. Their trees are opened and gone through, and
 * their files are written window by window, each as soon as what it needs was read. What is not a small file with one name goes back to the engine's
 * thread, and so does a whole folder whose tree is not as it is always written.
 */
import { isDamage } from '../damage.ts';
import type { CipherKey } from '../crypto/sealed.ts';
import { ID_BYTES } from '../format/blob-table.ts';
import type { Id } from '../format/id.ts';
import { decodeNodeText } from '../format/tree.ts';
import { nodeTexts, plainFile, treeText } from '../format/tree-text.ts';
import type { KnownBlobs, NumberedLocation } from '../repository/blob-index.ts';
import { openBlobNow, plainLength } from '../repository/blob-reader.ts';
import type { FileWriter } from './file-writer.ts';
import { extentOf, mergeRanges } from './merged-ranges.ts';
import { metadataOf, plainMetadata, type EntryMetadata } from './node-metadata.ts';
import {
  WINDOW_BYTES,
  type FileOrder,
  type FolderOrder,
  type PackStretch,
  type Part,
  type RestoreOutcome,
  type SealedBlob,
} from './restore-messages.ts';
import { isSafeName } from './safe-name.ts';

const FILES_A_WINDOW = 2000;
/** Larger ones are spread over the threads, whatever folder they are in. */
const SMALL_FILE_BYTES = 256 * 1024;

type Listed = Extract<RestoreOutcome, { readonly kind: 'listed' }>;
type Filled = Extract<RestoreOutcome, { readonly kind: 'filled' }>;

interface Blob extends NumberedLocation {
  readonly id: Id;
}

interface PlannedFile {
  /** Which of the folders of its job. */
  readonly folder: number;
  /** As it stands in the tree. */
  readonly node: string;
  readonly name: string;
  readonly size: number;
  readonly metadata: EntryMetadata;
  readonly blobs: readonly Blob[];
  /** What it takes in memory, sealed or opened. The size that is archived may be a lie. */
  readonly bytes: number;
}

interface Job {
  readonly paths: readonly string[];
  readonly files: readonly PlannedFile[];
  /** Where the window begins that is waited for, and where the next one does. */
  from: number;
  to: number;
  orders: readonly FileOrder[];
}

/** What of a folder is for here, and what is not: nodes as they stand in the tree. */
interface Listing {
  readonly files: readonly PlannedFile[];
  readonly rest: readonly string[];
}

/** One entry of a folder. */
type Entry = Omit<PlannedFile, 'folder' | 'node' | 'name'> & { readonly name: Buffer };

export class FolderFiller {
  readonly #masterKey: CipherKey;
  readonly #known: KnownBlobs;
  readonly #writer: FileWriter;
  readonly #step: () => void;
  readonly #jobs = new Map<number, Job>();
  readonly #wanted = Buffer.alloc(ID_BYTES);

  /** `step` is called between folders, and may throw to stop. */
  constructor(masterKey: CipherKey, known: KnownBlobs, writer: FileWriter, step: () => void) {
    this.#masterKey = masterKey;
    this.#known = known;
    this.#writer = writer;
    this.#step = step;
  }

  /** Begins a job. `trees` has all of their trees; of a folder in parts only the entries of that part are looked at. */
  list(
    number: number,
    folders: readonly FolderOrder[],
    trees: Uint8Array,
    part: Part | null,
  ): Listed {
    const files: PlannedFile[] = [];
    const rest = folders.map(({ tree }, folder) => {
      this.#step();
      const own = this.#listed(tree, trees, part, folder);
      // Not by spreading them: there may be more than a call takes arguments.
      for (const file of own?.files ?? []) files.push(file);
      return own?.rest ?? null;
    });
    const job = { paths: folders.map(({ path }) => path), files, from: 0, to: 0, orders: [] };
    this.#jobs.set(number, job);
    return { kind: 'listed', rest, wanted: this.#next(number, job) };
  }

  /** The window that was asked for last. `ranges`: null for what could not be read. */
  fill(number: number, ranges: readonly (Uint8Array | null)[]): Filled {
    const job = this.#jobs.get(number);
    if (job === undefined) throw new Error('no such job');
    const outcomes = this.#writer.files(job.orders, ranges);
    const filled = { files: 0, sizeBytes: 0, writtenBytes: 0 };
    const failed: Filled['failed'][number][] = [];
    const complaints: Filled['complaints'][number][] = [];
    const others: Filled['others'][number][] = [];
    for (const [at, outcome] of outcomes.entries()) {
      const file = job.files[job.from + at];
      if (file === undefined) break;
      const { folder, node, size } = file;
      if (outcome.kind === 'damaged') others.push({ folder, node });
      else if (outcome.kind === 'failed') failed.push({ folder, node, failure: outcome });
      else {
        filled.files += 1;
        filled.sizeBytes += size;
        filled.writtenBytes += outcome.bytes;
        for (const complaint of outcome.complaints) complaints.push({ folder, node, complaint });
      }
    }
    job.from = job.to;
    const wanted = this.#next(number, job);
    return { kind: 'filled', ...filled, failed, complaints, others, wanted };
  }

  /** null when the folder is not for here. */
  #listed(tree: SealedBlob, trees: Uint8Array, part: Part | null, folder: number): Listing | null {
    try {
      return this.#list(tree, trees, part, folder);
    } catch (error) {
      if (!isDamage(error)) throw error;
      return null;
    }
  }

  /** The same. @throws HoldfastError see `isDamage` */
  #list(tree: SealedBlob, trees: Uint8Array, part: Part | null, folder: number): Listing | null {
    const { id, start, length, uncompressedLength } = tree;
    const sealed = trees.subarray(start, start + length);
    const nodes = nodeTexts(
      treeText(openBlobNow(this.#masterKey, sealed, 'tree', id, uncompressedLength)),
    );
    const files: PlannedFile[] = [];
    const rest: string[] = [];
    const { index, count } = part ?? { index: 0, count: 1 };
    const from = Math.floor((nodes.length * index) / count);
    const to = Math.floor((nodes.length * (index + 1)) / count);
    let before: Buffer = Buffer.alloc(0);
    // Also what is another part's: nothing of a folder is made before all of it is known to be sound.
    for (const [at, node] of nodes.entries()) {
      const { name, file } = this.#entry(node);
      if (!isSafeName(name) || before.equals(name)) return null;
      before = name;
      if (at < from || at >= to) continue;
      if (file === null) rest.push(node);
      else files.push({ ...file, folder, node, name: name.toString('latin1') });
    }
    return { files, rest };
  }

  /** `file` is null for what is not for here. @throws HoldfastError `format/invalid` */
  #entry(node: string): { readonly name: Buffer; readonly file: Entry | null } {
    const plain = plainFile(node);
    if (plain !== null) {
      const { name, size, hasInode, links, content } = plain;
      const hasOneName = !hasInode || links <= 1;
      return {
        name,
        file: hasOneName ? this.#file(name, size, content, plainMetadata(plain)) : null,
      };
    }
    const { name, type, size, inode, links, content, ...other } = decodeNodeText(node);
    const isOne = type === 'file' && (inode === 0n || links <= 1);
    if (!isOne || content === null) return { name, file: null };
    return { name, file: this.#file(name, size, content, metadataOf({ ...other, type })) };
  }

  /** null for one that is large, or not all of which is known. */
  #file(name: Buffer, size: number, content: readonly Id[], metadata: EntryMetadata): Entry | null {
    const blobs: Blob[] = [];
    let memory = 0;
    for (const id of content) {
      this.#wanted.write(id, 'hex');
      const location = this.#known.locate('data', this.#wanted);
      if (location === null) return null;
      memory += Math.max(location.length, plainLength(location));
      const { pack, offset, length, uncompressedLength } = location;
      blobs.push({ id, pack, offset, length, uncompressedLength });
    }
    const bytes = Math.max(size, memory);
    return bytes > SMALL_FILE_BYTES ? null : { name, size, metadata, blobs, bytes };
  }

  /** What the next window needs; null, and the end of the job, when there is none. */
  #next(number: number, job: Job): PackStretch[] | null {
    let bytes = 0;
    for (; job.to < job.files.length; job.to++) {
      bytes += job.files[job.to]?.bytes ?? 0;
      const isFull = bytes > WINDOW_BYTES || job.to - job.from === FILES_A_WINDOW;
      if (isFull && job.to > job.from) break;
    }
    if (job.to === job.from) {
      this.#jobs.delete(number);
      return null;
    }
    const window = job.files.slice(job.from, job.to);
    const { sealed, wanted } = planReads(window);
    job.orders = window.map(({ folder, name, metadata, blobs }) => ({
      path: `${job.paths[folder] ?? ''}/${name}`,
      replace: false,
      isSheltered: true,
      metadata,
      blobs: blobs.flatMap(({ id }) => sealed.get(id) ?? []),
    }));
    return wanted;
  }
}

function planReads(files: readonly PlannedFile[]): {
  readonly sealed: ReadonlyMap<Id, SealedBlob>;
  readonly wanted: PackStretch[];
} {
  const distinct = new Map<Id, Blob>();
  for (const { blobs } of files) for (const blob of blobs) distinct.set(blob.id, blob);
  const sealed = new Map<Id, SealedBlob>();
  const wanted: PackStretch[] = [];
  for (const range of mergeRanges([...distinct.values()])) {
    const extent = extentOf(range);
    if (extent === null) continue;
    const at = wanted.push(extent) - 1;
    for (const { id, offset, length, uncompressedLength } of range) {
      sealed.set(id, { id, range: at, start: offset - extent.offset, length, uncompressedLength });
    }
  }
  return { sealed, wanted };
}
