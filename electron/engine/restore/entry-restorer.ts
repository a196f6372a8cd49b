/**
 * Restores single entries into folders that are there: files, further names of hard-linked files, links, fifos and devices. Each decides by
 * itself what to do with an entry that is in the way.
 */
import { linkSync, lstatSync, readlinkSync, symlinkSync, type BigIntStats } from 'node:fs';
import type { ConflictPolicy } from '../../../shared/model/restore.ts';
import type { Id } from '../format/id.ts';
import { permissionsFromGoMode, type Node } from '../format/tree.ts';
import { displayPath } from '../native/path-bytes.ts';
import { systemCode } from '../native/system-failure.ts';
import { conflictAction } from './conflict.ts';
import type { Piece } from './existing-content.ts';
import { FilePlacer, type Placement } from './file-placer.ts';
import { FileRestorer } from './file-restorer.ts';
import type { FileMeans, FileToRestore } from './file-to-restore.ts';
import { HardLinks } from './hard-links.ts';
import { metadataOf } from './node-metadata.ts';
import { NewFolders } from './new-folders.ts';
import type { OpenFolder } from './open-folder.ts';
import type { TreeReader } from './tree-reader.ts';
import { reaching, reachingBoth } from '../native/long-paths.ts';

export interface EntryMeans extends FileMeans {
  readonly policy: ConflictPolicy;
}

/** A file, and the folder that waits for it. */
interface File {
  readonly node: Node;
  readonly content: readonly Id[];
  readonly path: Buffer;
  readonly folder: OpenFolder | null;
}

export class EntryRestorer {
  filesRestored = 0;
  bytesRestored = 0;
  filesSkipped = 0;
  filesAlreadyRight = 0;
  filesKeptBoth = 0;
  otherRestored = 0;
  readonly #means: EntryMeans;
  readonly #placer: FilePlacer;
  readonly #files: FileRestorer;
  readonly #links = new HardLinks();

  constructor(means: EntryMeans) {
    this.#means = means;
    this.#placer = new FilePlacer(means.stamp, means.fileSystem);
    this.#files = new FileRestorer(means, (path, error) => this.report(path, error));
  }

  freePath(path: Buffer): Buffer {
    return this.#placer.free(path);
  }

  /** A warning for the operating system's refusal of one entry; a full disk and everything else ends the run. */
  report(path: Buffer, error: unknown): void {
    const code = systemCode(error);
    if (code === null || code === 'ENOSPC' || code === 'EDQUOT') throw error;
    const denied = code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
    this.#means.warnings.add(displayPath(path), denied ? 'permission-denied' : 'unreadable', code);
  }

  /** Not for directories. Files are written later, and hold the folder open until then: `drain` brings all to disk. */
  async restore(node: Node, path: Buffer, folder: OpenFolder | null): Promise<void> {
    try {
      if (node.type === 'file') await this.#file(node, path, folder);
      else this.#other(node, path, folder);
    } catch (error) {
      this.report(path, error);
      this.#means.meter.add(1, node.size);
    }
  }

  /** For folders that threads fill by themselves. */
  newFolders(trees: TreeReader): NewFolders {
    const { fetcher, crew } = this.#files;
    return new NewFolders(this.#means, trees, fetcher, crew, ({ files, bytes }) => {
      this.filesRestored += files;
      this.bytesRestored += bytes;
    });
  }

  async drain(): Promise<void> {
    await this.#files.drain();
  }

  /** Whatever is under way. */
  async end(): Promise<void> {
    await this.#files.end();
  }

  // ---- files

  async #file(node: Node, path: Buffer, folder: OpenFolder | null): Promise<void> {
    const { meter, warnings } = this.#means;
    const { content } = node;
    if (content === null) {
      warnings.add(displayPath(path), 'damaged', 'format/invalid');
      meter.add(1, node.size);
      return;
    }
    const existing = folder?.isNew === true ? null : look(path);
    const file: File = { node, content, path, folder };
    const pieces = existing === null ? null : this.#comparable(file, existing);
    if (existing !== null && pieces !== null) {
      folder?.hold();
      const isFirst = this.#links.announce(node);
      const done = (isRight: boolean): void => {
        if (!isRight) this.#notRight(file, existing, isFirst);
        else this.#keepRight(file, existing, isFirst);
      };
      await this.#files.compare({ path, content: pieces, bytes: node.size, done });
      return;
    }
    const wanted = this.#decide(file, existing);
    folder?.hold();
    if (wanted === null) folder?.release();
    else await this.#files.add(wanted);
  }

  /** null when it cannot be the same. */
  #comparable({ node, content }: File, existing: BigIntStats): readonly Piece[] | null {
    if (!existing.isFile() || existing.size !== BigInt(node.size)) return null;
    const pieces: Piece[] = [];
    let bytes = 0;
    for (const id of content) {
      const length = this.#means.repository.blobLength('data', id);
      if (length === null) return null;
      pieces.push({ id, length });
      bytes += length;
    }
    return bytes === node.size ? pieces : null;
  }

  /** `isFirst`: further names of it wait. */
  #notRight(file: File, existing: BigIntStats, isFirst: boolean): void {
    // Before it becomes one of those who wait.
    if (isFirst) this.#links.settled(file.node, null);
    const wanted = this.#decideReporting(file, existing);
    if (wanted === null) file.folder?.release();
    else this.#files.addLater(wanted);
  }

  #keepRight({ node, path, folder }: File, existing: BigIntStats, isFirst: boolean): void {
    const { policy, meter } = this.#means;
    const replaces =
      policy === 'replace' ||
      (policy === 'replace-if-older' && existing.mtimeNs < node.mtime.epochNs);
    if (replaces) this.#dress(path, node);
    this.filesAlreadyRight += 1;
    // A file of somebody else with the same bytes is no file to link to.
    const isOurs = replaces || existing.mtimeNs === node.mtime.epochNs;
    if (isOurs || isFirst) this.#links.settled(node, isOurs ? path : null);
    meter.add(1, node.size);
    folder?.release();
  }

  #decideReporting(file: File, existing: BigIntStats | null): FileToRestore | null {
    try {
      return this.#decide(file, existing);
    } catch (error) {
      this.report(file.path, error);
      this.#means.meter.add(1, file.node.size);
      return null;
    }
  }

  /** null when nothing is to be written, now or by this call. */
  #decide(file: File, existing: BigIntStats | null): FileToRestore | null {
    const placement = this.#placement(file.node, file.path, existing);
    if (placement !== null) return this.#linked(file, placement);
    this.#means.meter.add(1, file.node.size);
    return null;
  }

  /** null when the policy leaves the entry alone. */
  #placement(node: Node, path: Buffer, existing: BigIntStats | null): Placement | null {
    if (existing === null) return { path, replace: false };
    const action = conflictAction(this.#means.policy, node, existing);
    if (action === 'replace') return { path, replace: true };
    if (action === 'keep-both') {
      this.filesKeptBoth += 1;
      return { path: this.freePath(path), replace: false };
    }
    this.filesSkipped += 1;
    return null;
  }

  /** null when the entry has become a further name of a file that is there, or will once that file is. */
  #linked(file: File, placement: Placement): FileToRestore | null {
    const { node, folder } = file;
    const first = this.#links.find(node, () => {
      const wanted = this.#linkedReporting(file, placement);
      if (wanted === null) folder?.release();
      else this.#files.addLater(wanted);
    });
    if (first === 'wait') {
      folder?.hold();
      return null;
    }
    if (first !== null && this.#linkTo(first, placement)) {
      this.filesRestored += 1;
      this.#means.meter.add(1, node.size);
      return null;
    }
    return this.#toWrite(file, placement);
  }

  #linkedReporting(file: File, placement: Placement): FileToRestore | null {
    try {
      return this.#linked(file, placement);
    } catch (error) {
      this.report(placement.path, error);
      this.#means.meter.add(1, file.node.size);
      return null;
    }
  }

  #linkTo(first: Buffer, placement: Placement): boolean {
    try {
      this.#placer.entry(
        placement,
        (at) => reachingBoth(first, at, (from, to) => linkSync(from, to)),
        () => undefined,
      );
      return true;
    } catch (error) {
      // No links on this file system, or too many: the content is written once more.
      const code = systemCode(error);
      if (code === null || code === 'ENOSPC' || code === 'EDQUOT') throw error;
      return false;
    }
  }

  #toWrite({ node, content, folder }: File, placement: Placement): FileToRestore {
    return {
      node,
      content,
      placement,
      done: (restored) => {
        if (restored !== null) {
          this.filesRestored += 1;
          this.bytesRestored += restored.bytes;
        }
        this.#links.settled(node, restored?.path ?? null);
        folder?.release();
      },
    };
  }

  // ---- links, fifos, devices

  #other(node: Node, path: Buffer, folder: OpenFolder | null): void {
    const { meter, warnings } = this.#means;
    const make = this.#maker(node);
    if (make === null) {
      warnings.add(displayPath(path), 'unsupported-type', node.type);
      meter.add(1, 0);
      return;
    }
    const existing = folder?.isNew === true ? null : look(path);
    if (existing !== null && isSameOther(node, path, existing)) {
      this.filesAlreadyRight += 1;
    } else {
      const placement = this.#placement(node, path, existing);
      if (placement !== null) {
        this.#placer.entry(placement, make, (at) => this.#dress(at, node, displayPath(path)));
        this.otherRestored += 1;
      }
    }
    meter.add(1, 0);
  }

  #maker(node: Node): ((path: Buffer) => void) | null {
    const { fileSystem } = this.#means;
    const permissions = permissionsFromGoMode(node.mode) & 0o777;
    switch (node.type) {
      case 'symlink':
        return (path) => reaching(path, (at) => symlinkSync(node.linkTarget, at));
      case 'fifo':
        return (path) => fileSystem.makeFifo(path, permissions);
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
    this.#means.metadata.apply(path, metadataOf(node), (detail) => {
      this.#means.warnings.add(shown, 'metadata-not-restored', detail);
    });
  }
}

function isSameOther(node: Node, path: Buffer, existing: BigIntStats): boolean {
  switch (node.type) {
    case 'symlink':
      return (
        existing.isSymbolicLink() &&
        reaching(path, (at) => readlinkSync(at, { encoding: 'buffer' })).equals(node.linkTarget)
      );
    case 'fifo':
      return existing.isFIFO();
    case 'dev':
      return existing.isBlockDevice() && existing.rdev === node.device;
    case 'chardev':
      return existing.isCharacterDevice() && existing.rdev === node.device;
    case 'file':
    case 'dir':
    case 'socket':
      break;
  }
  return false;
}

function look(path: Buffer): BigIntStats | null {
  return reaching(path, (at) => lstatSync(at, { bigint: true, throwIfNoEntry: false })) ?? null;
}
