/**
 * Executes a restore plan. Every byte is verified by hash before its file gets its name; a file that cannot be had whole is reported and left out, the
 * others go on. Nothing is written outside the landing places and nothing through a link inside them. A cancelled run keeps what is finished
 * and leaves no temporary files; running it again continues, because files that are right already are recognised by their content.
 */
import { mkdir, realpath, stat } from 'node:fs/promises';
import { HoldfastError } from '../../../shared/errors.ts';
import type { RestoreResult } from '../../../shared/model/job.ts';
import type { FileSystemPort } from '../native/file-system-port.ts';
import { displayPath, pathBytes } from '../native/path-bytes.ts';
import { systemCode } from '../native/system-failure.ts';
import type { EnginePorts, JobPort } from '../ports.ts';
import { ProgressMeter } from '../progress-meter.ts';
import type { Repository, RepositoryLock } from '../repository/repository.ts';
import { WarningList } from '../warning-list.ts';
import { EntryRestorer } from './entry-restorer.ts';
import { FolderRestorer, folderIdentity, type TargetFolder } from './folder-restorer.ts';
import { metadataSetter } from './node-metadata.ts';
import { refuseRepository, roomAt, type RestorePlan } from './restore-plan.ts';
import { restoredStamp } from './free-name.ts';

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
  means: RestoreMeans,
  job: JobPort,
): Promise<RestoreResult> {
  const { ports } = means;
  const startedMs = ports.clock.monotonicMs();
  new ProgressMeter(ports.clock, job).phase('preparing');
  await refuseRepository(plan.landings, plan.request);
  await refuseTooLittleRoom(plan);
  const lock = await lockIfPossible(repository, ports, job.signal);
  try {
    const untilDone = lock === null ? job : untilRefused(lock, job);
    const restored = await restoreAll(repository, plan, means, untilDone);
    return { ...restored, durationMs: ports.clock.monotonicMs() - startedMs };
  } finally {
    await lock?.release();
  }
}

async function restoreAll(
  repository: Repository,
  plan: RestorePlan,
  { ports, fileSystem }: RestoreMeans,
  job: JobPort,
): Promise<Omit<RestoreResult, 'durationMs'>> {
  const { signal } = job;
  const meter = new ProgressMeter(ports.clock, job);
  const warnings = new WarningList(job);
  await repository.refreshIndex(signal);
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
    signal,
  });
  for (const path of plan.unsafe) warnings.add(path, 'unsafe-name');
  meter.totals(plan.entries, plan.preview.bytes);
  meter.phase('transferring');
  const walk = new FolderRestorer(repository, plan, metadata, entries, {
    meter,
    warnings,
    signal,
    repositoryIdentity: await identityOf(plan.request.repositoryFolder),
  });
  try {
    for (const landing of plan.landings) await walk.land(landing, target);
    await entries.drain();
  } catch (error) {
    throw classify(error, plan.preview.targetPath);
  } finally {
    await entries.end();
    walk.dressAll();
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
    warnings: warnings.listed,
    warningCount: warnings.count,
  };
}

/** A full or write-protected disk must give back what is on it. */
async function lockIfPossible(
  repository: Repository,
  { log }: EnginePorts,
  signal: AbortSignal,
): Promise<RepositoryLock | null> {
  try {
    return await repository.lockToBegin(signal);
  } catch (error) {
    const readOnly =
      error instanceof HoldfastError &&
      (error.code === 'backend/permission-denied' || error.code === 'backend/no-space');
    if (!readOnly) throw error;
    log.warn('restoring without a lock: the storage cannot be written to', { code: error.code });
    return null;
  }
}

/**
 * Reading harms nobody and each byte is proven by its hash, so nothing waits until the lock has settled; but who turns out to have begun to delete at
 * the same moment must not be read from. The job, which then ends with `repo/locked`.
 */
function untilRefused(lock: RepositoryLock, job: JobPort): JobPort {
  const refused = new AbortController();
  lock.settled().catch((error: unknown) => {
    if (error instanceof HoldfastError && error.code === 'repo/locked') refused.abort(error);
  });
  return {
    signal: AbortSignal.any([job.signal, refused.signal]),
    ...(job.isWatched === undefined ? {} : { isWatched: job.isWatched }),
    whenRunning: async () => {
      await job.whenRunning();
      refused.signal.throwIfAborted();
    },
    progress: (progress) => job.progress(progress),
    warning: (warning) => job.warning(warning),
  };
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
async function prepareTarget({ request }: RestorePlan): Promise<TargetFolder | null> {
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
    return folderIdentity(await stat(folder, { bigint: true }));
  } catch (error) {
    if (systemCode(error) === null) throw error;
    return null;
  }
}
