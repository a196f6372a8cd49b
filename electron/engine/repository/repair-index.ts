/**
 * Makes the index anew where it is lost or damaged, from what the packs themselves say: each ends with a sealed table of contents. No pack is ever
 * deleted or changed. What an index says of a pack whose own table cannot be read is left as it is: better than nothing.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import type { RepairIndexResult } from '../../../shared/model/retention.ts';
import type { Id } from '../format/id.ts';
import { decodeIndex } from '../format/index-file.ts';
import { packFileBytes, type PackEntry } from '../format/pack-file.ts';
import type { JobPort } from '../ports.ts';
import { ProgressMeter } from '../progress-meter.ts';
import { BlobIndex } from './blob-index.ts';
import { deleteFiles } from './delete-files.ts';
import { loadIndexFiles, rewriteIndex } from './index-rewrite.ts';
import type { IndexedPack } from './index-store.ts';
import type { Repository } from './repository.ts';
import { loadSealed, type RepositoryCore } from './sealed-files.ts';
import { sideBySide } from './side-by-side.ts';
import { readPackHeader } from './stored-packs.ts';

export interface RepairIndexOptions {
  /** Do not rely on what readable index files say either. */
  readonly readAllPacks: boolean;
}

interface RepairRun {
  readonly core: RepositoryCore;
  readonly meter: ProgressMeter;
  readonly signal: AbortSignal;
}

interface IndexFindings {
  readonly index: BlobIndex;
  /** Index files that are damaged. */
  readonly unreadable: Set<Id>;
  /** Packs of which index files do not say the same. */
  readonly disputed: Set<Id>;
}

const READS_AT_ONCE = 4;
const TRIES = 3;

/** @throws HoldfastError `repo/locked`, `repo/lock-lost`, `backend/*`, `job/cancelled` */
export async function repairIndex(
  repository: Repository,
  { readAllPacks }: RepairIndexOptions,
  job: JobPort,
): Promise<RepairIndexResult> {
  const { core } = repository;
  const startedMs = core.ports.clock.monotonicMs();
  const meter = new ProgressMeter(core.ports.clock, job);
  meter.phase('preparing');
  const lock = await repository.lock('exclusive', job.signal);
  try {
    const signal = AbortSignal.any([job.signal, lock.lostSignal]);
    const run: RepairRun = { core, meter, signal };
    await core.backend.listAnew?.(signal);
    const findings = await readIndexes(run);
    const { index, unreadable } = findings;
    const stored = await storedPacks(run, index);
    const gone = [...index.packIds()].filter((pack) => !stored.has(pack));
    const doubtful = [...stored].filter(
      ([pack, sizeBytes]) => readAllPacks || isDoubtful(pack, sizeBytes, findings),
    );
    const { found, unknown } = await readHeaders(run, new Map(doubtful));
    const changed = found.filter(({ id, blobs }) => !isSame(index, id, blobs, findings));
    for (const id of unknown) {
      // Nobody knows which index is right: what any of them says stays.
      if (findings.disputed.has(id)) changed.push({ id, blobs: index.packEntries(id) });
    }
    const without = new Set([...gone, ...changed.map(({ id }) => id)]);
    meter.phase('finishing');
    const change = { without, add: changed, unreadable };
    const { current, written, obsolete } = await rewriteIndex(core, lock, change, signal);
    const rest = [...index.packIds()].filter((pack) => !without.has(pack));
    await requireComplete(run, current, changed, rest);
    await deleteFiles(core, lock, 'index', obsolete, signal);
    return {
      kind: 'repair-index',
      packsAdded: changed.filter(({ id }) => !index.hasPack(id)).length,
      packsCorrected: changed.filter(({ id }) => index.hasPack(id)).length,
      packsDropped: gone.length,
      unreadablePacks: unknown,
      indexesDamaged: unreadable.size,
      indexesWritten: written.length,
      indexesRemoved: obsolete.length,
      durationMs: core.ports.clock.monotonicMs() - startedMs,
    };
  } finally {
    await lock.release();
  }
}

async function readIndexes({ core, meter, signal }: RepairRun): Promise<IndexFindings> {
  const index = new BlobIndex();
  const unreadable = new Set<Id>();
  const disputed = new Set<Id>();
  for await (const { name } of core.backend.list('index', signal)) {
    await meter.step();
    const file = await readIndex(core, name, signal);
    if (file === null) unreadable.add(name);
    for (const { id, blobs } of file?.packs ?? []) {
      if (index.addPack(id, blobs) === 'differs') disputed.add(id);
    }
  }
  return { index, unreadable, disputed };
}

/** null for a damaged one. Asked for again before it counts as that: it will be deleted. */
async function readIndex(core: RepositoryCore, id: Id, signal: AbortSignal) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await loadSealed(core, 'index', id, decodeIndex, signal);
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.code !== 'repo/damaged') throw error;
      if (attempt === TRIES) return null;
      await core.backend.distrust?.({ kind: 'index', name: id });
    }
  }
}

/** Sizes by name. One that is not listed is looked for once more before it counts as gone. */
async function storedPacks(
  { core, signal }: RepairRun,
  index: BlobIndex,
): Promise<Map<Id, number>> {
  const stored = new Map<Id, number>();
  for await (const { name, sizeBytes } of core.backend.list('pack', signal)) {
    stored.set(name, sizeBytes);
  }
  for (const name of index.packIds()) {
    if (stored.has(name)) continue;
    const file = await core.backend.stat({ kind: 'pack', name }, signal);
    if (file !== null) stored.set(name, file.sizeBytes);
  }
  return stored;
}

/** No index names it, or what they say of it cannot be true. */
function isDoubtful(pack: Id, sizeBytes: number, { index, disputed }: IndexFindings): boolean {
  return (
    !index.hasPack(pack) ||
    disputed.has(pack) ||
    packFileBytes(index.packEntries(pack)) !== sizeBytes
  );
}

/** `unknown` are packs whose table of contents cannot be read. */
async function readHeaders(
  { core, meter, signal }: RepairRun,
  packs: ReadonlyMap<Id, number>,
): Promise<{ readonly found: IndexedPack[]; readonly unknown: Id[] }> {
  const [found, unknown]: [IndexedPack[], Id[]] = [[], []];
  meter.totals(packs.size, 0);
  meter.phase('transferring');
  await sideBySide(packs, READS_AT_ONCE, async ([id, sizeBytes]) => {
    await meter.step();
    const blobs = await readPackHeader(core, id, sizeBytes, signal).catch((error: unknown) => {
      // This file only; storage that is gone as a whole ends the repair.
      if (error instanceof HoldfastError && error.code === 'backend/io') return null;
      throw error;
    });
    if (blobs === null) unknown.push(id);
    else found.push({ id, blobs });
    meter.add(1, 0);
  });
  return { found, unknown };
}

function isSame(
  index: BlobIndex,
  pack: Id,
  blobs: readonly PackEntry[],
  { disputed }: IndexFindings,
): boolean {
  const known = index.packEntries(pack);
  return (
    !disputed.has(pack) &&
    known.length === blobs.length &&
    known.every((entry, at) => {
      const other = blobs[at];
      return (
        other !== undefined &&
        entry.type === other.type &&
        entry.id === other.id &&
        entry.offset === other.offset &&
        entry.length === other.length &&
        entry.uncompressedLength === other.uncompressedLength
      );
    })
  );
}

/** Read back, before old index files go: `changed` as it was found, and all of the `rest`. */
async function requireComplete(
  { core, signal }: RepairRun,
  current: readonly Id[],
  changed: readonly IndexedPack[],
  rest: readonly Id[],
): Promise<void> {
  const after = await loadIndexFiles(core, current, signal);
  const isComplete =
    changed.every(({ id, blobs }) => after.packEntries(id).length === blobs.length) &&
    rest.every((pack) => after.hasPack(pack));
  if (isComplete) return;
  throw new HoldfastError('internal/unexpected', {
    context: { reason: 'the new index does not read back' },
  });
}
