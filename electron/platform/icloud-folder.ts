/** Where iCloud Drive is on this computer. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** null where iCloud Drive is off or unknown. `HOLDFAST_ICLOUD_DIR` names another folder. */
export function iCloudFolder(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string | null {
  const folder = candidate(env, platform);
  return folder !== null && existsSync(folder) ? folder : null;
}

function candidate(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string | null {
  const { HOLDFAST_ICLOUD_DIR: named, USERPROFILE: profile } = env;
  if (named !== undefined && named !== '') return named;
  if (platform === 'darwin') {
    return join(homedir(), 'Library', 'Mobile Documents', 'com~apple~CloudDocs');
  }
  return platform === 'win32' ? join(profile ?? homedir(), 'iCloudDrive') : null;
}
