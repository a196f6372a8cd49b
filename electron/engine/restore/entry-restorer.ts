/**
 * Restores single entries into folders that are there: files (gathered, so that neighbours in a pack come with one read), further names of
 * hard-linked files, links, fifos and devices. Each decides by itself what to do with an entry that is in the way.
 */
import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { link, lstat, readlink, symlink } from 'node:fs/promises';
import { HoldfastError } from '../../../shared/errors.ts';
import type { ConflictPolicy } from '../../../shared/model/restore.ts';
import type { Id } from '../format/id.ts';
import { permissionsFromGoMode, type Node } from '../format/tree.ts';
import type { FileSystemPort } from '../native/file-system-port.ts';
import { displayPath } from '../native/path-bytes.ts';
import { systemCode } from '../native/system-failure.ts';
import type { ProgressMeter } from '../progress-meter.ts';
import type { Repository } from '../repository/repository.ts';
import type { WarningList } from '../warning-list.ts';
import { BlobFetcher, WINDOW_BYTES, type FetchedBlob } from './blob-fetcher.ts';
import { conflictAction } from './conflict.ts';
import { hasContent } from './existing-content.ts';
import { FilePlacer, type Placement } from './file-placer.ts';
import type { MetadataSetter } from './node-metadata.ts';

export interface EntryMeans {
  readonly repository: Repository;
  readonly fileSystem: FileSystemPort;
  readonly metadata: MetadataSetter;
  readonly meter: ProgressMeter;
  readonly warnings: WarningList;
  readonly policy: ConflictPolicy;
  /** For the names of files that are restored beside an existing one. */
  readonly stamp: string;
  /** Throws when the folder that all this lands in is not the one that it was. */
  readonly requireTarget: () => Promise<void>;
  readonly signal: AbortSignal;
}

interface PendingFile {
  readonly node: Node;
  readonly content: readonly Id[];
  readonly placement: Placement;
}

/** A file of a hard-linked group that is on disk as archived. */
interface LinkedFile {
  readonly path: Buffer;
  readonly node: Node;
}

const MAX_PENDING_FILES = 500;

export class EntryRestorer {
  filesRestored = 0;
  bytesRestored = 0;
  filesSkipped = 0;
  filesAlreadyRight = 0;
  filesKeptBoth = 0;
  otherRestored = 0;
  readonly #means: EntryMeans;
  readonly #placer: FilePlacer;
  readonly #fetcher: BlobFetcher;
  #pending: PendingFile[] = [];
  #pendingBytes = 0;
  readonly #linked = new Map<string, LinkedFile>();

  constructor(means: EntryMeans) {
    this.#means = means;
    this.#placer = new FilePlacer(means.stamp);
    this.#fetcher = new BlobFetcher(means.repository);
  }

  freePath(path: Buffer): Promise<Buffer> {
    return this.#placer.free(path);
  }

  /** A warning for the operating system's refusal of one entry; a full disk and everything else ends the run. */
  report(path: Buffer, error: unknown): void {
    const code = systemCode(error);
    if (code === null || code === 'ENOSPC' || code === 'EDQUOT') throw error;
    const denied = code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
    this.#means.warnings.add(displayPath(path), denied ? 'permission-denied' : 'unreadable', code);
  }

  /** Not for directories. Files may be written later: `flush` brings them to disk. */
  async restore(node: Node, path: Buffer): Promise<void> {
    this.#means.meter.current(displayPath(path));
    try {
      if (node.type === 'file') await this.#file(node, path);
      else await this.#other(node, path);
    } catch (error) {
      this.report(path, error);
      this.#means.meter.add(1, node.size);
    }
  }

  async flush(): Promise<void> {
    const files = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    await this.#means.requireTarget();
    if (files.length === 0) return;
    const blobs = await this.#fetcher.fetch(
      files.flatMap((file) => file.content),
      this.#means.signal,
    );
    for (const file of files) {
      await this.#means.meter.step();
      await this.#write(file, (ids) => Promise.resolve(pick(blobs, ids)));
    }
    // Whatever was said of single files: it was none of theirs.
    await this.#means.requireTarget();
  }

  // ---- files

  async #file(node: Node, path: Buffer): Promise<void> {
    const { meter, warnings } = this.#means;
    const content = node.content;
    if (content === null) {
      warnings.add(displayPath(path), 'damaged', 'format/invalid');
      meter.add(1, node.size);
      return;
    }
    const existing = await look(path);
    if (existing !== null && (await this.#isRight(node, content, path, existing))) {
      await this.#keepRight(node, path, existing);
      return;
    }
    const placement = await this.#placement(node, path, existing);
    if (placement === null) {
      meter.add(1, node.size);
      return;
    }
    if (await this.#linkTo(node, placement)) return;
    if (node.size > WINDOW_BYTES) {
      await this.#write({ node, content, placement }, async (ids) =>
        pick(await this.#fetcher.fetch(ids, this.#means.signal), ids),
      );
      return;
    }
    this.#pending.push({ node, content, placement });
    this.#pendingBytes += node.size;
    if (this.#pendingBytes >= WINDOW_BYTES || this.#pending.length >= MAX_PENDING_FILES) {
      await this.flush();
    }
  }

  async #isRight(
    node: Node,
    content: readonly Id[],
    path: Buffer,
    existing: BigIntStats,
  ): Promise<boolean> {
    if (!existing.isFile() || existing.size !== BigInt(node.size)) return false;
    const { repository, meter } = this.#means;
    const lengthOf = (id: Id): number | null => repository.blobLength('data', id);
    return hasContent(path, content, lengthOf, () => meter.step());
  }

  async #keepRight(node: Node, path: Buffer, existing: BigIntStats): Promise<void> {
    const { policy, meter } = this.#means;
    const replaces =
      policy === 'replace' ||
      (policy === 'replace-if-older' && existing.mtimeNs < node.mtime.epochNs);
    if (replaces) this.#dress(path, node);
    this.filesAlreadyRight += 1;
    // A file of somebody else with the same bytes is no file to link to.
    if (replaces || existing.mtimeNs === node.mtime.epochNs) this.#remember(node, path);
    meter.add(1, node.size);
  }

  /** null when the policy leaves the entry alone. */
  async #placement(
    node: Node,
    path: Buffer,
    existing: BigIntStats | null,
  ): Promise<Placement | null> {
    if (existing === null) return { path, replace: false };
    const action = conflictAction(this.#means.policy, node, existing);
    if (action === 'replace') return { path, replace: true };
    if (action === 'keep-both') {
      this.filesKeptBoth += 1;
      return { path: await this.freePath(path), replace: false };
    }
    this.filesSkipped += 1;
    return null;
  }

  /** `load` gives the blobs of a window of the content in order. A failing file is a warning. */
  async #write(
    { node, content, placement }: PendingFile,
    load: (ids: readonly Id[]) => Promise<FetchedBlob[]>,
  ): Promise<void> {
    const { meter, warnings } = this.#means;
    const shown = displayPath(placement.path);
    meter.current(shown);
    let written = 0;
    let counted = 0;
    const fill = async (file: FileHandle): Promise<boolean> => {
      for (const window of this.#fetcher.windows(content)) {
        await meter.step();
        for (const blob of await load(window)) {
          if (blob instanceof HoldfastError) {
            warnings.add(shown, 'damaged', blob.code);
            return false;
          }
          await writeAll(file, blob, written);
          written += blob.length;
        }
        const part = Math.min(written, node.size) - counted;
        counted += part;
        meter.add(0, part);
      }
      return true;
    };
    try {
      const path = await this.#placer.file(placement, fill, (at) => {
        this.#dress(at, node, shown);
      });
      if (path !== null) {
        this.filesRestored += 1;
        this.bytesRestored += written;
        this.#remember(node, path);
      }
    } catch (error) {
      this.report(placement.path, error);
    }
    meter.add(1, Math.max(0, node.size - counted));
  }

  // ---- hard links

  /** True when the entry became a further name of a file that is restored already (restic format notes, section 8). */
  async #linkTo(node: Node, placement: Placement): Promise<boolean> {
    const pair = pairOf(node);
    if (pair === null) return false;
    if (this.#pending.some((file) => pairOf(file.node) === pair)) await this.flush();
    const first = this.#linked.get(pair);
    // The pair alone proves nothing: an archive may carry it on files that are not the same.
    if (first === undefined || !sameContent(first.node, node)) return false;
    try {
      await this.#placer.entry(
        placement,
        (at) => link(first.path, at),
        () => undefined,
      );
    } catch (error) {
      // No links on this file system, or too many: the content is written once more.
      const code = systemCode(error);
      if (code === null || code === 'ENOSPC' || code === 'EDQUOT') throw error;
      return false;
    }
    this.filesRestored += 1;
    this.#means.meter.add(1, node.size);
    return true;
  }

  #remember(node: Node, path: Buffer): void {
    const pair = pairOf(node);
    if (pair !== null && !this.#linked.has(pair)) this.#linked.set(pair, { path, node });
  }

  // ---- links, fifos, devices

  async #other(node: Node, path: Buffer): Promise<void> {
    const { meter, warnings } = this.#means;
    const make = this.#maker(node);
    if (make === null) {
      warnings.add(displayPath(path), 'unsupported-type', node.type);
      meter.add(1, 0);
      return;
    }
    const existing = await look(path);
    if (existing !== null && (await isSameOther(node, path, existing))) {
      this.filesAlreadyRight += 1;
    } else {
      const placement = await this.#placement(node, path, existing);
      if (placement !== null) {
        await this.#placer.entry(placement, make, (at) => {
          this.#dress(at, node, displayPath(path));
        });
        this.otherRestored += 1;
      }
    }
    meter.add(1, 0);
  }

  #maker(node: Node): ((path: Buffer) => Promise<void> | void) | null {
    const { fileSystem } = this.#means;
    const permissions = permissionsFromGoMode(node.mode) & 0o777;
    switch (node.type) {
      case 'symlink':
        return (path) => symlink(node.linkTarget, path);
      case 'fifo':
        return (path) => {
          fileSystem.makeFifo(path, permissions);
        };
      case 'dev':
      case 'chardev':
        return (path) => {
          const kind = node.type === 'dev' ? 'block' : 'character';
          fileSystem.makeDevice(path, kind, permissions, node.device);
        };
      case 'file':
      case 'dir':
      case 'socket':
        break;
    }
    return null;
  }

  #dress(path: Buffer, node: Node, shown = displayPath(path)): void {
    this.#means.metadata.apply(path, node, (detail) => {
      this.#means.warnings.add(shown, 'metadata-not-restored', detail);
    });
  }
}

function pick(blobs: ReadonlyMap<Id, FetchedBlob>, ids: readonly Id[]): FetchedBlob[] {
  return ids.map(
    (id) => blobs.get(id) ?? new HoldfastError('repo/blob-missing', { context: { id } }),
  );
}

function pairOf(node: Node): string | null {
  if (node.type !== 'file' || node.links <= 1 || node.inode === 0n) return null;
  return `${node.deviceId}:${node.inode}`;
}

function sameContent(a: Node, b: Node): boolean {
  const [left, right] = [a.content ?? [], b.content ?? []];
  return (
    a.size === b.size && left.length === right.length && left.every((id, at) => id === right[at])
  );
}

async function isSameOther(node: Node, path: Buffer, existing: BigIntStats): Promise<boolean> {
  if (node.type === 'symlink' && existing.isSymbolicLink()) {
    return (await readlink(path, { encoding: 'buffer' })).equals(node.linkTarget);
  }
  if (node.type === 'fifo') return existing.isFIFO();
  if (existing.rdev !== node.device) return false;
  return node.type === 'dev' ? existing.isBlockDevice() : existing.isCharacterDevice();
}

async function look(path: Buffer): Promise<BigIntStats | null> {
  try {
    return await lstat(path, { bigint: true });
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
