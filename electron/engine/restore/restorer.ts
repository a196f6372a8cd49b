/**
 * Executes a restore plan. Every byte is verified by hash before its file gets its name; a file that cannot be had whole is reported and left out, the
 * others go on. Nothing is written outside the landing places and nothing through a link inside them. A cancelled run keeps what is finished
 * and leaves no temporary files; running it again continues, because files that are right already are recognised by their content.
 */
import type { BigIntStats } from 'node:fs';
import { chmod, lstat, mkdir, realpath, stat } from 'node:fs/promises';
import { HoldfastError } from '../../../shared/errors.ts';
import type { RestoreResult } from '../../../shared/model/job.ts';
import type { Backend } from '../backend/backend.ts';
import { isDamage, throwIfStorageIsGone } from '../damage.ts';
import type { Node } from '../format/tree.ts';
import type { FileSystemPort } from '../native/file-system-port.ts';
import { displayPath, joinPath, pathBytes } from '../native/path-bytes.ts';
import { systemCode } from '../native/system-failure.ts';
import type { EnginePorts, JobPort } from '../ports.ts';
import { ProgressMeter } from '../progress-meter.ts';
import type { Repository, RepositoryLock } from '../repository/repository.ts';
import { WarningList } from '../warning-list.ts';
import { adoptsMetadata, conflictAction } from './conflict.ts';
import { EntryRestorer } from './entry-restorer.ts';
import { foldersAboveSources, placeKey, type Landing } from './landing.ts';
import { metadataSetter, type MetadataSetter } from './node-metadata.ts';
import { refuseRepository, roomAt, type RestorePlan } from './restore-plan.ts';
import { restoredStamp } from './free-name.ts';
import { isSafeName } from './safe-name.ts';
import type { Selected } from './selection.ts';
import { TreeReader } from './tree-reader.ts';
import { isUnfinished, sweepTemporaries, UNFINISHED_MODE } from './unfinished.ts';

export interface RestoreMeans {
  readonly ports: EnginePorts;
  readonly fileSystem: FileSystemPort;
}

/**
 * Throws `restore/no-space`, `restore/target-not-writable`, `restore/target-gone`, `restore/target-in-repository`, the backend's errors when the storage cannot be
 * reached, and the job's `job/cancelled`. Takes a shared lock, so that nobody
 * prunes meanwhile; storage that cannot be written to is restored from without one.
 */
export async function runRestore(
  repository: Repository,
  plan: RestorePlan,
  { ports, fileSystem }: RestoreMeans,
  job: JobPort,
): Promise<RestoreResult> {
  const startedMs = ports.clock.monotonicMs();
  const meter = new ProgressMeter(ports.clock, job);
  const warnings = new WarningList(job);
  meter.phase('preparing');
  await refuseRepository(plan.landings, plan.request);
  await refuseTooLittleRoom(plan);
  const lock = await lockIfPossible(repository, ports, job.signal);
  try {
    await repository.refreshIndex(job.signal);
    const target = await prepareTarget(plan);
    const metadata = metadataSetter(fileSystem);
    const stamp = restoredStamp(Number(ports.clock.nowNs() / 1_000_000n));
    const policy = plan.request.conflictPolicy;
    const entries = new EntryRestorer({
      repository,
      fileSystem,
      metadata,
      meter,
      warnings,
      stamp,
      policy,
      requireTarget: await watchOver(target?.real ?? null, plan.preview.targetPath),
      signal: job.signal,
    });
    for (const path of plan.unsafe) warnings.add(path, 'unsafe-name');
    meter.totals(plan.entries, plan.preview.bytes);
    meter.phase('transferring');
    const walk = new FolderRestorer(repository, plan, metadata, entries, {
      meter,
      warnings,
      signal: job.signal,
      repositoryIdentity: await identityOf(plan.request.repositoryFolder),
    });
    try {
      for (const landing of plan.landings) await walk.land(landing, target);
    } catch (error) {
      throw classify(error, plan.preview.targetPath);
    } finally {
      walk.dressParents();
    }
    meter.phase('finishing');
    return {
      kind: 'restore',
      targetPath: plan.preview.targetPath,
      filesRestored: entries.filesRestored,
      bytesRestored: entries.bytesRestored,
      filesSkipped: entries.filesSkipped,
      filesAlreadyRight: entries.filesAlreadyRight,
      filesKeptBoth: entries.filesKeptBoth,
      directoriesRestored: walk.directoriesRestored,
      otherRestored: entries.otherRestored,
      durationMs: ports.clock.monotonicMs() - startedMs,
      warnings: warnings.listed,
      warningCount: warnings.count,
    };
  } finally {
    await lock?.release();
  }
}

/** A full or write-protected disk must give back what is on it. */
async function lockIfPossible(
  repository: Repository,
  { log }: EnginePorts,
  signal: AbortSignal,
): Promise<RepositoryLock | null> {
  try {
    return await repository.lock('shared', signal);
  } catch (error) {
    const readOnly =
      error instanceof HoldfastError &&
      (error.code === 'backend/permission-denied' || error.code === 'backend/no-space');
    if (!readOnly) throw error;
    log.warn('restoring without a lock: the storage cannot be written to', { code: error.code });
    return null;
  }
}

/** Room may have become free, or less, since the preview. */
async function refuseTooLittleRoom({ preview, needs }: RestorePlan): Promise<void> {
  for (const { path, neededBytes } of needs) {
    const { freeBytes } = await roomAt(path);
    if (freeBytes === null || freeBytes >= neededBytes) continue;
    throw new HoldfastError('restore/no-space', {
      context: { path: preview.targetPath, neededBytes, freeBytes },
    });
  }
}

/** Makes the target folder. Its path as chosen, and as it really is, with links on the way to it resolved; null for the original places. */
async function prepareTarget({
  request,
}: RestorePlan): Promise<{ readonly chosen: Buffer; readonly real: Buffer } | null> {
  if (request.target.kind === 'original') return null;
  const chosen = pathBytes(request.target.path);
  try {
    await mkdir(chosen, { recursive: true });
    return { chosen, real: await realpath(chosen, { encoding: 'buffer' }) };
  } catch (error) {
    throw classify(error, displayPath(chosen));
  }
}

/** A disk that is pulled out leaves an empty folder behind, which would be filled, or refuse every single file. */
async function watchOver(target: Buffer | null, path: string): Promise<() => Promise<void>> {
  if (target === null) return () => Promise.resolve();
  const before = await identityOf(target);
  return async () => {
    if ((await identityOf(target)) !== before) {
      throw new HoldfastError('restore/target-gone', { context: { path }, retry: 'later' });
    }
  };
}

function classify(error: unknown, path: string): unknown {
  const code = systemCode(error);
  if (code === null) return error;
  const noSpace = code === 'ENOSPC' || code === 'EDQUOT';
  return new HoldfastError(noSpace ? 'restore/no-space' : 'restore/target-not-writable', {
    context: { path, detail: code },
    cause: error,
  });
}

async function identityOf(folder: string | Buffer | null): Promise<string | null> {
  if (folder === null) return null;
  try {
    return identity(await stat(folder, { bigint: true }));
  } catch (error) {
    if (systemCode(error) === null) throw error;
    return null;
  }
}

function identity(entry: BigIntStats): string | null {
  return entry.ino === 0n ? null : `${entry.dev}:${entry.ino}`;
}

interface WalkMeans {
  readonly meter: ProgressMeter;
  readonly warnings: WarningList;
  readonly signal: AbortSignal;
  readonly repositoryIdentity: string | null;
}

class FolderRestorer {
  directoriesRestored = 0;
  readonly #madeParents: { readonly node: Node; readonly path: Buffer }[] = [];
  readonly #backend: Backend;
  readonly #trees: TreeReader;
  readonly #plan: RestorePlan;
  readonly #metadata: MetadataSetter;
  readonly #entries: EntryRestorer;
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
    this.#means = means;
    this.#followed =
      plan.request.target.kind === 'original'
        ? foldersAboveSources(plan.snapshot.snapshot)
        : new Set();
  }

  async land(
    landing: Landing,
    target: { readonly chosen: Buffer; readonly real: Buffer } | null,
  ): Promise<void> {
    const real = (path: Buffer): Buffer =>
      target === null
        ? path
        : joinPath(
            target.real,
            path.subarray(target.chosen.length + (target.chosen.length === 1 ? 0 : 1)),
          );
    for (const parent of landing.parents) {
      const path = real(parent.path);
      const state = await this.#parent(path);
      if (state === 'blocked') return;
      if (state === 'made') this.#madeParents.push({ node: parent.node, path });
    }
    await this.#entry(landing.node, real(landing.path), landing.selected);
    await this.#entries.flush();
  }

  /** At the very end: several items may have landed below one parent that was made. */
  dressParents(): void {
    for (const { node, path } of this.#madeParents.toReversed()) this.#dress(path, node);
  }

  /** A folder between the target and the chosen item. At the original place links among them are followed: they lead to the source. */
  async #parent(path: Buffer): Promise<'there' | 'made' | 'blocked'> {
    const follows = this.#plan.request.target.kind === 'original';
    try {
      const existing = await look(path, follows);
      if (existing === null) {
        await mkdir(path, { mode: UNFINISHED_MODE });
        return 'made';
      }
      if (existing.isDirectory()) return !follows && isUnfinished(existing) ? 'made' : 'there';
      this.#means.warnings.add(displayPath(path), 'permission-denied', 'ENOTDIR');
    } catch (error) {
      this.#entries.report(path, error);
    }
    return 'blocked';
  }

  async #entry(node: Node, path: Buffer, selected: Selected): Promise<void> {
    await this.#means.meter.step();
    if (node.type !== 'dir') await this.#entries.restore(node, path);
    else await this.#directory(node, path, selected);
  }

  async #directory(node: Node, path: Buffer, selected: Selected): Promise<void> {
    this.#means.meter.current(displayPath(path));
    let place: FolderPlace | null;
    try {
      place = await this.#place(node, path);
    } catch (error) {
      this.#entries.report(path, error);
      return;
    }
    if (place === null) return;
    try {
      await this.#children(node, place.path, selected);
      await this.#entries.flush();
      this.directoriesRestored += 1;
    } finally {
      // Last, because every entry made in it moves its time; also on the way out of a cancelled run.
      if (place.adopts) this.#dress(place.path, node);
    }
  }

  async #children(node: Node, path: Buffer, selected: Selected): Promise<void> {
    const { warnings, signal } = this.#means;
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
      await this.#entry(child, joinPath(path, child.name), wanted);
    }
  }

  /** Makes the folder, or finds it; null when it is left out. */
  async #place(node: Node, path: Buffer): Promise<FolderPlace | null> {
    const followed = this.#followed.has(placeKey(path));
    const existing = await look(path, followed);
    if (existing === null) {
      await mkdir(path, { mode: UNFINISHED_MODE });
      return { path, adopts: true };
    }
    if (existing.isDirectory()) {
      if (identity(existing) !== null && identity(existing) === this.#means.repositoryIdentity) {
        this.#means.warnings.add(displayPath(path), 'destination-inside-source');
        return null;
      }
      await sweepTemporaries(path);
      const adopts =
        !followed &&
        (isUnfinished(existing) ||
          adoptsMetadata(this.#plan.request.conflictPolicy, node, existing));
      if (adopts) await openUp(path, existing);
      return { path, adopts };
    }
    const action = conflictAction(this.#plan.request.conflictPolicy, node, existing);
    if (action === 'skip') {
      this.#entries.filesSkipped += 1;
      return null;
    }
    const beside = await this.#entries.freePath(path);
    await mkdir(beside, { mode: UNFINISHED_MODE });
    this.#entries.filesKeptBoth += 1;
    return { path: beside, adopts: true };
  }

  #dress(path: Buffer, node: Node): void {
    this.#metadata.apply(path, node, (detail) => {
      this.#means.warnings.add(displayPath(path), 'metadata-not-restored', detail);
    });
  }
}

interface FolderPlace {
  readonly path: Buffer;
  /** Gets the archived metadata at the end. */
  readonly adopts: boolean;
}

/** null when there is nothing. */
async function look(path: Buffer, follows: boolean): Promise<BigIntStats | null> {
  try {
    return await (follows ? stat : lstat)(path, { bigint: true });
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** A folder that its own owner may not write to would refuse what belongs into it. */
async function openUp(path: Buffer, existing: BigIntStats): Promise<void> {
  const mode = Number(existing.mode) & 0o7777;
  const own = process.getuid?.();
  if (own === 0 || BigInt(own ?? -1) !== existing.uid || (mode & 0o700) === 0o700) return;
  await chmod(path, mode | 0o700);
}
