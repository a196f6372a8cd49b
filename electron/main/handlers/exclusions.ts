/** What a plan would leave out, counted while the person looks at its settings. */
import { randomUUID } from 'node:crypto';
import { folderOf } from '../../../shared/location-names.ts';
import type { Handlers } from '../ipc-router.ts';
import type { HandlerContext } from './context.ts';

type ExclusionRequests = 'exclusions:preview-start' | 'exclusions:preview-stop';

const NOTHING = { files: 0, bytes: 0, unreadable: 0, excluded: [] };

export function exclusionHandlers(context: HandlerContext): Pick<Handlers, ExclusionRequests> {
  const { engine, model, ownFolders, send } = context;
  const running = new Map<string, AbortController>();
  engine.on('exclusions:measured', ({ previewId, preview }) => {
    if (running.has(previewId)) {
      send('exclusions:previewed', { previewId, state: 'running', preview });
    }
  });

  async function walk(previewId: string, planId: string, stop: AbortController): Promise<void> {
    try {
      const { sources, excludes, exclusionOptions, cloudFiles, destinationId } = model.plan(planId);
      const request = {
        previewId,
        sources,
        excludes,
        exclusionOptions,
        cloudFiles,
        destinationFolder: folderOf(model.destination(destinationId).location),
        excludedPaths: [...ownFolders],
      };
      const preview = await engine.call('exclusions:preview', request, stop.signal);
      send('exclusions:previewed', { previewId, state: 'done', preview });
    } catch {
      // Who stopped it does not look any more; else the engine has died, and a backup would say why.
      if (!stop.signal.aborted) {
        send('exclusions:previewed', { previewId, state: 'failed', preview: NOTHING });
      }
    } finally {
      running.delete(previewId);
    }
  }

  return {
    'exclusions:preview-start': ({ planId }) => {
      // Throws for a plan that is not there, before there is an id.
      model.plan(planId);
      const previewId = randomUUID();
      const stop = new AbortController();
      running.set(previewId, stop);
      void walk(previewId, planId, stop);
      return { previewId };
    },
    'exclusions:preview-stop': ({ previewId }) => {
      running.get(previewId)?.abort();
      running.delete(previewId);
      return null;
    },
  };
}
