/** Archives: listed and walked. */
import type { Handlers } from '../ipc-router.ts';
import type { HandlerContext } from './context.ts';

export function archiveHandlers({
  engine,
  model,
}: HandlerContext): Pick<Handlers, 'archives:list' | 'archives:children'> {
  return {
    'archives:list': ({ destinationId }) =>
      model.use(destinationId, (access) => engine.call('snapshots:list', { access })),
    'archives:children': ({ destinationId, archiveId, path, offset, limit }) =>
      model.use(destinationId, (access) =>
        engine.call('tree:children', { access, snapshotId: archiveId, path, offset, limit }),
      ),
  };
}
