/** Custom schemes and the one session: answers to requests of pages, before anything leaves the machine. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type * as Electron from 'electron';
import { guarded } from './guard.ts';
import { SchemeUrls } from './scheme-urls.ts';

type SchemeHandler = (request: Request) => Response | Promise<Response>;

const handlers = new Map<string, SchemeHandler>();
export const schemeUrls = new SchemeUrls((scheme) => handlers.has(scheme));

export function handlerFor(url: string): SchemeHandler | null {
  return handlers.get(url.slice(0, url.indexOf(':'))) ?? null;
}

export const protocol = guarded('protocol', {
  registerSchemesAsPrivileged: () => undefined,
  handle(scheme: string, handler: SchemeHandler): void {
    if (handlers.has(scheme)) throw new Error('The scheme is already handled');
    handlers.set(scheme, handler);
  },
  unhandle(scheme: string): void {
    handlers.delete(scheme);
  },
  isProtocolHandled: (scheme: string) => handlers.has(scheme),
} satisfies Pick<
  Electron.Protocol,
  'registerSchemesAsPrivileged' | 'handle' | 'unhandle' | 'isProtocolHandled'
>);

// Headless Chromium denies every permission by itself; the app's handlers are kept and can be asked by specs.
export const permissionHandlers: {
  request: Parameters<Electron.Session['setPermissionRequestHandler']>[0];
  check: Parameters<Electron.Session['setPermissionCheckHandler']>[0];
} = { request: null, check: null };

export const defaultSession = guarded('session', {
  protocol,
  setPermissionRequestHandler: (handler) => void (permissionHandlers.request = handler),
  setPermissionCheckHandler: (handler) => void (permissionHandlers.check = handler),
  setDevicePermissionHandler: () => undefined,
  setSpellCheckerEnabled: () => undefined,
} satisfies Omit<
  Pick<
    Electron.Session,
    | 'setPermissionRequestHandler'
    | 'setPermissionCheckHandler'
    | 'setDevicePermissionHandler'
    | 'setSpellCheckerEnabled'
  >,
  never
> & { protocol: unknown });

export const session = guarded('session', { defaultSession });

export const net = guarded('net', {
  async fetch(input: string | URL | Request): Promise<Response> {
    const url = input instanceof Request ? input.url : String(input);
    if (!url.startsWith('file:'))
      throw new Error('Chromium host: net.fetch takes file addresses only');
    return new Response(await readFile(fileURLToPath(url)));
  },
});
