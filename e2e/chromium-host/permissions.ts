/**
 * Chromium tells nobody when a page asks for a permission. So the app's handlers are asked beforehand, once for each page and
 * permission, and Chromium is told the answers. Without handlers everything is granted, as in Electron.
 */
import type { Chromium } from './chromium.ts';
import { sessionHandlers } from './session.ts';

/** Chromium's name → Electron's. */
const permissions: Readonly<Record<string, string>> = {
  camera: 'media',
  microphone: 'media',
  'clipboard-read': 'clipboard-read',
  'clipboard-write': 'clipboard-sanitized-write',
  'display-capture': 'display-capture',
  geolocation: 'geolocation',
  'idle-detection': 'idle-detection',
  'local-fonts': 'local-fonts',
  midi: 'midi',
  notifications: 'notifications',
  'storage-access': 'storage-access',
  'window-management': 'window-management',
};

export async function settlePermissions(chromium: Chromium, contents: object): Promise<void> {
  const settled = Object.entries(permissions).map(async ([name, electronName]) => {
    const setting = (await isGranted(contents, electronName)) ? 'granted' : 'denied';
    await chromium.send('Browser.setPermission', { permission: { name }, setting });
  });
  await Promise.all(settled);
}

async function isGranted(contents: object, permission: string): Promise<boolean> {
  const { permissionCheck, permissionRequest } = sessionHandlers;
  const origin = 'null';
  if (permissionCheck?.(contents as never, permission as never, origin, {} as never) === false) {
    return false;
  }
  if (permissionRequest === null) return true;
  return new Promise((resolve) => {
    permissionRequest(contents as never, permission as never, resolve, {} as never);
  });
}
