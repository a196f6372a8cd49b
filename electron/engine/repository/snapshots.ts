/**
 * The snapshots of a repository: listing, saving, finding by what a person types. Snapshot files never change, so each
 * is read once. One that cannot be read does not hide the others from whoever can live with that.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import type { Id } from '../format/id.ts';
import { decodeSnapshot, encodeSnapshot, type Snapshot } from '../format/snapshot-file.ts';
import { loadSealed, saveSealed, type RepositoryCore } from './sealed-files.ts';

export interface LoadedSnapshot {
  readonly id: Id;
  readonly snapshot: Snapshot;
}

export interface SnapshotFilter {
  readonly hostname?: string;
  /** All of these must be among the snapshot's paths. */
  readonly paths?: readonly string[];
}

export type UnreadableSnapshot = (id: Id, error: HoldfastError) => void;

const LOADS_AT_ONCE = 8;
const LATEST = 'latest';
const PREFIX = /^[0-9a-f]{1,64}$/u;

export class SnapshotStore {
  readonly #core: RepositoryCore;
  readonly #known = new Map<Id, Snapshot>();

  constructor(core: RepositoryCore) {
    this.#core = core;
  }

  /**
   * All snapshots, newest last; those of one instant in the order of their ids.
   * @throws HoldfastError `repo/damaged` for an unreadable one, unless `unreadable` is there to be told
   */
  async list(signal?: AbortSignal, unreadable?: UnreadableSnapshot): Promise<LoadedSnapshot[]> {
    const ids = await this.#ids(signal);
    const loaded: LoadedSnapshot[] = [];
    for (let start = 0; start < ids.length; start += LOADS_AT_ONCE) {
      const batch = ids.slice(start, start + LOADS_AT_ONCE);
      const results = await Promise.all(batch.map((id) => this.#load(id, signal, unreadable)));
      for (const result of results) if (result !== null) loaded.push(result);
    }
    return loaded.sort(
      (a, b) =>
        Number(a.snapshot.time.epochNs > b.snapshot.time.epochNs) -
          Number(a.snapshot.time.epochNs < b.snapshot.time.epochNs) || (a.id < b.id ? -1 : 1),
    );
  }

  /**
   * @param wanted an id, the beginning of one, or `latest`
   * @throws HoldfastError `repo/snapshot-not-found`, `repo/snapshot-ambiguous`, `repo/damaged` for the one that was named
   */
  async find(
    wanted: string,
    filter: SnapshotFilter = {},
    signal?: AbortSignal,
  ): Promise<LoadedSnapshot> {
    if (wanted === LATEST) {
      const all = await this.list(signal, (id, error) => this.#warn(id, error));
      const latest = all.findLast(({ snapshot }) => matches(snapshot, filter));
      if (latest === undefined) throw notFound(wanted);
      return latest;
    }
    const id = await this.resolve(wanted, signal);
    const loaded = await this.#load(id, signal);
    if (loaded === null) throw notFound(wanted);
    return loaded;
  }

  /**
   * The id that begins with what was typed, also of one that cannot be read.
   * @throws HoldfastError `repo/snapshot-not-found`, `repo/snapshot-ambiguous`
   */
  async resolve(wanted: string, signal?: AbortSignal): Promise<Id> {
    const prefix = wanted.toLowerCase();
    const ids = PREFIX.test(prefix)
      ? (await this.#ids(signal)).filter((id) => id.startsWith(prefix))
      : [];
    const [id] = ids;
    if (id === undefined) throw notFound(wanted);
    if (ids.length > 1) {
      throw new HoldfastError('repo/snapshot-ambiguous', { context: { id: wanted } });
    }
    return id;
  }

  async save(snapshot: Snapshot, signal?: AbortSignal): Promise<Id> {
    const id = await saveSealed(this.#core, 'snapshot', encodeSnapshot(snapshot), signal);
    this.#known.set(id, snapshot);
    return id;
  }

  async #ids(signal?: AbortSignal): Promise<Id[]> {
    const ids: Id[] = [];
    for await (const { name } of this.#core.backend.list('snapshot', signal)) ids.push(name);
    return ids;
  }

  /** null for one that was forgotten since the listing, or that `unreadable` was told of. */
  async #load(
    id: Id,
    signal?: AbortSignal,
    unreadable?: UnreadableSnapshot,
  ): Promise<LoadedSnapshot | null> {
    const known = this.#known.get(id);
    if (known !== undefined) return { id, snapshot: known };
    try {
      const snapshot = await loadSealed(this.#core, 'snapshot', id, decodeSnapshot, signal);
      this.#known.set(id, snapshot);
      return { id, snapshot };
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      if (error.code === 'backend/not-found') return null;
      if (error.code !== 'repo/damaged' || unreadable === undefined) throw error;
      unreadable(id, error);
      return null;
    }
  }

  #warn(id: Id, error: HoldfastError): void {
    this.#core.ports.log.warn('a snapshot cannot be read', { id, code: error.code });
  }
}

function matches(snapshot: Snapshot, { hostname, paths }: SnapshotFilter): boolean {
  return (
    (hostname === undefined || snapshot.hostname === hostname) &&
    (paths ?? []).every((path) => snapshot.paths.includes(path))
  );
}

function notFound(wanted: string): HoldfastError {
  return new HoldfastError('repo/snapshot-not-found', { context: { id: wanted } });
}
