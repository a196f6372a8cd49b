/**
 * Says what a restore would do, before it does anything: what is restored, what is in the way, how much is written and whether there is
 * room. Walks the trees once and keeps only sums, the first conflicts and the landing places, so that a million entries are no matter.
 */
import { lstatSync, statSync, type BigIntStats } from 'node:fs';
import { lstat, stat, statfs } from 'node:fs/promises';
import { HoldfastError } from '../../../shared/errors.ts';
import type { ConflictPolicy, RestorePreview } from '../../../shared/model/restore.ts';
import type { WarningReason } from '../../../shared/model/job.ts';
import { isDamage } from '../damage.ts';
import { formatGoTime } from '../format/go-time.ts';
import { decodePath } from '../format/repository-path.ts';
import type { Node } from '../format/tree.ts';
import {
  displayPath,
  isWithin,
  joinPath,
  parentPath,
  pathBytes,
  realPathBytes,
} from '../native/path-bytes.ts';
import { isLongPath, reaching } from '../native/long-paths.ts';
import { systemCode } from '../native/system-failure.ts';
import type { LoadedSnapshot, Repository } from '../repository/repository.ts';
import { conflictAction, looksRight } from './conflict.ts';
import {
  findLandings,
  foldersAboveSources,
  placeKey,
  type Landing,
  type RestoreTarget,
} from './landing.ts';
import { isSafeName } from './safe-name.ts';
import type { Selected } from './selection.ts';
import { TreeReader } from './tree-reader.ts';

export interface RestoreRequest {
  /** Repository paths of files and folders; `['/']` is everything. */
  readonly include: readonly string[];
  /** Left out with all in them; the nearest of both lists at or above an entry decides. */
  readonly exclude?: readonly string[];
  readonly target: RestoreTarget;
  readonly conflictPolicy: ConflictPolicy;
  /** The repository's own folder, where it is one on this computer: nothing is ever restored into it. */
  readonly repositoryFolder: string | null;
  /**
   * Nobody looks at the preview: where everything goes into a folder that is not there yet, what the archive says of itself is enough. Then links and
   * others count nothing, and names of one file are counted as files.
   */
  readonly isUnseen?: boolean;
}

export interface RestorePlan {
  readonly request: RestoreRequest;
  readonly snapshot: LoadedSnapshot;
  readonly landings: readonly Landing[];
  /** Items that were chosen and have a name that cannot be restored. */
  readonly unsafe: readonly string[];
  /** For each file system that is written to: a place on it, and the room that is needed there. */
  readonly needs: readonly { readonly path: Buffer; readonly neededBytes: number }[];
  /** Files and all others but directories. */
  readonly entries: number;
  readonly preview: Omit<RestorePreview, 'restorePlanId'>;
}

type Summary = NonNullable<LoadedSnapshot['snapshot']['summary']>;

const MAX_SAMPLES = 100;
const MAX_PREVIEW_WARNINGS = 100;

/** Throws `restore/path-not-found`, `restore/target-in-repository`, and what reading the repository throws. */
export async function planRestore(
  repository: Repository,
  snapshot: LoadedSnapshot,
  request: RestoreRequest,
  signal?: AbortSignal,
): Promise<RestorePlan> {
  const trees = new TreeReader(repository);
  const { landings, unsafe } = await findLandings(
    trees,
    snapshot.snapshot,
    request.include.map((path) => decodePath(path)),
    (request.exclude ?? []).map((path) => decodePath(path)),
    request.target,
    signal,
  );
  await refuseRepository(landings, request);
  const planner = new Planner(trees, snapshot, request, signal);
  if (!(await planner.landAll(landings)))
    for (const landing of landings) await planner.land(landing);
  for (const path of unsafe) planner.warn(path, 'unsafe-name');
  return {
    request,
    snapshot,
    landings,
    unsafe,
    needs: planner.needs(),
    entries: planner.files + planner.others,
    preview: await planner.preview(targetPath(request, landings, snapshot.snapshot)),
  };
}

/** Also asked again when the restore begins. */
export async function refuseRepository(
  landings: readonly Landing[],
  { repositoryFolder, target }: RestoreRequest,
): Promise<void> {
  if (repositoryFolder === null) return;
  const repository = await realPathBytes(pathBytes(repositoryFolder));
  const places = landings.map((landing) => landing.path);
  if (target.kind === 'folder') places.push(pathBytes(target.path));
  for (const place of places) {
    if (isWithin(await realPathBytes(place), repository)) {
      throw new HoldfastError('restore/target-in-repository', {
        context: { path: displayPath(place) },
      });
    }
  }
}

/** Free bytes on the file system where `path` is or will be, and which one that is. */
export async function roomAt(
  path: Buffer,
): Promise<{ readonly device: string; readonly freeBytes: number | null }> {
  for (let at = path; ; at = parentPath(at)) {
    try {
      const [place, room] = [await stat(at, { bigint: true }), await statfs(at, { bigint: true })];
      return { device: String(place.dev), freeBytes: Number(room.bavail * room.bsize) };
    } catch (error) {
      if (systemCode(error) === null) throw error;
      if (parentPath(at).equals(at)) return { device: '', freeBytes: null };
    }
  }
}

interface DeviceNeed {
  readonly path: Buffer;
  readonly freeBytes: number | null;
  neededBytes: number;
}

class Planner {
  files = 0;
  others = 0;
  #directories = 0;
  #bytes = 0;
  #bytesToWrite = 0;
  #conflictCount = 0;
  readonly #conflicts: RestorePreview['conflicts'] = [];
  readonly #warnings: RestorePreview['warnings'] = [];
  readonly #linked = new Set<string>();
  readonly #devices = new Map<string, DeviceNeed>();
  /** What the landing at hand adds to its file system. */
  #needBytes = 0;
  #largestReplaced = 0;
  readonly #trees: TreeReader;
  readonly #request: RestoreRequest;
  readonly #summary: Summary | null;
  readonly #followed: ReadonlySet<string>;
  readonly #signal: AbortSignal | undefined;

  constructor(
    trees: TreeReader,
    snapshot: LoadedSnapshot,
    request: RestoreRequest,
    signal: AbortSignal | undefined,
  ) {
    this.#trees = trees;
    this.#request = request;
    this.#summary = snapshot.snapshot.summary ?? null;
    this.#signal = signal;
    this.#followed =
      request.target.kind === 'original' ? foldersAboveSources(snapshot.snapshot) : new Set();
  }

  /** By what the archive says of itself. False when that does not do, or there seems to be too little room: then all is looked at. */
  async landAll(landings: readonly Landing[]): Promise<boolean> {
    const { isUnseen, include, exclude = [], target } = this.#request;
    const isAll = include.length === 1 && include[0] === '/' && exclude.length === 0;
    if (isUnseen !== true || !isAll || target.kind !== 'folder' || this.#summary === null)
      return false;
    const path = pathBytes(target.path);
    const isThere = lstatSync(path, { throwIfNoEntry: false }) !== undefined;
    if (isThere || landings.length === 0) return false;
    const { totalFilesProcessed, totalBytesProcessed } = this.#summary;
    const { device, freeBytes } = await roomAt(path);
    if (freeBytes !== null && freeBytes < totalBytesProcessed) return false;
    this.files = totalFilesProcessed;
    this.#bytes = totalBytesProcessed;
    this.#bytesToWrite = totalBytesProcessed;
    this.#devices.set(device, { path, freeBytes, neededBytes: totalBytesProcessed });
    return true;
  }

  async land(landing: Landing): Promise<void> {
    this.#needBytes = 0;
    this.#largestReplaced = 0;
    await this.#entry(landing.node, landing.path, landing.selected, true);
    const { device, freeBytes } = await roomAt(landing.path);
    const known = this.#devices.get(device) ?? { path: landing.path, freeBytes, neededBytes: 0 };
    // A replaced file stays until the new one is complete.
    known.neededBytes += this.#needBytes + this.#largestReplaced;
    this.#devices.set(device, known);
  }

  needs(): DeviceNeed[] {
    return [...this.#devices.values()];
  }

  warn(path: string, reason: WarningReason): void {
    if (this.#warnings.length < MAX_PREVIEW_WARNINGS) this.#warnings.push({ path, reason });
  }

  async preview(target: Buffer): Promise<RestorePlan['preview']> {
    const devices = [...this.#devices.values()];
    const first = devices[0] ?? (await roomAt(target));
    return {
      targetPath: displayPath(target),
      files: this.files,
      directories: this.#directories,
      others: this.others,
      bytes: this.#bytes,
      bytesToWrite: this.#bytesToWrite,
      conflictCount: this.#conflictCount,
      conflicts: this.#conflicts,
      freeBytes: first.freeBytes,
      enoughSpace: devices.every(
        ({ neededBytes, freeBytes }) => freeBytes === null || neededBytes <= freeBytes,
      ),
      warnings: this.#warnings,
    };
  }

  /** `mayExist` is false below a folder that is not there yet: nothing needs to be looked up. */
  async #entry(node: Node, path: Buffer, selected: Selected, mayExist: boolean): Promise<void> {
    this.#signal?.throwIfAborted();
    const existing = mayExist ? await this.#existing(path, node) : null;
    if (node.type === 'dir') {
      this.#directories += 1;
      const merges = existing?.isDirectory() === true;
      const skipped =
        existing !== null && !merges && this.#conflict(node, path, existing) === 'skip';
      await this.#directory(node, path, selected, merges, skipped);
    } else if (node.type === 'file') {
      this.files += 1;
      this.#bytes += node.size;
      this.#file(node, path, existing);
    } else {
      this.others += 1;
      if (existing !== null && !isSameKind(node, existing)) this.#conflict(node, path, existing);
    }
  }

  async #directory(
    node: Node,
    path: Buffer,
    selected: Selected,
    mayExist: boolean,
    skipped: boolean,
  ): Promise<void> {
    if (node.subtree === null) return;
    let nodes: readonly Node[];
    try {
      nodes = await this.#trees.nodes(node.subtree, this.#signal);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.warn(displayPath(path), 'damaged');
      return;
    }
    const needBefore = this.#needBytes;
    const writeBefore = this.#bytesToWrite;
    for (const child of nodes) {
      const wanted = selected.child(child.name);
      if (wanted === null) continue;
      if (isSafeName(child.name)) {
        await this.#entry(child, joinPath(path, child.name), wanted, mayExist);
      } else {
        this.warn(`${displayPath(path)}/${displayPath(child.name)}`, 'unsafe-name');
      }
    }
    if (skipped) {
      this.#needBytes = needBefore;
      this.#bytesToWrite = writeBefore;
    }
  }

  #file(node: Node, path: Buffer, existing: BigIntStats | null): void {
    if (existing !== null && looksRight(node, existing)) return;
    const action = existing === null ? 'create' : this.#conflict(node, path, existing);
    if (action === 'skip' || !this.#isFirstName(node)) return;
    this.#bytesToWrite += node.size;
    this.#needBytes += node.size;
    if (action !== 'replace' || existing === null) return;
    this.#needBytes -= Math.min(node.size, Number(existing.size));
    this.#largestReplaced = Math.max(
      this.#largestReplaced,
      Math.min(node.size, Number(existing.size)),
    );
  }

  /** The further names of a hard-linked file cost nothing. */
  #isFirstName(node: Node): boolean {
    if (node.links <= 1 || node.inode === 0n) return true;
    const pair = `${node.deviceId}:${node.inode}`;
    if (this.#linked.has(pair)) return false;
    this.#linked.add(pair);
    return true;
  }

  #conflict(node: Node, path: Buffer, existing: BigIntStats) {
    this.#conflictCount += 1;
    if (this.#conflicts.length < MAX_SAMPLES) {
      const existingMs = new Date(Number(existing.mtimeMs));
      this.#conflicts.push({
        path: displayPath(path),
        existingSizeBytes: Number(existing.size),
        existingModifiedAt: existingMs.toISOString(),
        archivedSizeBytes: node.size,
        archivedModifiedAt: formatGoTime(node.mtime),
      });
    }
    return conflictAction(this.#request.conflictPolicy, node, existing);
  }

  async #existing(path: Buffer, node: Node): Promise<BigIntStats | null> {
    const follows = node.type === 'dir' && this.#followed.has(placeKey(path));
    try {
      const options = { bigint: true } as const;
      if (!isLongPath(path)) return await (follows ? stat : lstat)(path, options);
      return reaching(path, (at) => (follows ? statSync : lstatSync)(at, options));
    } catch (error) {
      if (systemCode(error) === null) throw error;
      return null;
    }
  }
}

/** Only a first look: where a link points is compared when it is restored. */
function isSameKind(node: Node, existing: BigIntStats): boolean {
  switch (node.type) {
    case 'symlink':
      return existing.isSymbolicLink() && existing.mtimeNs === node.mtime.epochNs;
    case 'fifo':
      return existing.isFIFO();
    case 'dev':
      return existing.isBlockDevice();
    case 'chardev':
      return existing.isCharacterDevice();
    case 'file':
    case 'dir':
    case 'socket':
      break;
  }
  return false;
}

/** Where to look for what came back: the folder that was chosen, or the deepest one above all that returns to its place. */
function targetPath(
  { target, include }: RestoreRequest,
  landings: readonly Landing[],
  { paths }: LoadedSnapshot['snapshot'],
): Buffer {
  if (target.kind === 'folder') return pathBytes(target.path);
  const places = include.includes('/')
    ? paths.map((path) => pathBytes(path))
    : landings.map(({ path }) => parentPath(path));
  const [first = Buffer.from('/'), ...others] = places;
  return others.reduce((common, place) => {
    let at = common;
    while (!isAtOrAbove(at, place) && !parentPath(at).equals(at)) at = parentPath(at);
    return at;
  }, first);
}

function isAtOrAbove(folder: Buffer, path: Buffer): boolean {
  return path.equals(folder) || path.subarray(0, folder.length + 1).equals(joinPath(folder, EMPTY));
}

const EMPTY = Buffer.alloc(0);
