/** Folders: suggested, chosen in the system's dialog, counted. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
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

const OWN_FOLDER = 'Holdfast';

type FolderRequests =
  'folders:suggest' | 'folders:choose' | 'folders:measure-start' | 'folders:measure-stop';

export function folderHandlers(context: HandlerContext): Pick<Handlers, FolderRequests> {
  const { engine, grants, desktop, model, send } = context;
  const measuring = new Map<string, AbortController>();
  engine.on('folder:measured', (measured) => {
    if (measuring.has(measured.measureId)) {
      send('folders:measured', { ...measured, unreadable: 0, done: false });
    }
  });

  const nameOf = (path: string): string => basename(path) || path;

  /** A backup never mixes with other files: where there are any, it gets a folder of its own among them. */
  async function placeFor(chosen: string): Promise<string> {
    const path = await resolved(chosen);
    const { state } = await engine.call('repository:inspect', {
      location: { kind: 'local', path },
      credentials: null,
    });
    return state === 'other-files' ? join(path, OWN_FOLDER) : path;
  }

  /** Whoever goes on on a new computer mostly wants the same folders. */
  async function archivedFolders(destinationId: string | null): Promise<readonly string[]> {
    if (destinationId === null) return [];
    try {
      const access = await model.access(destinationId);
      const [newest] = await engine.call('snapshots:list', { access });
      return newest?.paths ?? [];
    } catch {
      // The usual folders are still suggested.
      return [];
    }
  }

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
    'folders:suggest': async ({ destinationId }) => {
      const folders: SuggestedFolder[] = [];
      const seen = new Set<string>();
      const add = async (kind: SuggestedFolder['kind'], folder: string): Promise<void> => {
        if (!existsSync(folder)) return;
        const path = await resolved(folder);
        if (seen.has(path)) return;
        seen.add(path);
        folders.push({ kind, path, name: nameOf(path), grant: grants.issue(path, 'source') });
      };
      for (const path of await archivedFolders(destinationId)) await add('archived', path);
      for (const kind of suggested) {
        const standard = desktop.standardFolder(kind);
        if (standard !== null) await add(kind, standard);
      }
      return folders;
    },
    'folders:choose': async ({ purpose }): Promise<GrantedFolder[]> => {
      const chosen = await desktop.chooseFolders(purpose);
      const paths = await Promise.all(
        chosen.map((path) => (purpose === 'destination' ? placeFor(path) : resolved(path))),
      );
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

/** A link that was chosen means the folder behind it, or just the link would be backed up. */
async function resolved(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}
