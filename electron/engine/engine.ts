/**
 * The engine's commands, as the app, the command line and the tests drive them: one function a call of the engine contract. Opened repositories
 * and restore plans live here. Every call can be cancelled by its signal and ends with `job/cancelled` then.
 */
import { randomUUID } from 'node:crypto';
import { HoldfastError } from '../../shared/errors.ts';
import type {
  Access,
  EngineCallName,
  EngineCallParams,
  EngineCallResult,
  EngineEventName,
  EngineEventPayload,
} from '../../shared/ipc/engine-contract.ts';
import type { Archive } from '../../shared/model/archive.ts';
import { folderOf } from '../../shared/location-names.ts';
import type { Backend } from './backend/backend.ts';
import { Storages } from './backend/storages.ts';
import { runBackup } from './backup/archiver.ts';
import type { ExcludedPlace } from './backup/excluded-places.ts';
import { previewExclusions } from './backup/exclusion-preview.ts';
import { measureFolder } from './backup/folder-measure.ts';
import { formatGoTime } from './format/go-time.ts';
import { openCloudFiles } from './native/cloud-files.ts';
import { openFileSystem } from './native/open-file-system.ts';
import { pathBytes } from './native/path-bytes.ts';
import type { EnginePorts } from './ports.ts';
import { RepositorySessions, WriterTurns } from './repository-sessions.ts';
import { check } from './repository/check.ts';
import type { LoadedSnapshot, Repository } from './repository/repository.ts';
import { prune } from './repository/prune.ts';
import { repairIndex } from './repository/repair-index.ts';
import { planRestore, type RestorePlan } from './restore/restore-plan.ts';
import { runRestore } from './restore/restorer.ts';
import { forgetByName, forgetByRules } from './retention/forget.ts';
import { repositoryCalls, type CallHandlers } from './repository-calls.ts';
import { RunningJob } from './running-job.ts';
import { unlessAborted } from './unless-aborted.ts';

export interface Engine {
  /** Throws HoldfastError; with `signal` aborted `job/cancelled`. Parameters are taken as valid. */
  call<Name extends EngineCallName>(
    name: Name,
    params: EngineCallParams<Name>,
    signal?: AbortSignal,
  ): Promise<EngineCallResult<Name>>;
  /** Returns how to end just this subscription. */
  on<Name extends EngineEventName>(
    event: Name,
    listener: (payload: EngineEventPayload<Name>) => void,
  ): () => void;
}

type Listeners = {
  readonly [Name in EngineEventName]: Set<(payload: EngineEventPayload<Name>) => void>;
};

interface JobMeans {
  /** Any one for the place: those of an account wait together. */
  readonly backend: () => Promise<Backend | undefined>;
  readonly open: () => Promise<Repository>;
}

interface KnownPlan {
  readonly repository: Repository;
  readonly plan: RestorePlan;
}

/** The person goes back and forth in the wizard; older plans are forgotten. */
const MAX_PLANS = 16;
const MEASURED_EVERY_MS = 250;
export function createEngine(
  ports: EnginePorts,
  storages: Storages = new Storages({ ...ports, cacheFolder: null }),
): Engine {
  const sessions = new RepositorySessions(ports, (place) => storages.open(place));
  const turns = new WriterTurns();
  const jobs = new Map<string, RunningJob>();
  const plans = new Map<string, KnownPlan>();
  const listeners: Listeners = {
    'job:progress': new Set(),
    'folder:measured': new Set(),
    'exclusions:measured': new Set(),
  };

  function emit<Name extends EngineEventName>(
    event: Name,
    payload: EngineEventPayload<Name>,
  ): void {
    for (const listener of listeners[event]) listener(payload);
  }

  /** True when figures that nobody waits for may be told again. */
  function timeToTell(): () => boolean {
    let toldMs = Number.NEGATIVE_INFINITY;
    return () => {
      const nowMs = ports.clock.monotonicMs();
      if (nowMs - toldMs < MEASURED_EVERY_MS) return false;
      toldMs = nowMs;
      return true;
    };
  }

  async function asJob<Result>(
    jobId: string,
    signal: AbortSignal,
    { backend, open }: JobMeans,
    run: (job: RunningJob, repository: Repository) => Promise<Result>,
  ): Promise<Result> {
    if (jobs.has(jobId)) throw new HoldfastError('engine/busy', { retry: 'later' });
    const job = new RunningJob(ports.clock, signal, {
      progress: (progress, paused, waiting) => {
        emit('job:progress', { jobId, paused, waiting, progress });
      },
    });
    jobs.set(jobId, job);
    let stopTelling: (() => void) | undefined;
    try {
      // Before anything is asked of the storage: opening may be what has to wait.
      const waitsFor = await unlessAborted(backend(), job.signal);
      stopTelling = waitsFor?.onWait?.((reason) => job.waits(reason));
      return await run(job, await unlessAborted(open(), job.signal));
    } catch (error) {
      // Whatever an aborted step threw: it was cancelled.
      if (job.signal.aborted) throw job.signal.reason;
      throw error;
    } finally {
      stopTelling?.();
      job.end();
      jobs.delete(jobId);
    }
  }

  const writer = (access: Access, signal: AbortSignal): JobMeans => ({
    backend: () => storages.open(access),
    open: async () => (await sessions.open(access, 'write', signal)).repository,
  });

  function runningJob(jobId: string): RunningJob {
    const job = jobs.get(jobId);
    if (job === undefined) throw new HoldfastError('job/not-running', { context: { jobId } });
    return job;
  }

  const handlers: CallHandlers = {
    ...repositoryCalls(ports, storages, sessions),

    'snapshots:list': async ({ access }, signal) => {
      const { repository } = await sessions.open(access, 'read', signal);
      const snapshots = await repository.listSnapshots(signal, (id, error) => {
        ports.log.warn('a snapshot cannot be read', { id, code: error.code });
      });
      return snapshots.toReversed().map(describeArchive);
    },

    'tree:children': async ({ access, snapshotId, path, offset, limit }, signal) => {
      const { repository, browser } = await sessions.open(access, 'read', signal);
      const { snapshot } = await repository.findSnapshot(snapshotId, {}, signal);
      if (!repository.has('tree', snapshot.tree)) await repository.refreshIndex(signal);
      return browser.children(snapshot.tree, path, offset, limit, signal);
    },

    'folder:measure': async ({ measureId, path }, signal) => {
      const isTime = timeToTell();
      return measureFolder(pathBytes(path), {
        signal,
        onProgress: ({ files, bytes }) => {
          if (isTime()) emit('folder:measured', { measureId, files, bytes });
        },
      });
    },

    'exclusions:preview': async (
      { previewId, destinationFolder, excludedPaths, ...request },
      signal,
    ) => {
      const isTime = timeToTell();
      const excludedPlaces = placesOf(destinationFolder, excludedPaths);
      return previewExclusions(
        { ...request, excludedPlaces },
        {
          cloud: await openCloudFiles(),
          signal,
          onProgress: (soFar) => {
            if (isTime()) emit('exclusions:measured', { previewId, preview: soFar() });
          },
        },
      );
    },

    'backup:run': ({ jobId, access, excludedPaths, ...request }, signal) =>
      asJob(jobId, signal, writer(access, signal), async (job, repository) => {
        const excludedPlaces = placesOf(folderOf(access.location), excludedPaths);
        const fileSystem = await openFileSystem(ports.log);
        const cloud = await openCloudFiles();
        return turns.run(repository, () =>
          runBackup(repository, { ...request, excludedPlaces }, { ports, fileSystem, cloud }, job),
        );
      }),

    'restore:plan': async (params, signal) => {
      const { repository } = await sessions.open(params.access, 'read', signal);
      const snapshot = await repository.findSnapshot(params.snapshotId, {}, signal);
      await repository.refreshIndex(signal);
      const plan = await planRestore(
        repository,
        snapshot,
        {
          include: params.include,
          ...(params.exclude === undefined ? {} : { exclude: params.exclude }),
          target: params.target,
          conflictPolicy: params.conflictPolicy,
          repositoryFolder: folderOf(params.access.location),
        },
        signal,
      );
      const restorePlanId = randomUUID();
      plans.set(restorePlanId, { repository, plan });
      for (const oldest of plans.keys()) {
        if (plans.size <= MAX_PLANS) break;
        plans.delete(oldest);
      }
      return { restorePlanId, ...plan.preview };
    },

    'restore:run': ({ jobId, restorePlanId }, signal) => {
      const known = plans.get(restorePlanId);
      plans.delete(restorePlanId);
      const open = async (): Promise<Repository> => {
        if (known === undefined) throw new HoldfastError('restore/plan-expired', { retry: 'now' });
        return known.repository;
      };
      const backend = async (): Promise<Backend | undefined> => known?.repository.backend;
      return asJob(jobId, signal, { backend, open }, async (job, repository) => {
        const fileSystem = await openFileSystem(ports.log);
        return runRestore(repository, (known as KnownPlan).plan, { ports, fileSystem }, job);
      });
    },

    'check:run': ({ jobId, access, readData, readDataSubset }, signal) =>
      asJob(jobId, signal, writer(access, signal), async (job, repository) => {
        return turns.run(repository, () => check(repository, { readData, readDataSubset }, job));
      }),

    'forget:by-rules': ({ jobId, access, ...request }, signal) =>
      asJob(jobId, signal, writer(access, signal), (job, repository) =>
        turns.run(repository, () => forgetByRules(repository, request, job)),
      ),

    'forget:by-name': ({ jobId, access, snapshotIds, dryRun }, signal) =>
      asJob(jobId, signal, writer(access, signal), (job, repository) =>
        turns.run(repository, () => forgetByName(repository, snapshotIds, dryRun, job)),
      ),

    'prune:run': ({ jobId, access, ...request }, signal) =>
      asJob(jobId, signal, writer(access, signal), (job, repository) =>
        turns.run(repository, () => prune(repository, request, job)),
      ),

    'index:repair': ({ jobId, access, readAllPacks }, signal) =>
      asJob(jobId, signal, writer(access, signal), (job, repository) =>
        turns.run(repository, () => repairIndex(repository, { readAllPacks }, job)),
      ),

    'repository:size': async ({ access, withBackup }, signal) => {
      const { repository } = await sessions.open(access, 'read', signal);
      // Beside the size of the backup the room must be of the same moment; what is open keeps it for a minute.
      const looked = withBackup ? await storages.open(access) : repository.backend;
      const space = await looked.space(signal);
      if (!withBackup) return { space, repositoryBytes: null };
      let repositoryBytes = 0;
      for (const kind of ['pack', 'index', 'snapshot'] as const) {
        for await (const { sizeBytes } of repository.backend.list(kind, signal)) {
          repositoryBytes += sizeBytes;
        }
      }
      return { space, repositoryBytes };
    },

    'bandwidth:limit': (limits) => {
      storages.limit(limits);
      return Promise.resolve(null);
    },

    'job:pause': ({ jobId }) => {
      runningJob(jobId).pause();
      return Promise.resolve(null);
    },

    'job:resume': ({ jobId }) => {
      runningJob(jobId).resume();
      return Promise.resolve(null);
    },

    'locks:remove': async ({ access, scope }, signal) => {
      const { repository } = await sessions.open(access, 'read', signal);
      return { removed: await repository.removeLocks(scope, signal) };
    },
  };

  return {
    call: async (name, params, signal = new AbortController().signal) => {
      signal.throwIfAborted();
      // An unknown job or a fault in a handler rejects, whatever way it was thrown.
      return handlers[name](params, signal);
    },
    on: (event, listener) => {
      // Its own function, so that one listener given twice is two subscriptions.
      const own: typeof listener = (payload) => {
        listener(payload);
      };
      listeners[event].add(own);
      return () => {
        listeners[event].delete(own);
      };
    },
  };
}

/** `destination` is its folder on this computer, if it has one; `own` is the app's data. */
function placesOf(destination: string | null, own: readonly string[]): ExcludedPlace[] {
  return [
    ...(destination === null
      ? []
      : [{ path: destination, reason: 'destination-inside-source' } as const]),
    ...own.map((path) => ({ path, reason: 'cache-inside-source' }) as const),
  ];
}

function describeArchive({ id, snapshot }: LoadedSnapshot): Archive {
  const { summary } = snapshot;
  return {
    id,
    shortId: id.slice(0, 8),
    time: formatGoTime(snapshot.time),
    hostname: snapshot.hostname ?? null,
    username: snapshot.username ?? null,
    paths: [...snapshot.paths],
    tags: [...(snapshot.tags ?? [])],
    programVersion: snapshot.programVersion ?? null,
    totalFiles: summary?.totalFilesProcessed ?? null,
    totalBytes: summary?.totalBytesProcessed ?? null,
    bytesAdded: summary?.dataAdded ?? null,
  };
}
