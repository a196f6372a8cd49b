/** Runs: started, paused, cancelled. */
import { asksForSignIn } from '../../../shared/error-catalog.ts';
import { HoldfastError, type ErrorCode } from '../../../shared/errors.ts';
import { folderOf } from '../../../shared/location-names.ts';
import type { Location } from '../../../shared/model/destination.ts';
import type { WaitReason } from '../../../shared/model/job.ts';
import type { Handlers } from '../ipc-router.ts';
import type { HandlerContext } from './context.ts';

type JobRequests =
  | 'jobs:list'
  | 'jobs:start-backup'
  | 'jobs:start-check'
  | 'jobs:pause'
  | 'jobs:resume'
  | 'jobs:cancel';

export function jobHandlers(context: HandlerContext): Pick<Handlers, JobRequests> {
  const { engine, jobs, model } = context;
  return {
    'jobs:list': () => jobs.list(),
    'jobs:start-backup': ({ planId }) => ({ jobId: startBackup(context, planId) }),
    'jobs:start-check': ({ destinationId, readData }) => {
      model.destination(destinationId);
      const jobId = jobs.start({
        kind: 'check',
        waitsFor: (error) => reasonToWait(error, model.destination(destinationId).location),
        planId: null,
        destinationId,
        run: async (id, signal) => {
          const access = await model.access(destinationId);
          return engine.call('check:run', { jobId: id, access, readData }, signal);
        },
      });
      return { jobId };
    },
    'jobs:pause': async ({ jobId }) => {
      await jobs.pause(jobId);
      return null;
    },
    'jobs:resume': async ({ jobId }) => {
      await jobs.resume(jobId);
      return null;
    },
    'jobs:cancel': ({ jobId }) => {
      jobs.cancel(jobId);
      return null;
    },
  };
}

/** The new job's id. */
export function startBackup(
  { engine, jobs, model, ownFolders }: HandlerContext,
  planId: string,
): string {
  const { destinationId } = model.plan(planId);
  return jobs.start({
    kind: 'backup',
    planId,
    destinationId,
    run: async (jobId, signal) => {
      // Read when it starts: it may have waited behind another run.
      const { sources, excludes, exclusionOptions, cloudFiles } = model.plan(planId);
      const access = await model.access(destinationId);
      const params = {
        jobId,
        access,
        sources,
        excludes,
        exclusionOptions,
        cloudFiles,
        excludedPaths: [...ownFolders],
      };
      return engine.call('backup:run', params, signal);
    },
    waitsFor: (error) => reasonToWait(error, model.destination(destinationId).location),
  });
}

/** What goes by itself: a disk that comes back, a network, a server, a day's quota. */
const waits: Partial<Record<ErrorCode, WaitReason>> = {
  'icloud/off': 'icloud-off',
  'backend/offline': 'offline',
  'backend/stalled': 'offline',
  'backend/unavailable': 'server-trouble',
  'backend/slow-down': 'slow-down',
  'drive/daily-upload-limit': 'day-limit',
  'drive/daily-download-limit': 'day-limit',
  'drive/daily-call-limit': 'day-limit',
};

/** A run is not over for what ends by itself, nor for what the person mends by signing in. */
export function reasonToWait(error: unknown, location: Location): WaitReason | null {
  if (!(error instanceof HoldfastError)) return null;
  if (folderOf(location) !== null && error.code === 'backend/unavailable') {
    return 'destination-away';
  }
  return asksForSignIn(error.code) ? 'sign-in' : (waits[error.code] ?? null);
}
