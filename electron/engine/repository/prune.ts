/**
 * Gives the room of removed archives back (restic format notes, section 14). Planned first, then done in an order in which a stop at any moment
 * loses nothing: new packs, new index, then the old index goes, then the old packs. Before anything that was indexed is deleted, what will be
 * left is read back and must hold all that the archives need.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import type { PruneRequest, PruneResult } from '../../../shared/model/retention.ts';
import type { Id } from '../format/id.ts';
import { packFileBytes } from '../format/pack-file.ts';
import type { JobPort } from '../ports.ts';
import { ProgressMeter } from '../progress-meter.ts';
import type { BlobIndex } from './blob-index.ts';
import { deleteFiles } from './delete-files.ts';
import type { EntrySet } from './entry-set.ts';
import { loadIndexFiles, rewriteIndex } from './index-rewrite.ts';
import { IndexStore } from './index-store.ts';
import type { RepositoryLock } from './lock.ts';
import { planPrune, type PrunePlan, type StoredPack } from './prune-plan.ts';
import { repack } from './repack.ts';
import type { Repository } from './repository.ts';
import type { RepositoryCore } from './sealed-files.ts';
import { SnapshotStore } from './snapshots.ts';
import { takeUpCutRun } from './stored-packs.ts';
import { usedBlobs } from './used-blobs.ts';

interface PruneRun {
  readonly core: RepositoryCore;
  readonly meter: ProgressMeter;
  readonly signal: AbortSignal;
}

/** What was looked at before anything was decided. */
interface Survey {
  readonly index: BlobIndex;
  readonly used: EntrySet;
  readonly stored: ReadonlyMap<Id, StoredPack>;
}

/**
 * A dry run changes nothing and gets along with a shared lock.
 * @throws HoldfastError `prune/backup-not-whole` when something that archives need is missing or damaged: nothing that an index names was
 * deleted then; `repo/locked`, `repo/lock-lost`, `backend/*`, `job/cancelled`
 */
export async function prune(
  repository: Repository,
  request: PruneRequest,
  job: JobPort,
): Promise<PruneResult> {
  const { core } = repository;
  const { dryRun } = request;
  if (!dryRun && request.withoutSnapshots.length > 0) {
    throw new HoldfastError('internal/unexpected', {
      context: { reason: 'archives are left out in a dry run only' },
    });
  }
  const startedMs = core.ports.clock.monotonicMs();
  const meter = new ProgressMeter(core.ports.clock, job);
  meter.phase('preparing');
  const lock = dryRun
    ? await repository.lockForReading(job.signal)
    : await repository.lock('exclusive', job.signal);
  try {
    const signal = lock === null ? job.signal : AbortSignal.any([job.signal, lock.lostSignal]);
    const run: PruneRun = { core, meter, signal };
    const survey = await look(run, request, dryRun ? null : lock);
    const plan = planPrune(
      { ...survey, packSizeBytes: core.traits.packSizeBytes, formatVersion: core.config.version },
      request,
    );
    const freed =
      dryRun || lock === null ? plan.bytes.freed : await execute(run, survey, plan, lock);
    return describe(plan, freed, dryRun, core.ports.clock.monotonicMs() - startedMs);
  } catch (error) {
    throw asNotWhole(error);
  } finally {
    await lock?.release();
  }
}

/** Nothing that a session remembers is relied on. `lock` is the exclusive one; null for who only wants to know. */
async function look(
  { core, meter, signal }: PruneRun,
  { withoutSnapshots }: PruneRequest,
  lock: RepositoryLock | null,
): Promise<Survey> {
  const index = new IndexStore(core);
  // What was damaged at rest, or deleted by hand, must not pass for whole when others are deleted for its sake.
  if (lock !== null) await core.backend.listAnew?.(signal);
  await index.refresh(signal);
  if (lock !== null) {
    index.guard = { lostSignal: lock.lostSignal, ensure: () => lock.ensureHeld() };
    // Most of all an earlier prune: what it had rewritten is not rewritten again.
    await takeUpCutRun(core, index, lock.followsCrash, signal);
    await index.save(signal);
  }
  const left = new Set(withoutSnapshots);
  const snapshots = await new SnapshotStore(core).list(signal);
  const roots = snapshots.filter(({ id }) => !left.has(id)).map(({ snapshot }) => snapshot.tree);
  meter.phase('scanning');
  const used = await usedBlobs(core, index.blobs, roots, signal, async () => {
    await meter.step();
    meter.add(1, 0);
  });
  return { index: index.blobs, used, stored: await listPacks(core, signal) };
}

async function listPacks(core: RepositoryCore, signal: AbortSignal): Promise<Map<Id, StoredPack>> {
  const stored = new Map<Id, StoredPack>();
  for await (const { name, sizeBytes, sha256 } of core.backend.list('pack', signal)) {
    stored.set(name, { sizeBytes, isAltered: sha256 !== undefined && sha256 !== name });
  }
  return stored;
}

/** Returns the bytes that were given back. */
async function execute(
  run: PruneRun,
  survey: Survey,
  plan: PrunePlan,
  lock: RepositoryLock,
): Promise<number> {
  const { core, meter, signal } = run;
  meter.totals(plan.repack.length, plan.bytes.repacked);
  meter.phase('transferring');
  // First, so that there is room for what is rewritten.
  await deleteFiles(core, lock, 'pack', plan.unindexed, signal);
  if (plan.repack.length > 0) {
    const { index } = survey;
    await repack(core, { index, chosen: plan.chosen }, plan.repack, signal, async (pack) => {
      await meter.step();
      meter.add(1, survey.stored.get(pack)?.sizeBytes ?? 0);
    });
  }
  meter.phase('finishing');
  const without = new Set([...plan.repack, ...plan.remove, ...plan.missing]);
  const { current, obsolete } = await rewriteIndex(core, lock, { without }, signal);
  const after = await loadIndexFiles(core, current, signal);
  const storedAfter = await listPacks(core, signal);
  requireWhole(survey, after, storedAfter, without);
  await deleteFiles(core, lock, 'index', obsolete, signal);
  const gone = [...plan.repack, ...plan.remove];
  await deleteFiles(core, lock, 'pack', gone, signal);
  const left = new Set(gone);
  let bytesAfter = 0;
  for (const [pack, { sizeBytes }] of storedAfter) if (!left.has(pack)) bytesAfter += sizeBytes;
  return plan.bytes.before - bytesAfter;
}

/** The last look before anything goes: all that the archives need lies in packs that stay, and the index that stays says where. */
function requireWhole(
  { index, used }: Survey,
  after: BlobIndex,
  stored: ReadonlyMap<Id, StoredPack>,
  without: ReadonlySet<Id>,
): void {
  const sound = new Set<Id>();
  for (const pack of after.packIds()) {
    const file = stored.get(pack);
    if (without.has(pack) || file === undefined || file.isAltered) continue;
    if (file.sizeBytes === packFileBytes(after.packEntries(pack))) sound.add(pack);
  }
  for (const pack of index.packIds()) {
    for (const { type, id, number, blob } of index.numberedEntries(pack)) {
      if (number !== blob || !used.has(blob)) continue;
      if (after.locate(type, id).some((copy) => sound.has(copy.pack))) continue;
      throw new HoldfastError('internal/unexpected', {
        context: { reason: 'what prune would leave is not whole', kind: type, id },
      });
    }
  }
}

function describe(
  plan: PrunePlan,
  freed: number,
  dryRun: boolean,
  durationMs: number,
): PruneResult {
  const { before, used, repacked, unusedAfter } = plan.bytes;
  return {
    kind: 'prune',
    dryRun,
    packs: {
      kept: plan.keep.length,
      repacked: plan.repack.length,
      removed: plan.remove.length,
      unindexed: plan.unindexed.length,
      missing: plan.missing.length,
    },
    bytes: { before, used, repacked, freed, unusedAfter },
    durationMs,
  };
}

/** Damage of the backup itself, as opposed to storage that cannot be reached at the moment. */
function asNotWhole(error: unknown): unknown {
  if (!(error instanceof HoldfastError)) return error;
  if (error.code !== 'repo/damaged' && error.code !== 'repo/blob-missing') return error;
  return new HoldfastError('prune/backup-not-whole', { context: error.context, cause: error });
}
