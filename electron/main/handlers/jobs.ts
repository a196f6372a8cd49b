/** Runs: started, paused, cancelled. */
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
      const { sources, excludes } = model.plan(planId);
      const access = await model.access(destinationId);
      const params = { jobId, access, sources, excludes, excludedPaths: [...ownFolders] };
      return engine.call('backup:run', params, signal);
    },
  });
}
