/**
 * Leads the workers through the sources: which folder comes next, and what becomes of a folder's tree when all in it is known. Deep before
 * wide, so that few trees are unfinished at a time.
 */
import type { BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Transferable } from 'node:worker_threads';
import { HoldfastError } from '../../../shared/errors.ts';
import { isDamage } from '../damage.ts';
import { BlobClaims } from '../repository/blob-claims.ts';
import { decodeTree, encodeNode, joinNodes, withSubtree, type Node } from '../format/tree.ts';
import { sha256Hex, type Id } from '../format/id.ts';
import type { FileSystemPort } from '../native/file-system-port.ts';
import { displayPath } from '../native/path-bytes.ts';
import { readFailure, systemCode } from '../native/system-failure.ts';
import type { Log } from '../ports.ts';
import type { ProgressMeter } from '../progress-meter.ts';
import type { BlobWriter, Repository } from '../repository/repository.ts';
import type { WarningList } from '../warning-list.ts';
import { keepInStep } from '../workers/keep-in-step.ts';
import { ArchiveWorkers } from './archive-workers.ts';
import type { CloudSources } from './cloud-sources.ts';
import { Exclusions, type ExclusionData } from './exclusions.ts';
import { LinkIdentities } from './link-identity.ts';
import { attributesOf, nodeFromStat } from './node-from-stat.ts';
import { isSameNode } from './parent-snapshot.ts';
import { withHoles } from './tree-text.ts';
import { SealedTrees } from '../repository/sealed-trees.ts';
import { scanEntry } from './scanner.ts';
import type { SourceLevel } from './source-tree.ts';
import type {
  ByteString,
  Counts,
  FilledHole,
  Hole,
  TaskReport,
  TaskResult,
  WorkerTask,
} from './worker-messages.ts';

export interface TreeMeans {
  readonly repository: Repository;
  readonly writer: BlobWriter;
  readonly fileSystem: FileSystemPort;
  readonly exclusions: ExclusionData;
  readonly meter: ProgressMeter;
  readonly warnings: WarningList;
  readonly cloud: CloudSources;
  readonly log: Log;
  readonly signal: AbortSignal;
}

const TICK_MS = 100;
/** So many entries of one folder are followed at a time. */
const HOLES_AT_ONCE = 16;

export class TreeArchiver {
  readonly files: Counts = { new: 0, changed: 0, unmodified: 0 };
  readonly dirs: Counts = { new: 0, changed: 0, unmodified: 0 };
  bytesProcessed = 0;
  dataBlobs = 0;
  treeBlobs = 0;
  /** Before compression. */
  bytesAdded = 0;
  /** As they lie in packs. */
  bytesAddedPacked = 0;
  /** Entries that a rule leaves out. */
  leftOut = 0;
  sourcesStored = 0;
  readonly #means: TreeMeans;
  readonly #exclusions: Exclusions;
  readonly #links = new LinkIdentities();
  readonly #parents: SealedTrees;
  readonly #workers: ArchiveWorkers;
  /** Waiting for a worker; the last one goes first. */
  readonly #stack: (() => void)[] = [];
  readonly #timer: NodeJS.Timeout;
  readonly #endSteps: () => void;

  /** Starts the workers; `end` must follow, whatever happens. */
  constructor(means: TreeMeans) {
    this.#means = means;
    const { repository, writer, exclusions, cloud, meter, signal } = means;
    this.#exclusions = new Exclusions(exclusions);
    const { masterKey, config } = repository.core;
    this.#parents = new SealedTrees(repository, signal);
    this.#workers = new ArchiveWorkers(
      {
        masterKey,
        version: config.version,
        polynomial: config.chunkerPolynomial,
        known: repository.shareIndex(),
        claims: new BlobClaims().shared,
        links: this.#links.shared,
        exclusions,
        asksBeforeReading: cloud.isNeeded,
      },
      {
        helped: (report) => this.#add(report),
        blobs: async ({ buffer, blobs }) => writer.putAll(new Uint8Array(buffer), blobs),
        current: (path) => meter.current(path),
      },
    );
    this.#workers.onRoom = () => this.#next();
    this.#timer = setInterval(() => this.#countProgress(), TICK_MS);
    this.#timer.unref();
    const { control } = this.#workers;
    // Cancelled: whoever waits for a task hears of it by the signal.
    this.#endSteps = keepInStep(
      control,
      async () => meter.step(),
      () => control.stop(),
    );
    signal.addEventListener('abort', () => this.#workers.fail(signal.reason), { once: true });
    if (signal.aborted) this.#workers.fail(signal.reason);
  }

  /** The root tree, with all levels down to the sources and all that is in them. All of it is in packs, not all of them stored. */
  async root(root: SourceLevel, parentTree: Id | null): Promise<Id> {
    let tree: Id | null;
    if (root.isSource && root.path !== null) {
      tree = await this.#folder(root.path.toString('latin1'), parentTree);
      if (tree !== null) this.sourcesStored += 1;
      tree ??= await this.#saveTree([]);
    } else {
      tree = await this.#saveTree(await this.#levelNodes(root, parentTree));
    }
    await this.#workers.flush();
    this.#countProgress();
    return tree;
  }

  /** How much there is below the sources, counted beside the backup. */
  async count(sources: readonly Buffer[]): Promise<{ files: number; bytes: number }> {
    const total = { files: 0, bytes: 0 };
    for (const path of sources) {
      const result = await this.#run({ kind: 'count', path: path.toString('latin1') });
      if (result.kind !== 'count') continue;
      total.files += result.files;
      total.bytes += result.bytes;
    }
    return total;
  }

  /** Resolves when nothing is read any more. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    this.#endSteps();
    await this.#workers.end();
  }

  async #levelNodes(level: SourceLevel, parentTree: Id | null): Promise<string[]> {
    const previous = await this.#previousNodes(parentTree);
    const nodes: string[] = [];
    for (const child of level.children) {
      const known = previous.find(({ name }) => name.equals(child.name)) ?? null;
      const node = child.isSource
        ? await this.#source(child, known)
        : await this.#intermediate(child, known);
      if (node !== null) nodes.push(node);
    }
    return nodes;
  }

  async #previousNodes(tree: Id | null): Promise<readonly Node[]> {
    const { repository, log, signal } = this.#means;
    if (tree === null) return [];
    try {
      return decodeTree(await repository.loadBlob('tree', tree, signal));
    } catch (error) {
      if (!isDamage(error)) throw error;
      log.warn('a directory of the parent snapshot cannot be read', { tree, code: error.code });
      return [];
    }
  }

  /** Carries the metadata of the real directory (links followed), but only the wanted children. */
  async #intermediate(level: SourceLevel, previous: Node | null): Promise<string | null> {
    const path = level.path ?? Buffer.from('/');
    let entry: BigIntStats;
    try {
      entry = await stat(path, { bigint: true });
    } catch (error) {
      this.#reportFailure(path, error);
      return null;
    }
    const known = previous?.type === 'dir' ? previous : null;
    const nodes = await this.#levelNodes(level, known?.subtree ?? null);
    return this.#directory(level.name, path, entry, await this.#saveTree(nodes), known);
  }

  async #source(level: SourceLevel, previous: Node | null): Promise<string | null> {
    const { warnings } = this.#means;
    const path = level.path ?? Buffer.alloc(0);
    const entry = await scanEntry(level.name, path);
    if (entry.kind === 'failed') {
      warnings.add(displayPath(path), readFailure(entry.code), entry.code);
      return null;
    }
    const skip = this.#exclusions.places.reasonFor(path, entry.stat);
    if (skip !== null) {
      warnings.add(displayPath(path), skip);
      return null;
    }
    const known = previous?.type === 'dir' ? previous : null;
    let node: string | null;
    if (entry.stat.isDirectory()) {
      const tree = await this.#folder(path.toString('latin1'), known?.subtree ?? null);
      node = tree === null ? null : this.#directory(level.name, path, entry.stat, tree, known);
    } else {
      node = await this.#single({
        name: level.name.toString('latin1'),
        path: path.toString('latin1'),
        previous: previous === null ? null : encodeNode(previous),
        sizeBytes: Number(entry.stat.size),
        blocks: entry.stat.blocks,
        asBefore: null,
      });
    }
    if (node !== null) this.sourcesStored += 1;
    return node;
  }

  #directory(
    name: Buffer,
    path: Buffer,
    entry: BigIntStats,
    subtree: Id,
    previous: Node | null,
  ): string {
    const { fileSystem } = this.#means;
    const attributes = attributesOf(fileSystem, path, (error) =>
      this.#reportFailure(path, error, 'extended attributes '),
    );
    const node = {
      ...nodeFromStat(name, 'dir', entry, fileSystem, this.#links),
      ...attributes,
      subtree,
    };
    count(this.dirs, previous === null ? null : isSameNode(previous, node));
    return encodeNode(node);
  }

  /** null when it cannot be listed. */
  async #folder(path: ByteString, parentTree: Id | null): Promise<Id | null> {
    const parent = await this.#parents.sealed(parentTree);
    const task = { kind: 'folder', path, parent, names: null, stubbed: [] } as const;
    const transfer = parent === null ? [] : [parent.sealed.buffer as ArrayBuffer];
    let result = await this.#run(task, transfer);
    if (result.kind === 'stubs') {
      const bytes = Buffer.from(path, 'latin1');
      const names = result.names.map((name) => Buffer.from(name, 'latin1'));
      const rules = this.#exclusions.in(bytes);
      const isAllLeftOut = rules.narrow(names).reason !== null;
      const { here, stubbed } = await this.#means.cloud.sort(
        bytes,
        names,
        (name, sizeBytes) => isAllLeftOut || rules.reasonForStub(name, sizeBytes) !== null,
      );
      const again = await this.#parents.sealed(parentTree);
      result = await this.#run({
        ...task,
        parent: again,
        names: here.map((name) => name.toString('latin1')),
        stubbed: stubbed.map((stub) => ({ ...stub, name: stub.name.toString('latin1') })),
      });
    }
    if (result.kind === 'none') return null;
    if (result.kind !== 'open') return treeOf(result);
    const holes = await this.#fill(result.holes);
    const { text } = result;
    // Nearly always as it was, and not worth a way to a worker and back.
    if (parentTree !== null && sha256Hex(joinNodes(withHoles(text, holes))) === parentTree)
      return parentTree;
    return treeOf(await this.#run({ kind: 'tree', text, holes }));
  }

  /** A few side by side, in the order of the text. */
  async #fill(holes: readonly Hole[]): Promise<FilledHole[]> {
    const filled: FilledHole[] = [];
    let next = 0;
    const fillSome = async (): Promise<void> => {
      for (let hole = holes[next]; hole !== undefined; hole = holes[next]) {
        const at = next;
        next += 1;
        filled[at] = { at: hole.at, node: await this.#node(hole) };
      }
    };
    await Promise.all(Array.from({ length: HOLES_AT_ONCE }, fillSome));
    return filled;
  }

  async #node(hole: Hole): Promise<string | null> {
    if (hole.kind === 'file') return this.#single(hole);
    const tree = await this.#folder(hole.path, hole.previousTree);
    if (tree === null) return null;
    count(this.dirs, hole.isSame === null ? null : hole.isSame && tree === hole.previousTree);
    return withSubtree(hole.node, tree);
  }

  /** Everything but a directory. */
  async #single(
    entry: Omit<Extract<Hole, { kind: 'file' }>, 'kind' | 'at'>,
  ): Promise<string | null> {
    const { cloud, warnings } = this.#means;
    const path = Buffer.from(entry.path, 'latin1');
    const sizes = { size: BigInt(entry.sizeBytes), blocks: entry.blocks };
    if (cloud.isElsewhere(path, sizes)) {
      if (entry.asBefore !== null) {
        this.files.changed += 1;
        this.bytesProcessed += entry.sizeBytes;
        this.#means.meter.add(1, entry.sizeBytes);
        return entry.asBefore;
      }
      if (!(await cloud.bring(path))) {
        warnings.add(displayPath(path), 'cloud-only');
        this.#means.meter.add(1, entry.sizeBytes);
        return null;
      }
    }
    const { name, previous, sizeBytes } = entry;
    const result = await this.#run({ kind: 'entry', name, path: entry.path, previous, sizeBytes });
    return result.kind === 'node' ? result.node : null;
  }

  /** Of encoded nodes. */
  async #saveTree(nodes: readonly string[]): Promise<Id> {
    const text = nodes.map((node) => `,${node}`).join('');
    return treeOf(await this.#run({ kind: 'tree', text, holes: [] }));
  }

  async #run(task: WorkerTask, transfer: readonly Transferable[] = []): Promise<TaskResult> {
    const turn = Promise.withResolvers<void>();
    this.#stack.push(turn.resolve);
    this.#next();
    await turn.promise;
    const { result, report } = await this.#workers.run(task, transfer);
    this.#add(report);
    this.#countProgress();
    return result;
  }

  #next(): void {
    // Whoever gets a turn gives its task before anything else happens, but not at once: one turn for each task that ended.
    if (this.#stack.length > 0 && this.#workers.hasRoom) {
      this.#stack.pop()?.();
      queueMicrotask(() => queueMicrotask(() => this.#next()));
    }
  }

  #add(report: TaskReport): void {
    const { warnings, log } = this.#means;
    this.files.new += report.files.new;
    this.files.changed += report.files.changed;
    this.files.unmodified += report.files.unmodified;
    this.bytesProcessed += report.bytesProcessed;
    this.dataBlobs += report.dataBlobs;
    this.treeBlobs += report.treeBlobs;
    this.bytesAdded += report.bytesAdded;
    this.bytesAddedPacked += report.bytesAddedPacked;
    this.leftOut += report.leftOut;
    for (const { path, reason, detail } of report.warnings) warnings.add(path, reason, detail);
    for (const tree of report.damagedParents) {
      log.warn('a directory of the parent snapshot cannot be read', { tree });
    }
    for (const path of report.lostContent) {
      log.warn('content of an unchanged file is missing in the repository: read again', { path });
    }
  }

  #countProgress(): void {
    const { files, bytes } = this.#workers.control.takeCounts();
    this.#means.meter.add(files, bytes);
  }

  /** Makes a warning of the operating system's errors; all others go on. */
  #reportFailure(path: Buffer, error: unknown, what = ''): void {
    const code = systemCode(error);
    if (code === null) throw error;
    this.#means.warnings.add(displayPath(path), readFailure(code), `${what}${code}`);
  }
}

function treeOf(result: TaskResult): Id {
  if (result.kind === 'tree') return result.tree;
  throw new HoldfastError('internal/unexpected', {
    context: { reason: `no tree: ${result.kind}` },
  });
}

/** `isSame` as compared with the parent snapshot; null for what was not there. */
function count(counts: Counts, isSame: boolean | null): void {
  if (isSame === null) counts.new += 1;
  else if (isSame) counts.unmodified += 1;
  else counts.changed += 1;
}
