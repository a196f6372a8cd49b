/** A repository that is worth pruning: several packs needed in part, in whole and not at all, and left-overs of a run that was cut off. */
import type { PruneRequest } from '../../../shared/model/retention.ts';
import type { Backend } from '../backend/backend.ts';
import type { Id } from '../format/id.ts';
import { forgetByName } from '../retention/forget.ts';
import { randomBytesFor } from './file-tree.ts';
import { TestJob, testPorts } from './test-ports.ts';
import { createTestRepository, storeSnapshot } from './test-repository.ts';

export const CHUNK_BYTES = 10_000;

export const PRUNE_ALL: PruneRequest = {
  maxUnused: { kind: 'bytes', bytes: 0 },
  maxRepackBytes: null,
  repackSmall: false,
  dryRun: false,
  withoutSnapshots: [],
};

/** What must still be there when all is over: archive to the seeds of what its only file holds. */
export type KeptArchives = ReadonlyMap<Id, readonly string[]>;

export async function makePruneScene(storage: Backend, chunks = 24): Promise<KeptArchives> {
  const repository = await createTestRepository(storage, testPorts());
  const store = async (seeds: readonly string[]): Promise<Id> =>
    (await storeSnapshot(repository, { file: seeds.map((seed) => chunkOf(seed)) })).snapshot;
  const shared = seedsOf('shared', chunks);
  const forgotten = [
    await store(shared.flatMap((seed) => [seed, `old ${seed}`])),
    await store(seedsOf('only old', chunks)),
  ];
  const kept = new Map<Id, readonly string[]>();
  for (const seeds of [shared, [...shared.slice(0, 3), ...seedsOf('new', chunks)]]) {
    kept.set(await store(seeds), seeds);
  }
  const lock = await repository.lock('shared');
  await repository.refreshIndex();
  const stop = new AbortController();
  const writer = repository.startWriter(stop.signal);
  for (const seed of seedsOf('cut off', chunks)) await writer.save('data', chunkOf(seed));
  await writer.abandon();
  await lock.release();
  await forgetByName(repository, forgotten, false, new TestJob());
  return kept;
}

export function chunkOf(seed: string): Buffer {
  return randomBytesFor(seed, CHUNK_BYTES);
}

export function seedsOf(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${prefix} ${at}`);
}
