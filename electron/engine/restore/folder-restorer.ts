/**
 * Walks the trees of a snapshot and makes their folders; what is in them goes to the `EntryRestorer`. Nothing is made outside of the landing places,
 * and nothing through a link inside of them.
 */
import { chmodSync, lstatSync, statSync, type BigIntStats } from 'node:fs';
import type { Backend } from '../backend/backend.ts';
import { isDamage, throwIfStorageIsGone } from '../damage.ts';
import type { Node } from '../format/tree.ts';
import { displayPath, joinPath } from '../native/path-bytes.ts';
import { systemCode } from '../native/system-failure.ts';
import type { ProgressMeter } from '../progress-meter.ts';
import type { Repository } from '../repository/repository.ts';
import type { WarningList } from '../warning-list.ts';
import { adoptsMetadata, conflictAction } from './conflict.ts';
import type { EntryRestorer } from './entry-restorer.ts';
import type { FoundFolder, NewFolders } from './new-folders.ts';
import { foldersAboveSources, placeKey, type Landing } from './landing.ts';
import { metadataOf, type MetadataSetter } from './node-metadata.ts';
import { OpenFolder } from './open-folder.ts';
import type { RestorePlan } from './restore-plan.ts';
import { isSafeName } from './safe-name.ts';
import { everything, type Selected } from './selection.ts';
import { TreeReader } from './tree-reader.ts';
import { isUnfinished, makeUnfinished, sweepTemporaries } from './unfinished.ts';
import { reaching } from '../native/long-paths.ts';

/** Its path as chosen, and as it really is, with links on the way to it resolved. */
export interface TargetFolder {
  readonly chosen: Buffer;
  readonly real: Buffer;
}

/** Between two looks whether the run is paused or cancelled. */
const ENTRIES_A_STEP = 64;

interface WalkMeans {
  readonly meter: ProgressMeter;
  readonly warnings: WarningList;
  readonly signal: AbortSignal;
  readonly repositoryIdentity: string | null;
}

export class FolderRestorer {
  directoriesRestored = 0;
  #entriesSeen = 0;
  readonly #madeParents: { readonly node: Node; readonly path: Buffer }[] = [];
  readonly #open = new Set<OpenFolder>();
  readonly #backend: Backend;
  readonly #trees: TreeReader;
  readonly #plan: RestorePlan;
  readonly #metadata: MetadataSetter;
  readonly #entries: EntryRestorer;
  readonly #new: NewFolders;
  readonly #means: WalkMeans;
  readonly #followed: ReadonlySet<string>;

  constructor(
    repository: Repository,
    plan: RestorePlan,
    metadata: MetadataSetter,
    entries: EntryRestorer,
    means: WalkMeans,
  ) {
    this.#backend = repository.backend;
    this.#trees = new TreeReader(repository);
    this.#plan = plan;
    this.#metadata = metadata;
    this.#entries = entries;
    this.#new = entries.newFolders(this.#trees);
    this.#means = means;
    this.#followed =
      plan.request.target.kind === 'original'
        ? foldersAboveSources(plan.snapshot.snapshot)
        : new Set();
  }

  async land(landing: Landing, target: TargetFolder | null): Promise<void> {
    const real = (path: Buffer): Buffer =>
      target === null
        ? path
        : joinPath(
            target.real,
            path.subarray(target.chosen.length + (target.chosen.length === 1 ? 0 : 1)),
          );
    for (const parent of landing.parents) {
      const path = real(parent.path);
      const state = this.#parent(path);
      if (state === 'blocked') return;
      if (state === 'made') this.#madeParents.push({ node: parent.node, path });
    }
    await this.#entry(landing.node, real(landing.path), landing.selected, null);
    for (let found = await this.#new.next(); found !== null; found = await this.#new.next())
      for (const one of found) await this.#decide(one);
  }

  /** What the thread that fills a new folder could not. */
  async #decide({ folder, node, entries }: FoundFolder): Promise<void> {
    if (entries === null) await this.#children(node, folder, everything);
    for (const entry of entries ?? [])
      await this.#entry(entry, joinPath(folder.path, entry.name), everything, folder);
    folder.release();
  }

  /** At the very end, when nothing is under way: what a run that was cut off has left open, and folders below which several items may have landed. */
  dressAll(): void {
    for (const folder of [...this.#open].toReversed()) folder.close();
    for (const { node, path } of this.#madeParents.toReversed()) this.#dress(path, node);
  }

  /** A folder between the target and the chosen item. At the original place links among them are followed: they lead to the source. */
  #parent(path: Buffer): 'there' | 'made' | 'blocked' {
    const follows = this.#plan.request.target.kind === 'original';
    try {
      const existing = look(path, follows);
      if (existing === null) {
        makeUnfinished(path);
        return 'made';
      }
      if (existing.isDirectory()) return !follows && isUnfinished(existing) ? 'made' : 'there';
      this.#means.warnings.add(displayPath(path), 'permission-denied', 'ENOTDIR');
    } catch (error) {
      this.#entries.report(path, error);
    }
    return 'blocked';
  }

  async #entry(
    node: Node,
    path: Buffer,
    selected: Selected,
    folder: OpenFolder | null,
  ): Promise<void> {
    this.#entriesSeen += 1;
    if (this.#entriesSeen % ENTRIES_A_STEP === 0) await this.#means.meter.step();
    if (node.type !== 'dir') await this.#entries.restore(node, path, folder);
    else await this.#directory(node, path, selected, folder);
  }

  async #directory(
    node: Node,
    path: Buffer,
    selected: Selected,
    parent: OpenFolder | null,
  ): Promise<void> {
    await this.#means.meter.step();
    let place: FolderPlace | null;
    try {
      place = this.#place(node, path, parent?.isNew === true);
    } catch (error) {
      this.#entries.report(path, error);
      return;
    }
    if (place === null) return;
    const { path: at, isNew, adopts } = place;
    const dress = adopts ? (): void => this.#dress(at, node) : null;
    const folder = new OpenFolder({ path: at, isNew, dress }, parent, this.#open);
    // Where nothing else can be, there is nothing to decide.
    if (isNew && selected.isWhole && node.subtree !== null)
      this.#new.add(folder, node, node.subtree);
    else await this.#children(node, folder, selected);
    folder.release();
    this.directoriesRestored += 1;
  }

  async #children(node: Node, folder: OpenFolder, selected: Selected): Promise<void> {
    const { warnings, signal } = this.#means;
    const { path } = folder;
    let nodes: readonly Node[] = [];
    try {
      if (node.subtree !== null) nodes = await this.#trees.nodes(node.subtree, signal);
    } catch (error) {
      if (!isDamage(error)) throw error;
      await throwIfStorageIsGone(this.#backend, error, signal);
      warnings.add(displayPath(path), 'damaged', error.code);
      return;
    }
    let before: Buffer = Buffer.alloc(0);
    for (const child of nodes) {
      const wanted = selected.child(child.name);
      if (wanted === null) continue;
      // Names are unique in a sound tree; a second entry of one name would count as a conflict with the first.
      if (!isSafeName(child.name) || before.equals(child.name)) {
        warnings.add(`${displayPath(path)}/${displayPath(child.name)}`, 'unsafe-name');
        continue;
      }
      before = child.name;
      await this.#entry(child, joinPath(path, child.name), wanted, folder);
    }
  }

  /** Makes the folder, or finds it; null when it is left out. */
  #place(node: Node, path: Buffer, isInNew: boolean): FolderPlace | null {
    const followed = this.#followed.has(placeKey(path));
    // Also in a new folder: a file system may take two names for one.
    const existing = isInNew && make(path) ? null : look(path, followed);
    if (existing === null) {
      if (!isInNew) makeUnfinished(path);
      return { path, isNew: true, adopts: true };
    }
    if (existing.isDirectory()) {
      if (
        folderIdentity(existing) !== null &&
        folderIdentity(existing) === this.#means.repositoryIdentity
      ) {
        this.#means.warnings.add(displayPath(path), 'destination-inside-source');
        return null;
      }
      sweepTemporaries(path);
      const adopts =
        !followed &&
        (isUnfinished(existing) ||
          adoptsMetadata(this.#plan.request.conflictPolicy, node, existing));
      if (adopts) openUp(path, existing);
      return { path, isNew: false, adopts };
    }
    const action = conflictAction(this.#plan.request.conflictPolicy, node, existing);
    if (action === 'skip') {
      this.#entries.filesSkipped += 1;
      return null;
    }
    const beside = this.#entries.freePath(path);
    makeUnfinished(beside);
    this.#entries.filesKeptBoth += 1;
    return { path: beside, isNew: true, adopts: true };
  }

  #dress(path: Buffer, node: Node): void {
    this.#metadata.apply(path, metadataOf(node), (detail) => {
      this.#means.warnings.add(displayPath(path), 'metadata-not-restored', detail);
    });
  }
}

interface FolderPlace {
  readonly path: Buffer;
  /** Made just now. */
  readonly isNew: boolean;
  /** Gets the archived metadata at the end. */
  readonly adopts: boolean;
}

/** Which folder it is, whatever its path; null where the system does not tell. */
export function folderIdentity(entry: BigIntStats): string | null {
  return entry.ino === 0n ? null : `${entry.dev}:${entry.ino}`;
}

/** null when there is nothing. */
function look(path: Buffer, follows: boolean): BigIntStats | null {
  const options = { bigint: true, throwIfNoEntry: false } as const;
  return (
    (follows
      ? reaching(path, (at) => statSync(at, options))
      : reaching(path, (at) => lstatSync(at, options))) ?? null
  );
}

/** False when something has the name. */
function make(path: Buffer): boolean {
  try {
    makeUnfinished(path);
    return true;
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    return false;
  }
}

/** A folder that its own owner may not write to would refuse what belongs into it. */
function openUp(path: Buffer, existing: BigIntStats): void {
  const mode = Number(existing.mode) & 0o7777;
  const own = process.getuid?.();
  if (own === 0 || BigInt(own ?? -1) !== existing.uid || (mode & 0o700) === 0o700) return;
  reaching(path, (at) => chmodSync(at, mode | 0o700));
}
