/** Which program the specs drive: Electron where its binary is, else the Chromium host in its place. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const projectRoot = resolve(import.meta.dirname, '../..');

/** Electron's installer writes this file when its binary is complete. */
export const isRealElectron = existsSync(join(projectRoot, 'node_modules/electron/path.txt'));

const hostFolder = join(projectRoot, 'e2e/chromium-host/dist');

/** The binary that is driven. */
export function runtimeBinary(): string {
  const electron = join(projectRoot, 'node_modules/electron');
  if (!isRealElectron) return join(hostFolder, 'electron');
  return join(electron, 'dist', readFileSync(join(electron, 'path.txt'), 'utf8'));
}

/** Playwright asks the npm package of Electron, in this very process, where the binary is. */
export function chooseRuntime(): void {
  if (!isRealElectron) process.env['ELECTRON_OVERRIDE_DIST_PATH'] = hostFolder;
}

/** Of the environment that the specs run in only this reaches the app. */
const passedOn = [
  'PATH',
  'LANG',
  'LC_ALL',
  'TZ',
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'XAUTHORITY',
  'HOLDFAST_HEADED',
  'HOLDFAST_HOST_CHROMIUM',
];

export function runtimeEnvironment(): Record<string, string> {
  const environment: Record<string, string> = { HOLDFAST_HOST_NODE: process.execPath };
  for (const name of passedOn) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}
