/**
 * Opened repositories, kept by location and key slot, so that unlocking costs once. Reading and writing have a repository object each: a
 * running backup must not keep anybody from browsing. A session whose slot is gone from the storage is not used any more.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { HoldfastError } from '../../shared/errors.ts';
import type { Access } from '../../shared/ipc/engine-contract.ts';
import type { Place } from '../../shared/model/destination.ts';
import type { Backend } from './backend/backend.ts';
import type { EnginePorts } from './ports.ts';
import { Repository } from './repository/repository.ts';
import { SnapshotBrowser } from './restore/snapshot-browser.ts';
import { TreeReader } from './restore/tree-reader.ts';

export interface Session {
  readonly repository: Repository;
  readonly browser: SnapshotBrowser;
}

type Purpose = 'read' | 'write';

export class RepositorySessions {
  readonly #ports: EnginePorts;
  readonly #openBackend: (place: Place) => Promise<Backend>;
  readonly #sessions = new Map<string, Promise<Session>>();

  constructor(ports: EnginePorts, openBackend: (place: Place) => Promise<Backend>) {
    this.#ports = ports;
    this.#openBackend = openBackend;
  }

  /** Throws what `Repository.open` throws. */
  async open(access: Access, purpose: Purpose, signal?: AbortSignal): Promise<Session> {
    const key = JSON.stringify([access.location, keysOf(access), access.keyId, purpose]);
    const known = this.#sessions.get(key);
    if (known !== undefined && (await this.#serves(known, access, signal))) return known;
    // While we looked somebody else may have opened it anew.
    const other = this.#sessions.get(key);
    if (other !== undefined && other !== known) return this.open(access, purpose, signal);
    const opening = this.#open(access);
    this.#sessions.set(key, opening);
    try {
      return await opening;
    } catch (error) {
      if (this.#sessions.get(key) === opening) {
        // A wrong slot key must not shut out the session that a right one has opened.
        if (known === undefined) this.#sessions.delete(key);
        else this.#sessions.set(key, known);
      }
      throw error;
    }
  }

  /** False when the secret was changed elsewhere, when another repository lies there now, or for a wrong slot key. */
  async #serves(opening: Promise<Session>, access: Access, signal?: AbortSignal): Promise<boolean> {
    const { repository } = await opening;
    const same =
      repository.slotKey.length === access.slotKey.length &&
      timingSafeEqual(repository.slotKey, access.slotKey);
    const slot = await repository.backend.stat({ kind: 'key', name: access.keyId }, signal);
    return same && slot !== null;
  }

  async #open(access: Access): Promise<Session> {
    const backend = await this.#openBackend(access);
    const repository = await Repository.open(backend, this.#ports, {
      kind: 'slot',
      keyId: access.keyId,
      slotKey: access.slotKey,
    });
    return { repository, browser: new SnapshotBrowser(new TreeReader(repository)) };
  }
}

/** Keys that were entered anew open a session of their own. A renewed Google sign-in reaches what is open already, see `Storages`. */
function keysOf({ credentials }: Access): string | null {
  if (credentials?.kind !== 's3') return null;
  return createHash('sha256').update(JSON.stringify(credentials)).digest('hex');
}

/** A session's writer serves one run at a time. */
export class WriterTurns {
  readonly #busy = new Set<Repository>();

  /** Throws `engine/busy` while another run writes to the same repository from here. */
  async run<Result>(repository: Repository, act: () => Promise<Result>): Promise<Result> {
    if (this.#busy.has(repository)) throw new HoldfastError('engine/busy', { retry: 'later' });
    this.#busy.add(repository);
    try {
      return await act();
    } finally {
      this.#busy.delete(repository);
    }
  }
}
