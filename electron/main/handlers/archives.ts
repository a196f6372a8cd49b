/** Archives: listed and walked. */
import type { Handlers } from '../ipc-router.ts';
import type { HandlerContext } from './context.ts';

export function archiveHandlers({
  engine,
  model,
}: HandlerContext): Pick<Handlers, 'archives:list' | 'archives:children'> {
  return {
    'archives:list': async ({ destinationId }) => {
      const access = await model.access(destinationId);
      return engine.call('snapshots:list', { access });
    },
    'archives:children': async ({ destinationId, archiveId, path, offset, limit }) => {
      const access = await model.access(destinationId);
      return engine.call('tree:children', { access, snapshotId: archiveId, path, offset, limit });
    },
  };
}
