/**
 * Removes archives, by rules or by name. Decided and done under one exclusive lock, so that nothing new is left out of the decision. Only the
 * snapshot files go; their room is given back by `prune`.
 */
import type { ForgetRequest, ForgetResult } from '../../../shared/model/retention.ts';
import { formatGoTime } from '../format/go-time.ts';
import type { Id } from '../format/id.ts';
import type { JobPort } from '../ports.ts';
import { ProgressMeter } from '../progress-meter.ts';
import { deleteFiles } from '../repository/delete-files.ts';
import type { Repository, RepositoryLock } from '../repository/repository.ts';
import { decideForget, type ForgetDecision } from './forget-policy.ts';

/**
 * An archive that cannot be read ends it before anything is removed: it could be the one that a rule would keep.
 * @throws HoldfastError `forget/invalid-rule`, `repo/locked`, `repo/lock-lost`, `repo/damaged`, `repo/snapshot-not-found` and
 * `repo/snapshot-ambiguous` for a kept id, `backend/*`, `job/cancelled`
 */
export async function forgetByRules(
  repository: Repository,
  { rules, groupBy, filter, dryRun }: ForgetRequest,
  job: JobPort,
): Promise<ForgetResult> {
  // Rules that are not valid must not wait for a lock to be refused.
  decideForget([], { rules, groupBy, filter, nowNs: 0n });
  return await underLock(repository, dryRun, job, async (signal) => {
    const snapshots = await repository.listSnapshots(signal);
    const ids: Id[] = [];
    for (const id of rules.ids ?? []) ids.push(await repository.resolveSnapshot(id, signal));
    const { clock } = repository.core.ports;
    const question = { rules: { ...rules, ids }, groupBy, filter, nowNs: clock.nowNs() };
    const groups = decideForget(snapshots, question);
    const removedIds = groups
      .flatMap(({ decisions }) => decisions)
      .filter(({ keep }) => !keep)
      .map(({ id }) => id);
    return {
      removedIds,
      groups: groups.map(({ hostname, paths, tags, decisions }) => ({
        hostname,
        paths: paths === null ? null : [...paths],
        tags: tags === null ? null : [...tags],
        archives: decisions.map(describe),
      })),
    };
  });
}

/**
 * Removes just these, also pinned ones, the last ones, and ones that cannot be read. None when one of them is not known.
 * @param wanted ids or the beginnings of them
 * @throws HoldfastError `repo/snapshot-not-found`, `repo/snapshot-ambiguous`, `repo/locked`, `repo/lock-lost`, `backend/*`, `job/cancelled`
 */
export async function forgetByName(
  repository: Repository,
  wanted: readonly string[],
  dryRun: boolean,
  job: JobPort,
): Promise<ForgetResult> {
  return await underLock(repository, dryRun, job, async (signal) => {
    const removedIds = new Set<Id>();
    for (const id of wanted) removedIds.add(await repository.resolveSnapshot(id, signal));
    return { groups: [], removedIds: [...removedIds] };
  });
}

/** `decide`, then delete, unless it is a dry run: that changes nothing and gets along with a shared lock. */
async function underLock(
  repository: Repository,
  dryRun: boolean,
  job: JobPort,
  decide: (signal: AbortSignal) => Promise<Pick<ForgetResult, 'groups' | 'removedIds'>>,
): Promise<ForgetResult> {
  const { core } = repository;
  const startedMs = core.ports.clock.monotonicMs();
  const meter = new ProgressMeter(core.ports.clock, job);
  meter.phase('preparing');
  const lock = await lockFor(repository, dryRun, job.signal);
  try {
    const signal = lock === null ? job.signal : AbortSignal.any([job.signal, lock.lostSignal]);
    const decision = await decide(signal);
    meter.totals(decision.removedIds.length, 0);
    meter.phase('transferring');
    if (!dryRun && lock !== null) {
      await deleteFiles(core, lock, 'snapshot', decision.removedIds, signal, () => meter.add(1, 0));
    }
    meter.phase('finishing');
    const durationMs = core.ports.clock.monotonicMs() - startedMs;
    return { kind: 'forget', dryRun, ...decision, durationMs };
  } finally {
    await lock?.release();
  }
}

async function lockFor(
  repository: Repository,
  dryRun: boolean,
  signal: AbortSignal,
): Promise<RepositoryLock | null> {
  return dryRun
    ? await repository.lockForReading(signal)
    : await repository.lock('exclusive', signal);
}

function describe({ id, snapshot, keep, reasons }: ForgetDecision) {
  return {
    id,
    time: formatGoTime(snapshot.time),
    hostname: snapshot.hostname ?? null,
    paths: [...snapshot.paths],
    tags: [...(snapshot.tags ?? [])],
    keep,
    reasons: [...reasons],
  };
}
