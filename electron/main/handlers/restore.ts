/** Restoring: planned, previewed, executed exactly so. */
import { HoldfastError } from '../../../shared/errors.ts';
import type { Handlers } from '../ipc-router.ts';
import type { HandlerContext } from './context.ts';

type RestoreRequests = 'restore:plan' | 'restore:start' | 'restore:show-in-folder';

const MAX_PLANS = 50;

export function restoreHandlers(context: HandlerContext): Pick<Handlers, RestoreRequests> {
  const { engine, model, jobs, grants, desktop } = context;
  /** Which destination a plan belongs to, and the grant of the folder that it will write to. */
  const plans = new Map<
    string,
    { destinationId: string; targetGrants: string[]; generation: number }
  >();
  return {
    'restore:plan': async ({ destinationId, archiveId, target, ...choice }) => {
      const preview = await model.use(destinationId, (access) =>
        engine.call('restore:plan', {
          ...choice,
          access,
          snapshotId: archiveId,
          target:
            target.kind === 'original'
              ? target
              : {
                  kind: 'folder',
                  path: grants.peek(target.grant, 'restore-target'),
                  keepParents: target.keepParents,
                },
        }),
      );
      plans.set(preview.restorePlanId, {
        destinationId,
        targetGrants: target.kind === 'folder' ? [target.grant] : [],
        generation: engine.generation,
      });
      const [oldest] = plans.keys();
      if (plans.size > MAX_PLANS && oldest !== undefined) plans.delete(oldest);
      return preview;
    },
    'restore:start': ({ restorePlanId }) => {
      const plan = plans.get(restorePlanId);
      // An engine that was started again knows it no more; said here, the wizard makes the preview anew.
      if (plan === undefined || plan.generation !== engine.generation) {
        throw new HoldfastError('restore/plan-expired');
      }
      plans.delete(restorePlanId);
      const { destinationId, targetGrants } = plan;
      grants.consume(targetGrants);
      const jobId = jobs.start({
        kind: 'restore',
        planId: null,
        destinationId,
        run: (id, signal) => engine.call('restore:run', { jobId: id, restorePlanId }, signal),
      });
      return { jobId };
    },
    'restore:show-in-folder': ({ jobId }) => {
      const { result } = jobs.find(jobId);
      if (result?.kind !== 'restore') throw new HoldfastError('ipc/unknown-item');
      desktop.showInFolder(result.targetPath);
      return null;
    },
  };
}
