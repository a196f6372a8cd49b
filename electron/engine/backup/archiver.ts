/**
 * Makes one snapshot (restic format notes, sections 7 to 9 and 12): packs first, then the index that names them, the snapshot last and
 * only under a lock that is held. What cannot be read becomes a warning and the rest is backed up. A cancelled or failed run leaves no
 * snapshot and no lock; what it stored is indexed, so that the next run goes on from there.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import type { BackupResult } from '../../../shared/model/job.ts';
import type { Snapshot } from '../format/snapshot-file.ts';
import { noCloudFiles, type CloudFiles } from '../native/cloud-files.ts';
import type { FileSystemPort } from '../native/file-system-port.ts';
import { isWithin, pathBytes, realPathBytes } from '../native/path-bytes.ts';
import { readFailure } from '../native/system-failure.ts';
import type { EnginePorts, JobPort } from '../ports.ts';
import { ProgressMeter } from '../progress-meter.ts';
import type { BlobWriter, LoadedSnapshot, Repository } from '../repository/repository.ts';
import { WarningList } from '../warning-list.ts';
import type { ExcludedPlace } from './excluded-places.ts';
import { locateExclusions, type ExclusionRequest } from './exclusions.ts';
import { localTime } from './node-from-stat.ts';
import { CloudSources, type CloudPolicy } from './cloud-sources.ts';
import { chooseParent } from './parent-snapshot.ts';
import { scanEntry } from './scanner.ts';
import { cleanSources, sourceTree } from './source-tree.ts';
import { TreeArchiver } from './tree-archiver.ts';

export interface BackupRequest extends ExclusionRequest {
  /** Absolute paths of files and folders. */
  readonly sources: readonly string[];
  readonly tags?: readonly string[];
  /** What becomes of files whose bytes are in a cloud. They are listed in any case. */
  readonly cloudFiles?: CloudPolicy;
}

export interface BackupMeans {
  readonly ports: EnginePorts;
  readonly fileSystem: FileSystemPort;
  readonly cloud?: CloudFiles;
}

/**
 * Throws `backup/source-missing` when no source exists, `backup/source-is-destination`, `backup/nothing-to-back-up` when
 * nothing could be read, `repo/locked`, the repository's and the backend's errors, and the job's `job/cancelled`.
 */
export async function runBackup(
  repository: Repository,
  request: BackupRequest,
  { ports, fileSystem, cloud = noCloudFiles }: BackupMeans,
  job: JobPort,
): Promise<BackupResult> {
  const startedMs = ports.clock.monotonicMs();
  const startNs = ports.clock.nowNs();
  const meter = new ProgressMeter(ports.clock, job);
  const warnings = new WarningList(job);
  meter.phase('preparing');
  const paths = cleanSources(request.sources);
  await refuseDestination(paths, request.excludedPlaces);
  const sources = await existingSources(paths, warnings);
  const exclusions = await locateExclusions(request, sources.map(pathBytes));

  const lock = await repository.lockToBegin(job.signal);
  try {
    // Without the lock somebody may delete what this run builds on.
    const signal = AbortSignal.any([job.signal, lock.lostSignal]);
    const parent = await findParent(repository, paths, ports, startNs, signal);
    await repository.takeUpCutRun(lock, signal);
    const writer = repository.startWriter(signal);
    const archiver = new TreeArchiver({
      repository,
      writer,
      fileSystem,
      exclusions,
      meter,
      warnings,
      cloud: new CloudSources(cloud, request.cloudFiles ?? 'skip', ports.clock, signal),
      log: ports.log,
      signal,
    });
    try {
      if (job.isWatched === false) meter.phase('transferring');
      else foresee(archiver, sources, parent, meter);
      const tree = await archiver.root(sourceTree(sources), parent?.snapshot.tree ?? null);
      await archiver.end();
      if (archiver.sourcesStored === 0) {
        throw new HoldfastError('backup/nothing-to-back-up', { context: { path: paths[0] ?? '' } });
      }
      meter.phase('finishing');
      await meter.step();
      await writer.finish();
      const counts = countsOf(archiver);
      const snapshot: Snapshot = {
        ...describeRun(request, paths, ports),
        time: localTime(startNs),
        ...(parent === null ? {} : { parent: parent.id }),
        tree,
        summary: {
          backupStart: localTime(startNs),
          backupEnd: localTime(ports.clock.nowNs()),
          filesNew: counts.filesNew,
          filesChanged: counts.filesChanged,
          filesUnmodified: counts.filesUnmodified,
          dirsNew: counts.dirsNew,
          dirsChanged: counts.dirsChanged,
          dirsUnmodified: counts.dirsUnmodified,
          dataBlobs: counts.dataBlobs,
          treeBlobs: counts.treeBlobs,
          dataAdded: counts.bytesAdded,
          dataAddedPacked: counts.bytesAddedPacked,
          totalFilesProcessed: counts.filesProcessed,
          totalBytesProcessed: counts.bytesProcessed,
        },
      };
      signal.throwIfAborted();
      const snapshotId = await repository.saveSnapshot(snapshot, lock, signal);
      return {
        kind: 'backup',
        snapshotId,
        parentId: parent?.id ?? null,
        ...counts,
        durationMs: ports.clock.monotonicMs() - startedMs,
        warnings: warnings.listed,
        warningCount: warnings.count,
      };
    } catch (error) {
      await archiver.end();
      await abandon(writer, ports);
      throw error;
    }
  } finally {
    await lock.release();
  }
}

/** A source inside the destination would feed the backup with itself. */
async function refuseDestination(
  paths: readonly string[],
  places: readonly ExcludedPlace[],
): Promise<void> {
  const destinations = await Promise.all(
    places
      .filter((place) => place.reason === 'destination-inside-source')
      .map((place) => realPathBytes(pathBytes(place.path))),
  );
  for (const path of paths) {
    const real = await realPathBytes(pathBytes(path));
    if (destinations.some((destination) => isWithin(real, destination))) {
      throw new HoldfastError('backup/source-is-destination', { context: { path } });
    }
  }
}

/** Missing ones are warnings, unless all are missing. */
async function existingSources(paths: readonly string[], warnings: WarningList): Promise<string[]> {
  const existing: string[] = [];
  const missing: { readonly path: string; readonly code: string }[] = [];
  for (const path of paths) {
    const entry = await scanEntry(Buffer.alloc(0), pathBytes(path));
    if (entry.kind === 'entry') existing.push(path);
    else missing.push({ path, code: entry.code });
  }
  if (existing.length === 0) {
    throw new HoldfastError('backup/source-missing', {
      context: { path: paths[0] ?? '', detail: missing[0]?.code ?? '' },
    });
  }
  for (const { path, code } of missing) warnings.add(path, readFailure(code), code);
  return existing;
}

async function findParent(
  repository: Repository,
  paths: readonly string[],
  { identity, log }: EnginePorts,
  nowNs: bigint,
  signal: AbortSignal,
): Promise<LoadedSnapshot | null> {
  // A snapshot that cannot be read must not keep anybody from making the next one.
  const snapshots = await repository.listSnapshots(signal, (id, error) => {
    log.warn('a snapshot cannot be read', { id, code: error.code });
  });
  // After the listing, so that everything that a listed snapshot needs is known.
  await repository.refreshIndex(signal);
  return chooseParent(snapshots, identity.hostname, paths, nowNs);
}

/** How much there is to do: about as much as last time, or it is counted beside the backup. */
function foresee(
  archiver: TreeArchiver,
  sources: readonly string[],
  parent: LoadedSnapshot | null,
  meter: ProgressMeter,
): void {
  const summary = parent?.snapshot.summary;
  if (summary !== undefined) {
    meter.phase('transferring');
    meter.totals(summary.totalFilesProcessed, summary.totalBytesProcessed);
    return;
  }
  const count = async (): Promise<void> => {
    const { files, bytes } = await archiver.count(sources.map(pathBytes));
    meter.phase('transferring');
    meter.totals(files, bytes);
  };
  meter.phase('scanning');
  // The run itself says what is the matter.
  count().catch(() => undefined);
}

function countsOf(archiver: TreeArchiver) {
  const { files, dirs } = archiver;
  return {
    filesNew: files.new,
    filesChanged: files.changed,
    filesUnmodified: files.unmodified,
    dirsNew: dirs.new,
    dirsChanged: dirs.changed,
    dirsUnmodified: dirs.unmodified,
    dataBlobs: archiver.dataBlobs,
    treeBlobs: archiver.treeBlobs,
    bytesAdded: archiver.bytesAdded,
    bytesAddedPacked: archiver.bytesAddedPacked,
    entriesLeftOut: archiver.leftOut,
    filesProcessed: files.new + files.changed + files.unmodified,
    bytesProcessed: archiver.bytesProcessed,
  };
}

function describeRun(
  request: BackupRequest,
  paths: readonly string[],
  { identity, programVersion }: EnginePorts,
): Omit<Snapshot, 'time' | 'tree'> {
  return {
    paths: [...paths],
    hostname: identity.hostname,
    username: identity.username,
    uid: identity.uid,
    gid: identity.gid,
    excludes: [...request.excludes],
    tags: [...(request.tags ?? [])],
    programVersion,
  };
}

async function abandon(writer: BlobWriter, { log }: EnginePorts): Promise<void> {
  try {
    await writer.abandon();
  } catch (error) {
    // The first error is the one to tell.
    log.warn('the index of what was stored could not be written', {
      error: error instanceof HoldfastError ? error.code : String(error),
    });
  }
}
