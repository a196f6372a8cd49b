/**
 * Turns what lies on disk into nodes and blobs, directory by directory. Failures of the operating system become warnings and leave one
 * entry out; every other failure ends the run. Memory: the nodes of the directories that are open, and a few chunks.
 */
import type { BigIntStats } from 'node:fs';
import { readlink, stat } from 'node:fs/promises';
import type { Id } from '../format/id.ts';
import type { Node } from '../format/tree.ts';
import type { FileSystemPort } from '../native/file-system-port.ts';
import { displayPath, joinPath } from '../native/path-bytes.ts';
import { readFailure, systemCode } from '../native/system-failure.ts';
import type { Log } from '../ports.ts';
import type { ProgressMeter } from '../progress-meter.ts';
import type { Repository } from '../repository/repository.ts';
import type { WarningList } from '../warning-list.ts';
import type { ArchiveStore } from './archive-store.ts';
import type { CloudSources, StubbedFile } from './cloud-sources.ts';
import type { ExcludedPlace, ExcludedPlaces, ExcludePatterns } from './excludes.ts';
import { storeFileContent } from './file-content.ts';
import { LinkIdentities } from './link-identity.ts';
import { nodeFromStat, nodeTypeOf, type ArchivedType } from './node-from-stat.ts';
import { isAsBefore, isSameNode, isUnchanged, ParentDirectory } from './parent-snapshot.ts';
import { scanEntries, scanEntry, sortedNames, type ScannedEntry } from './scanner.ts';
import type { SourceLevel } from './source-tree.ts';
import { TaskLane } from './task-lane.ts';

export interface EntryMeans {
  readonly repository: Repository;
  readonly store: ArchiveStore;
  readonly fileSystem: FileSystemPort;
  readonly patterns: ExcludePatterns;
  readonly places: ExcludedPlaces;
  readonly meter: ProgressMeter;
  readonly warnings: WarningList;
  readonly cloud: CloudSources;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Compared with the parent snapshot. */
export interface Counts {
  new: number;
  changed: number;
  unmodified: number;
}

/** So many files are read side by side. */
const FILES_AT_ONCE = 4;

export class EntryArchiver {
  readonly files: Counts = { new: 0, changed: 0, unmodified: 0 };
  readonly dirs: Counts = { new: 0, changed: 0, unmodified: 0 };
  bytesProcessed = 0;
  sourcesStored = 0;
  readonly #means: EntryMeans;
  readonly #identities = new LinkIdentities();
  readonly #lane = new TaskLane(FILES_AT_ONCE);

  constructor(means: EntryMeans) {
    this.#means = means;
  }

  /** The root tree, with all levels down to the sources and all that is in them. */
  async root(root: SourceLevel, parentTree: Id | null): Promise<Id> {
    const parent = await this.#parentDirectory(parentTree);
    if (!root.isSource || root.path === null) {
      return this.#means.store.saveTree(await this.#levelNodes(root, parent));
    }
    const nodes = await this.#directoryNodes(root.path, parent);
    if (nodes !== null) this.sourcesStored += 1;
    return this.#means.store.saveTree(nodes ?? []);
  }

  /** After a failure: resolves when no file is read any more. */
  async settle(): Promise<void> {
    await this.#lane.settle();
  }

  async #levelNodes(level: SourceLevel, parent: ParentDirectory): Promise<Node[]> {
    const nodes: Node[] = [];
    for (const child of level.children) {
      const previous = parent.find(child.name);
      const node = child.isSource
        ? await this.#source(child, previous)
        : await this.#intermediate(child, previous);
      if (node !== null) nodes.push(node);
    }
    return nodes;
  }

  /** Carries the metadata of the real directory (links followed), but only the wanted children. */
  async #intermediate(level: SourceLevel, previous: Node | null): Promise<Node | null> {
    const path = level.path ?? Buffer.from('/');
    let entry: BigIntStats;
    try {
      entry = await stat(path, { bigint: true });
    } catch (error) {
      this.#reportFailure(path, error);
      return null;
    }
    const parent = await this.#parentDirectory(previous?.subtree ?? null);
    const nodes = await this.#levelNodes(level, parent);
    return this.#finishDirectory(level.name, path, entry, nodes, previous);
  }

  async #source(level: SourceLevel, previous: Node | null): Promise<Node | null> {
    const entry = await scanEntry(level.name, level.path ?? Buffer.alloc(0));
    let node: Node | null = null;
    await this.#entry(entry, previous, true, (made) => {
      node = made;
    });
    await this.#lane.drain();
    if (node !== null) this.sourcesStored += 1;
    return node;
  }

  /** `place` is called at most once, at the latest when the lane is drained. */
  async #entry(
    entry: ScannedEntry,
    previous: Node | null,
    isSource: boolean,
    place: (node: Node) => void,
  ): Promise<void> {
    await this.#means.meter.step();
    if (entry.kind === 'failed') {
      if (isSource || !this.#means.patterns.matches(entry.path, true)) {
        this.#means.warnings.add(displayPath(entry.path), readFailure(entry.code), entry.code);
      }
      return;
    }
    const skip = isSource
      ? this.#means.places.reasonFor(entry.path, entry.stat)
      : reasonToSkip(this.#means, entry.path, entry.stat);
    if (skip !== null) {
      if (skip !== 'pattern') this.#means.warnings.add(displayPath(entry.path), skip);
      return;
    }
    const type = nodeTypeOf(entry.stat);
    if (type === null) {
      if (!entry.stat.isSocket())
        this.#means.warnings.add(displayPath(entry.path), 'unsupported-type');
    } else if (type === 'dir') {
      const node = await this.#directory(entry.name, entry.path, entry.stat, previous);
      if (node !== null) place(node);
    } else if (type === 'file') {
      await this.#lane.start(async () => {
        const node = await this.#file(entry.name, entry.path, entry.stat, previous);
        if (node !== null) place(node);
      });
    } else {
      const node = await this.#special(entry.name, entry.path, entry.stat, type);
      if (node !== null) place(node);
    }
  }

  async #directory(
    name: Buffer,
    path: Buffer,
    entry: BigIntStats,
    previous: Node | null,
  ): Promise<Node | null> {
    const parent = await this.#parentDirectory(previous?.subtree ?? null);
    const nodes = await this.#directoryNodes(path, parent);
    if (nodes === null) return null;
    return this.#finishDirectory(name, path, entry, nodes, previous);
  }

  /** null when the directory cannot be listed. */
  async #directoryNodes(path: Buffer, parent: ParentDirectory): Promise<Node[] | null> {
    this.#means.meter.current(displayPath(path));
    let names: readonly Buffer[];
    let stubbed: readonly StubbedFile[];
    try {
      ({ here: names, stubbed } = await this.#means.cloud.sort(path, await sortedNames(path)));
    } catch (error) {
      this.#reportFailure(path, error);
      return null;
    }
    // Files end in any order; each has its place.
    const places: (Node | undefined)[] = [];
    let index = 0;
    for await (const entry of scanEntries(path, names, this.#means.signal)) {
      const at = index;
      index += 1;
      await this.#entry(entry, parent.find(entry.name), false, (node) => {
        places[at] = node;
      });
    }
    await this.#lane.drain();
    const nodes = places.filter((node) => node !== undefined);
    if (stubbed.length === 0) return nodes;
    for (const file of stubbed) {
      const node = this.#stubbed(joinPath(path, file.name), file, parent.find(file.name));
      if (node !== null) nodes.push(node);
    }
    return nodes.sort((a, b) => Buffer.compare(a.name, b.name));
  }

  /** A file of which only a stub is here: as the last archive has it, or null. */
  #stubbed(path: Buffer, { sizeBytes }: StubbedFile, previous: Node | null): Node | null {
    const isKnown = previous?.type === 'file' && previous.size === sizeBytes;
    if (isKnown && this.#hasAll(path, previous.content)) return this.#countFile(previous, previous);
    this.#means.warnings.add(displayPath(path), 'cloud-only');
    return null;
  }

  async #finishDirectory(
    name: Buffer,
    path: Buffer,
    entry: BigIntStats,
    nodes: readonly Node[],
    previous: Node | null,
  ): Promise<Node> {
    const node: Node = {
      ...nodeFromStat(name, 'dir', entry, this.#means.fileSystem, this.#identities),
      ...this.#attributes(path),
      subtree: await this.#means.store.saveTree(nodes),
    };
    count(this.dirs, previous?.type === 'dir' ? previous : null, node);
    return node;
  }

  async #file(
    name: Buffer,
    path: Buffer,
    entry: BigIntStats,
    previous: Node | null,
  ): Promise<Node | null> {
    this.#means.meter.current(displayPath(path));
    const node = nodeFromStat(name, 'file', entry, this.#means.fileSystem, this.#identities);
    if (previous !== null && isUnchanged(previous, node) && this.#hasAll(path, previous.content)) {
      const unchanged = { ...node, ...this.#attributes(path), content: previous.content };
      this.#means.meter.add(1, node.size);
      return this.#countFile(unchanged, previous);
    }
    if (this.#means.cloud.isElsewhere(path, entry)) {
      // Taken off the disk since it was archived: only its time of change differs.
      if (previous !== null && isAsBefore(previous, node) && this.#hasAll(path, previous.content)) {
        this.#means.meter.add(1, node.size);
        return this.#countFile({ ...node, content: previous.content }, previous);
      }
      if (!(await this.#means.cloud.bring(path))) {
        this.#means.warnings.add(displayPath(path), 'cloud-only');
        this.#means.meter.add(1, node.size);
        return null;
      }
    }
    let bytesReported = 0;
    try {
      const stored = await storeFileContent(path, {
        polynomial: this.#means.repository.config.chunkerPolynomial,
        step: () => this.#means.meter.step(),
        save: async (chunk) => {
          const id = await this.#means.store.saveData(chunk);
          bytesReported += chunk.length;
          this.#means.meter.add(0, chunk.length);
          return id;
        },
      });
      if (stored === null || stored.changed) {
        this.#means.warnings.add(displayPath(path), 'changed-while-reading');
      }
      if (stored === null) return null;
      this.#means.meter.add(1, 0);
      const fresh: Node = {
        ...nodeFromStat(name, 'file', stored.stat, this.#means.fileSystem, this.#identities),
        ...this.#attributes(path),
        size: stored.sizeBytes,
        content: stored.content,
      };
      return this.#countFile(fresh, previous);
    } catch (error) {
      this.#reportFailure(path, error);
      this.#means.meter.add(1, Math.max(0, Number(entry.size) - bytesReported));
      return null;
    }
  }

  #hasAll(path: Buffer, content: readonly Id[] | null): boolean {
    if (content === null) return false;
    if (content.every((id) => this.#means.repository.has('data', id))) return true;
    this.#means.log.warn(
      'content of an unchanged file is missing in the repository: reading it again',
      {
        path: displayPath(path),
      },
    );
    return false;
  }

  #countFile(node: Node, previous: Node | null): Node {
    this.bytesProcessed += node.size;
    count(this.files, previous?.type === 'file' ? previous : null, node);
    return node;
  }

  async #special(
    name: Buffer,
    path: Buffer,
    entry: BigIntStats,
    type: Exclude<ArchivedType, 'file' | 'dir'>,
  ): Promise<Node | null> {
    try {
      const node = nodeFromStat(name, type, entry, this.#means.fileSystem, this.#identities);
      this.#means.meter.add(1, 0);
      if (type !== 'symlink') return { ...node, ...this.#attributes(path) };
      return { ...node, linkTarget: await readlink(path, { encoding: 'buffer' }) };
    } catch (error) {
      this.#reportFailure(path, error);
      return null;
    }
  }

  /** As in restic 0.14, links carry none. */
  #attributes(path: Buffer): Pick<Node, 'extendedAttributes'> {
    try {
      const extendedAttributes = this.#means.fileSystem.extendedAttributes(path);
      return extendedAttributes.length === 0 ? {} : { extendedAttributes };
    } catch (error) {
      this.#reportFailure(path, error, 'extended attributes ');
      return {};
    }
  }

  /** Makes a warning of the operating system's errors; all others go on. */
  #reportFailure(path: Buffer, error: unknown, what = ''): void {
    const code = systemCode(error);
    if (code === null) throw error;
    this.#means.warnings.add(displayPath(path), readFailure(code), `${what}${code}`);
  }

  async #parentDirectory(tree: Id | null): Promise<ParentDirectory> {
    const { repository, log, signal } = this.#means;
    return ParentDirectory.load(repository, tree, log, signal);
  }
}

/** Why an entry below a source is left out, or null. */
export function reasonToSkip(
  { patterns, places }: Pick<EntryMeans, 'patterns' | 'places'>,
  path: Buffer,
  entry: BigIntStats,
): ExcludedPlace['reason'] | 'pattern' | null {
  const place = places.reasonFor(path, entry);
  if (place !== null) return place;
  return patterns.matches(path, entry.isDirectory()) ? 'pattern' : null;
}

function count(counts: Counts, previous: Node | null, node: Node): void {
  if (previous === null) counts.new += 1;
  else if (isSameNode(previous, node)) counts.unmodified += 1;
  else counts.changed += 1;
}
