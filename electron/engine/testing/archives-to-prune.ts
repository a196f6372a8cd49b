/** A repository in memory with small packs, and what its archives must give back whatever is pruned. */
import assert from 'node:assert/strict';
import type { PruneRequest, PruneResult } from '../../../shared/model/retention.ts';
import { sha256Hex, type Id } from '../format/id.ts';
import { check } from '../repository/check.ts';
import { prune } from '../repository/prune.ts';
import type { Repository } from '../repository/repository.ts';
import { forgetByName } from '../retention/forget.ts';
import { MemoryBackend } from './memory-backend.ts';
import { chunkOf, PRUNE_ALL, seedsOf } from './prune-scene.ts';
import { SmallPacks } from './small-packs.ts';
import { TestJob, testPorts } from './test-ports.ts';
import { createTestRepository, openTestRepository, storeSnapshot } from './test-repository.ts';

export class ArchivesToPrune {
  readonly memory: MemoryBackend;
  readonly storage: SmallPacks;
  repository: Repository;
  /** File name and seeds of its chunks. */
  readonly #archives = new Map<Id, Readonly<Record<string, readonly string[]>>>();

  private constructor(memory: MemoryBackend, storage: SmallPacks, repository: Repository) {
    this.memory = memory;
    this.storage = storage;
    this.repository = repository;
  }

  /** Without archives. */
  static async create(): Promise<ArchivesToPrune> {
    const memory = new MemoryBackend();
    const storage = new SmallPacks(memory);
    return new ArchivesToPrune(memory, storage, await createTestRepository(storage, testPorts()));
  }

  /** Forgets what it knows of the repository. */
  async reopen(): Promise<void> {
    this.repository = await openTestRepository(this.storage);
  }

  /** An archive of these files: name, and seeds of chunks. */
  async store(files: Readonly<Record<string, readonly string[]>>): Promise<Id> {
    const contents = Object.entries(files).map(([name, seeds]) => [name, seeds.map(chunkOf)]);
    const { snapshot } = await storeSnapshot(
      this.repository,
      Object.fromEntries(contents) as Record<string, Buffer[]>,
    );
    this.#archives.set(snapshot, files);
    return snapshot;
  }

  async forget(...ids: Id[]): Promise<void> {
    await forgetByName(this.repository, ids, false, new TestJob());
    for (const id of ids) this.#archives.delete(id);
  }

  /** Two archives that share half of their packs' blobs; the first one is forgotten. */
  async halfForgotten(): Promise<void> {
    const mixed = seedsOf('shared', 30).flatMap((seed) => [seed, `old ${seed}`]);
    const first = await this.store({ mixed });
    await this.store({ mixed: seedsOf('shared', 30) });
    await this.forget(first);
    this.memory.journal.length = 0;
  }

  /** Of all that nothing needs, unless `request` says otherwise. */
  run(request: Partial<PruneRequest> = {}, job = new TestJob()): Promise<PruneResult> {
    return prune(this.repository, { ...PRUNE_ALL, ...request }, job);
  }

  /** Opened anew, every byte is read, and each archive gives back what went into it. */
  async requireSound(): Promise<void> {
    const reader = await openTestRepository(this.storage);
    const result = await check(reader, { readData: true }, new TestJob());
    assert.deepEqual(
      result.findings.filter(({ severity }) => severity === 'error'),
      [],
    );
    assert.deepEqual(
      (await reader.listSnapshots()).map(({ id }) => id).toSorted(),
      [...this.#archives.keys()].toSorted(),
    );
    await reader.refreshIndex();
    for (const files of this.#archives.values()) {
      for (const seed of Object.values(files).flat()) {
        const wanted = chunkOf(seed);
        assert.ok((await reader.loadBlob('data', sha256Hex(wanted))).equals(wanted), seed);
      }
    }
  }

  /** Paths of all files but keys, locks and config. */
  stored(): string[] {
    return [...this.memory.contents().keys()]
      .filter((path) => /^(?:data|index|snapshots)/u.test(path))
      .toSorted();
  }

  /** What was done to which kind of file, one after the other, since the journal was emptied. */
  order(): string[] {
    const steps = this.memory.journal
      .filter((entry) => !entry.includes('locks/'))
      .map((entry) => entry.replace(/\/.*$/u, ''));
    return steps.filter((step, at) => step !== steps[at - 1]);
  }
}
