/**
 * Writes the index anew without packs that are to go or are gone, and with packs that were found. Only files that name one of them, name a pack
 * again or are small are replaced. Nothing is deleted here: the caller does that once it is sure.
 */
import type { Id } from '../format/id.ts';
import { decodeIndex, encodeIndex } from '../format/index-file.ts';
import { BlobIndex } from './blob-index.ts';
import { INDEX_FULL_BLOBS, type IndexedPack } from './index-store.ts';
import type { RepositoryLock } from './lock.ts';
import { loadSealed, saveSealed, type RepositoryCore } from './sealed-files.ts';

/** Files with fewer are gathered: each run leaves one, and everybody reads all of them. */
const SMALL_BLOBS = INDEX_FULL_BLOBS / 2;

type HeldLock = Pick<RepositoryLock, 'ensureHeld'>;

export interface IndexChange {
  /** Their entries are left out. */
  readonly without: ReadonlySet<Id>;
  /** In place of what index files said of them; they must be in `without` when an index file names them. */
  readonly add?: readonly IndexedPack[];
  /** Index files that cannot be read, and are not asked again. */
  readonly unreadable?: ReadonlySet<Id>;
}

export interface IndexRewrite {
  /** Index files that were written, and that stay: together they name all that is left. */
  readonly current: readonly Id[];
  readonly written: readonly Id[];
  /** To be deleted. */
  readonly obsolete: readonly Id[];
}

/**
 * @param lock looked at before each file is written: an index written without it may name what somebody has deleted
 * @throws HoldfastError `repo/damaged` for an index file that cannot be read and is not named as such, `repo/lock-lost`, `backend/*`
 */
export async function rewriteIndex(
  core: RepositoryCore,
  lock: HeldLock,
  { without, add = [], unreadable = new Set() }: IndexChange,
  signal: AbortSignal,
): Promise<IndexRewrite> {
  const obsolete: Id[] = [];
  const kept: Id[] = [];
  const small: Id[] = [];
  const smallPacks: Id[] = [];
  const placed = new Set<Id>();
  for await (const { name } of core.backend.list('index', signal)) {
    if (unreadable.has(name)) {
      obsolete.push(name);
      continue;
    }
    const { packs } = await loadSealed(core, 'index', name, decodeIndex, signal);
    const isClean = packs.every(({ id }) => !without.has(id) && !placed.has(id));
    const blobs = packs.reduce((sum, pack) => sum + pack.blobs.length, 0);
    if (!isClean) obsolete.push(name);
    else if (blobs < SMALL_BLOBS) {
      small.push(name);
      smallPacks.push(...packs.map(({ id }) => id));
    } else {
      kept.push(name);
      for (const { id } of packs) placed.add(id);
    }
  }
  const repeats = smallPacks.length !== new Set(smallPacks).size;
  const meetsPlaced = smallPacks.some((id) => placed.has(id));
  const nothingToDo = obsolete.length === 0 && add.length === 0 && small.length <= 1;
  if (nothingToDo && !repeats && !meetsPlaced) {
    return { current: [...kept, ...small], written: [], obsolete: [] };
  }
  obsolete.push(...small);
  const writer = new IndexWriter(core, lock, signal);
  for (const name of obsolete) {
    if (unreadable.has(name)) continue;
    const { packs } = await loadSealed(core, 'index', name, decodeIndex, signal);
    for (const pack of packs) {
      if (without.has(pack.id) || placed.has(pack.id)) continue;
      placed.add(pack.id);
      await writer.add(pack);
    }
  }
  for (const pack of add) await writer.add(pack);
  await writer.flush();
  return { current: [...kept, ...writer.written], written: writer.written, obsolete };
}

/** What these index files say, and no others. */
export async function loadIndexFiles(
  core: RepositoryCore,
  ids: readonly Id[],
  signal: AbortSignal,
): Promise<BlobIndex> {
  const index = new BlobIndex();
  for (const id of ids) {
    const { packs } = await loadSealed(core, 'index', id, decodeIndex, signal);
    for (const pack of packs) index.addPack(pack.id, pack.blobs);
  }
  return index;
}

class IndexWriter {
  readonly written: Id[] = [];
  readonly #core: RepositoryCore;
  readonly #lock: HeldLock;
  readonly #signal: AbortSignal;
  #packs: IndexedPack[] = [];
  #blobs = 0;

  constructor(core: RepositoryCore, lock: HeldLock, signal: AbortSignal) {
    this.#core = core;
    this.#lock = lock;
    this.#signal = signal;
  }

  async add(pack: IndexedPack): Promise<void> {
    this.#packs.push(pack);
    this.#blobs += pack.blobs.length;
    if (this.#blobs >= INDEX_FULL_BLOBS) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#packs.length === 0) return;
    const json = encodeIndex({ packs: this.#packs });
    await this.#lock.ensureHeld();
    this.written.push(await saveSealed(this.#core, 'index', json, this.#signal));
    this.#packs = [];
    this.#blobs = 0;
  }
}
