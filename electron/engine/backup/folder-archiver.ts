/**
 * Turns one folder into nodes and blobs, in a worker: one look at each entry, and every file that has changed is read at once, but for large
 * ones and those that may be in a cloud, which are left to others. Failures of the operating system become warnings and leave one entry
 * out; every other failure ends the run. Memory: the nodes of one folder.
 */
import { lstatSync, readdirSync, readlinkSync, type BigIntStats } from 'node:fs';
import type { RabinChunker } from '../chunker/rabin-chunker.ts';
import type { CipherKey } from '../crypto/sealed.ts';
import { isDamage } from '../damage.ts';
import {
  encodeAttributes,
  encodeHead,
  encodeNode,
  joinNodes,
  withContent,
  type Node,
} from '../format/tree.ts';
import type { FileSystemPort } from '../native/file-system-port.ts';
import { nameOfStub } from '../native/icloud-stubs.ts';
import { displayPath, joinPath } from '../native/path-bytes.ts';
import { readFailure, systemCode } from '../native/system-failure.ts';
import { openBlobNow } from '../repository/blob-reader.ts';
import type { ControlBlock } from '../workers/control-block.ts';
import type { StubbedFile } from './cloud-sources.ts';
import type { ContentChunks } from './content-chunks.ts';
import type { Exclusions, FolderExclusions } from './exclusions.ts';
import { storeFileContent } from './file-content.ts';
import type { LinkIdentities } from './link-identity.ts';
import { attributesOf, nodeFromStat, nodeTypeOf, type ArchivedType } from './node-from-stat.ts';
import { ParentDirectory, type KnownNode } from './parent-directory.ts';
import { isAsBefore, isSameNode, isUnchanged } from './parent-snapshot.ts';
import { TreeText, withHoles, type NewHole } from './tree-text.ts';
import type { WorkerBlobs } from './worker-blobs.ts';
import type { SealedTree } from '../repository/sealed-trees.ts';
import type { ByteString, FilledHole, FolderResult } from './worker-messages.ts';
import type { WorkerReport } from './worker-report.ts';
import { reaching } from '../native/long-paths.ts';

/** Larger files are tasks of their own, so that no worker is idle while another has a folder full of them. */
const LARGE_BYTES = 512n * 1024n;

export interface FolderMeans {
  readonly masterKey: CipherKey;
  readonly chunker: RabinChunker;
  readonly chunks: ContentChunks;
  readonly control: ControlBlock;
  readonly blobs: WorkerBlobs;
  readonly report: WorkerReport;
  readonly fileSystem: FileSystemPort;
  readonly links: LinkIdentities;
  readonly exclusions: Exclusions;
  readonly asksBeforeReading: boolean;
  /** Which entry is being looked at, for the eye. */
  readonly current: (path: Buffer) => void;
}

export class FolderArchiver {
  readonly #means: FolderMeans;

  constructor(means: FolderMeans) {
    this.#means = means;
  }

  folder(
    path: Buffer,
    parent: SealedTree | null,
    given: readonly Buffer[] | null,
    stubbed: readonly StubbedFile[],
  ): FolderResult {
    const { control, current, blobs, exclusions, report } = this.#means;
    control.step();
    current(path);
    const rules = exclusions.in(path);
    const previous = this.#parentDirectory(parent);
    let names = given;
    try {
      if (rules.isMountPoint()) {
        report.leftOut();
        names = [];
      }
      names ??= reaching(path, (at) => readdirSync(at, { encoding: 'buffer' }));
    } catch (error) {
      this.#reportFailure(path, error);
      return { kind: 'none' };
    }
    if (given === null && names.some(mayBeStub))
      return { kind: 'stubs', names: names.map(byteString) };

    const narrowed = rules.narrow(names);
    const stubs = stubbed.filter(
      ({ name, sizeBytes }) =>
        narrowed.reason === null && rules.reasonForStub(name, sizeBytes) === null,
    );
    report.leftOut(names.length - narrowed.names.length + stubbed.length - stubs.length);
    const entries = [
      ...narrowed.names.map((name) => ({ name, stub: null })),
      ...stubs.map((stub) => ({ name: stub.name, stub })),
    ].sort((a, b) => Buffer.compare(a.name, b.name));
    const text = new TreeText();
    for (const { name, stub } of entries) {
      const known = previous.find(name);
      const entryPath = joinPath(path, name);
      if (stub === null) this.#entry(name, entryPath, known, rules, text);
      else text.add(this.#stubbed(entryPath, stub, known?.node ?? null));
    }
    if (text.holes.length > 0) return { kind: 'open', text: text.nodes(), holes: text.holes };
    const nodes = text.nodes();
    // Nothing to hash, and nothing to look up: it was read from the repository.
    if (parent !== null && previous.isWrittenAs(nodes)) return { kind: 'tree', tree: parent.id };
    return { kind: 'tree', tree: blobs.save('tree', joinNodes(nodes)) };
  }

  /** The tree of a folder all of whose nodes are known by now. */
  tree(text: string, holes: readonly FilledHole[]): FolderResult {
    return {
      kind: 'tree',
      tree: this.#means.blobs.save('tree', joinNodes(withHoles(text, holes))),
    };
  }

  /** The node of anything but a directory by its path; null when it cannot be had, which the report says. */
  single(name: Buffer, path: Buffer, known: KnownNode | null): string | null {
    const { control, current, report } = this.#means;
    control.step();
    current(path);
    let entry: BigIntStats;
    try {
      entry = reaching(path, (at) => lstatSync(at, { bigint: true }));
    } catch (error) {
      this.#reportFailure(path, error);
      return null;
    }
    const type = nodeTypeOf(entry);
    if (type === null || type === 'dir') {
      if (!entry.isSocket()) report.warn(displayPath(path), 'changed-while-reading');
      return null;
    }
    if (type !== 'file') return this.#special(name, path, entry, type);
    const unchanged = this.#unchanged(name, path, entry, known);
    if (unchanged !== null) return unchanged;
    const node = this.#read(name, path, entry, fileOf(known));
    return node === null ? null : encodeNode(node);
  }

  #entry(
    name: Buffer,
    path: Buffer,
    known: KnownNode | null,
    rules: FolderExclusions,
    text: TreeText,
  ): void {
    const { control, report } = this.#means;
    control.step();
    let entry: BigIntStats;
    try {
      entry = reaching(path, (at) => lstatSync(at, { bigint: true }));
    } catch (error) {
      // What a pattern leaves out need not be readable.
      if (systemCode(error) === null || rules.reasonForUnreadable(name) === null) {
        this.#reportFailure(path, error);
      } else {
        report.leftOut();
      }
      return;
    }
    const reason = rules.reasonFor(name, path, entry);
    if (reason !== null) {
      if (reason.kind === 'place') report.warn(displayPath(path), reason.place);
      else report.leftOut();
      return;
    }
    const type = nodeTypeOf(entry);
    if (type === null) {
      if (!entry.isSocket()) report.warn(displayPath(path), 'unsupported-type');
    } else if (type === 'dir') {
      text.addHole(this.#directory(name, path, entry, known?.node ?? null));
    } else if (type === 'file') {
      this.#file(name, path, entry, known, text);
    } else {
      text.add(this.#special(name, path, entry, type));
    }
  }

  #directory(name: Buffer, path: Buffer, entry: BigIntStats, previous: Node | null): NewHole {
    const node = this.#node(name, path, entry, 'dir');
    const known = previous?.type === 'dir' ? previous : null;
    return {
      kind: 'folder',
      path: byteString(path),
      node: encodeNode(node),
      previousTree: known?.subtree ?? null,
      isSame: known === null ? null : isSameNode({ ...known, subtree: null }, node),
    };
  }

  #file(
    name: Buffer,
    path: Buffer,
    entry: BigIntStats,
    known: KnownNode | null,
    text: TreeText,
  ): void {
    const unchanged = this.#unchanged(name, path, entry, known);
    if (unchanged !== null) {
      text.add(unchanged);
      return;
    }
    const previous = fileOf(known);
    if (entry.size < LARGE_BYTES && !this.#means.asksBeforeReading) {
      const node = this.#read(name, path, entry, previous);
      if (node !== null) text.add(encodeNode(node));
      return;
    }
    text.addHole({
      kind: 'file',
      name: byteString(name),
      path: byteString(path),
      previous: previous === null ? null : encodeNode(previous),
      sizeBytes: Number(entry.size),
      blocks: entry.blocks,
      asBefore: this.#asBefore(name, path, entry, previous),
    });
  }

  /** The text of the node of a file that need not be read; null for all others. */
  #unchanged(
    name: Buffer,
    path: Buffer,
    entry: BigIntStats,
    known: KnownNode | null,
  ): string | null {
    if (known === null) return null;
    const { control, links, fileSystem, report } = this.#means;
    const node = nodeFromStat(name, 'file', entry, fileSystem, links);
    const head = encodeHead(node);
    // Nearly always to the letter what it was.
    if (!known.beginsWith(head) && (known.node === null || !isUnchanged(known.node, node)))
      return null;
    const attributes = this.#attributes(path);
    const text = head + encodeAttributes(attributes.extendedAttributes);
    const sameContent = known.contentBehind(text);
    const content = sameContent ?? known.node?.content ?? null;
    if (content === null || !this.#hasAll(path, content)) return null;
    control.count(1, node.size);
    if (sameContent === null) report.file({ ...node, ...attributes, content }, known.node);
    else report.unmodified(node.size);
    return withContent(text, content);
  }

  /** Where the bytes are elsewhere, a file that is as long and as old as it was is taken over: only its time of change differs. */
  #asBefore(name: Buffer, path: Buffer, entry: BigIntStats, previous: Node | null): string | null {
    const { links, fileSystem, asksBeforeReading } = this.#means;
    if (!asksBeforeReading || previous === null) return null;
    const node = nodeFromStat(name, 'file', entry, fileSystem, links);
    if (!isAsBefore(previous, node) || !this.#hasAll(path, previous.content)) return null;
    return encodeNode({ ...node, content: previous.content });
  }

  #read(name: Buffer, path: Buffer, entry: BigIntStats, previous: Node | null): Node | null {
    const { chunker, chunks, control, report, links, fileSystem } = this.#means;
    let attributes: Pick<Node, 'extendedAttributes'> = {};
    try {
      const stored = storeFileContent(path, entry, fileSystem, {
        chunker,
        chunks,
        step: () => control.step(),
        whileOpen: (file) => {
          attributes = this.#attributes(path, file);
        },
      });
      if (stored === null || stored.changed) {
        report.warn(displayPath(path), 'changed-while-reading');
      }
      if (stored === null) return null;
      control.count(1, 0);
      const node: Node = {
        ...nodeFromStat(name, 'file', stored.stat, fileSystem, links),
        ...attributes,
        size: stored.sizeBytes,
        content: stored.content,
      };
      report.file(node, previous);
      return node;
    } catch (error) {
      this.#reportFailure(path, error);
      control.count(1, Math.max(0, Number(entry.size) - chunks.sizeBytes));
      return null;
    }
  }

  /** A file of which only a stub is here: as the last archive has it, or null. */
  #stubbed(path: Buffer, { sizeBytes }: StubbedFile, previous: Node | null): string | null {
    const { report } = this.#means;
    const isKnown = previous?.type === 'file' && previous.size === sizeBytes;
    if (isKnown && this.#hasAll(path, previous.content)) {
      report.file(previous, previous);
      return encodeNode(previous);
    }
    report.warn(displayPath(path), 'cloud-only');
    return null;
  }

  #special(
    name: Buffer,
    path: Buffer,
    entry: BigIntStats,
    type: Exclude<ArchivedType, 'file' | 'dir'>,
  ): string | null {
    const { control, fileSystem, links } = this.#means;
    try {
      const node = nodeFromStat(name, type, entry, fileSystem, links);
      control.count(1, 0);
      if (type !== 'symlink') return encodeNode({ ...node, ...this.#attributes(path) });
      return encodeNode({
        ...node,
        linkTarget: reaching(path, (at) => readlinkSync(at, { encoding: 'buffer' })),
      });
    } catch (error) {
      this.#reportFailure(path, error);
      return null;
    }
  }

  #node(name: Buffer, path: Buffer, entry: BigIntStats, type: ArchivedType): Node {
    const { fileSystem, links } = this.#means;
    return { ...nodeFromStat(name, type, entry, fileSystem, links), ...this.#attributes(path) };
  }

  /** As in restic 0.14, links carry none. */
  #attributes(path: Buffer, file: number | null = null): Pick<Node, 'extendedAttributes'> {
    const onFailure = (error: unknown): void => {
      this.#reportFailure(path, error, 'extended attributes ');
    };
    return attributesOf(this.#means.fileSystem, path, onFailure, file);
  }

  /** False also where the repository has lost what the parent snapshot needs: then the file is read again. */
  #hasAll(path: Buffer, content: Node['content']): boolean {
    if (content === null) return false;
    if (this.#means.blobs.hasAll('data', content)) return true;
    this.#means.report.lostContent(displayPath(path));
    return false;
  }

  #parentDirectory(parent: SealedTree | null): ParentDirectory {
    if (parent === null) return ParentDirectory.none;
    const { id, sealed, uncompressedLength } = parent;
    try {
      const tree = openBlobNow(this.#means.masterKey, sealed, 'tree', id, uncompressedLength);
      return ParentDirectory.of(tree, () => this.#means.report.damagedParent(id));
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#means.report.damagedParent(id);
      return ParentDirectory.none;
    }
  }

  /** Makes a warning of the operating system's errors; all others go on. */
  #reportFailure(path: Buffer, error: unknown, what = ''): void {
    const code = systemCode(error);
    if (code === null) throw error;
    this.#means.report.warn(displayPath(path), readFailure(code), `${what}${code}`);
  }
}

function fileOf(known: KnownNode | null): Node | null {
  return known?.node?.type === 'file' ? known.node : null;
}

function byteString(bytes: Buffer): ByteString {
  return bytes.toString('latin1');
}

function mayBeStub(name: Buffer): boolean {
  return name[0] === 0x2e && nameOfStub(name.toString('latin1')) !== null;
}
