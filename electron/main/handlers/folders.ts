/** Folders: suggested, chosen in the system's dialog, counted. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { GrantedFolder, SuggestedFolder } from '../../../shared/ipc/contract.ts';
import type { Handlers } from '../ipc-router.ts';
import type { HandlerContext, StandardFolder } from './context.ts';

const suggested: readonly StandardFolder[] = [
  'documents',
  'pictures',
  'desktop',
  'music',
  'videos',
  'downloads',
];

type FolderRequests =
  'folders:suggest' | 'folders:choose' | 'folders:measure-start' | 'folders:measure-stop';

export function folderHandlers(context: HandlerContext): Pick<Handlers, FolderRequests> {
  const { engine, grants, desktop, send } = context;
  const measuring = new Map<string, AbortController>();
  engine.on('folder:measured', (measured) => {
    if (measuring.has(measured.measureId)) {
      send('folders:measured', { ...measured, unreadable: 0, done: false });
    }
  });

  const nameOf = (path: string): string => basename(path) || path;

  async function measure(measureId: string, path: string, cancel: AbortController): Promise<void> {
    try {
      const total = await engine.call('folder:measure', { measureId, path }, cancel.signal);
      send('folders:measured', { measureId, ...total, done: true });
    } catch {
      // Stopped, or the folder is gone; the page shows what it has, and a backup reports what is the matter.
      send('folders:measured', { measureId, files: 0, bytes: 0, unreadable: 1, done: true });
    } finally {
      measuring.delete(measureId);
    }
  }

  return {
    'folders:suggest': () => {
      const folders: SuggestedFolder[] = [];
      const seen = new Set<string>();
      for (const kind of suggested) {
        const path = desktop.standardFolder(kind);
        if (path === null || seen.has(path) || !existsSync(path)) continue;
        seen.add(path);
        folders.push({ kind, path, name: nameOf(path), grant: grants.issue(path, 'source') });
      }
      return folders;
    },
    'folders:choose': async ({ purpose }): Promise<GrantedFolder[]> => {
      const paths = await desktop.chooseFolders(purpose);
      return paths.map((path) => ({
        path,
        name: nameOf(path),
        grant: grants.issue(path, purpose),
      }));
    },
    'folders:measure-start': ({ grant }) => {
      const path = grants.peek(grant, 'source');
      const measureId = randomUUID();
      const cancel = new AbortController();
      measuring.set(measureId, cancel);
      void measure(measureId, path, cancel);
      return { measureId };
    },
    'folders:measure-stop': ({ measureId }) => {
      measuring.get(measureId)?.abort();
      measuring.delete(measureId);
      return null;
    },
  };
}
