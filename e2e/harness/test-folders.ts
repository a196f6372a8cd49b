/** The private file system of one test: a home, the app's data, something to back up and a place for it. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TestFolders {
  /** Above all others; removed at the end. */
  readonly root: string;
  readonly home: string;
  readonly userData: string;
  /** Exists and is empty. */
  readonly source: string;
  /** Exists and is empty. */
  readonly destination: string;
}

export function makeTestFolders(): TestFolders {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-e2e-'));
  const folders = {
    root,
    home: join(root, 'home'),
    userData: join(root, 'user-data'),
    source: join(root, 'home', 'Documents'),
    destination: join(root, 'destination'),
  };
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });
  mkdirSync(join(root, 'runtime'), { mode: 0o700 });
  return folders;
}

/** What makes the app keep to these folders. */
export function folderEnvironment(folders: TestFolders): Record<string, string> {
  return {
    HOME: folders.home,
    XDG_CONFIG_HOME: join(folders.home, '.config'),
    XDG_DATA_HOME: join(folders.home, '.local/share'),
    XDG_CACHE_HOME: join(folders.home, '.cache'),
    XDG_STATE_HOME: join(folders.home, '.local/state'),
    XDG_RUNTIME_DIR: join(folders.root, 'runtime'),
    HOLDFAST_USER_DATA: folders.userData,
  };
}

export function removeTestFolders(folders: TestFolders): void {
  rmSync(folders.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
