/** The one session, and `protocol` and `net`: what answers the requests of pages before anything leaves the machine. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type * as Electron from 'electron';
import { guarded, notProvided } from './guard.ts';
import { SchemeUrls } from './scheme-urls.ts';

type SchemeHandler = (request: Request) => Response | Promise<Response>;
type BeforeRequest = Parameters<Electron.WebRequest['onBeforeRequest']>[0];
type HeadersReceived = Parameters<Electron.WebRequest['onHeadersReceived']>[0];

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
} satisfies Pick<Electron.Protocol, 'registerSchemesAsPrivileged' | 'handle'>);

/** What the app decided about permissions and requests; null where it left Electron's default. */
export const sessionHandlers: {
  permissionRequest: Parameters<Electron.Session['setPermissionRequestHandler']>[0];
  permissionCheck: Parameters<Electron.Session['setPermissionCheckHandler']>[0];
  beforeRequest: BeforeRequest;
  headersReceived: HeadersReceived;
} = { permissionRequest: null, permissionCheck: null, beforeRequest: null, headersReceived: null };

/** In Electron a filter may come first. */
function onlyListener(args: readonly unknown[]): unknown {
  if (args.length > 1) notProvided('a filter for webRequest');
  return args[0] ?? null;
}

const webRequest = guarded('session.webRequest', {
  onBeforeRequest(...args: readonly unknown[]): void {
    sessionHandlers.beforeRequest = onlyListener(args) as BeforeRequest;
  },
  /** Asked for answers of the app's own schemes; answers of the network pass as they are. */
  onHeadersReceived(...args: readonly unknown[]): void {
    sessionHandlers.headersReceived = onlyListener(args) as HeadersReceived;
  },
} satisfies Pick<Electron.WebRequest, 'onBeforeRequest' | 'onHeadersReceived'>);

export const defaultSession = guarded('session', {
  protocol,
  webRequest,
  setPermissionRequestHandler(handler): void {
    sessionHandlers.permissionRequest = handler;
  },
  setPermissionCheckHandler(handler): void {
    sessionHandlers.permissionCheck = handler;
  },
  setDevicePermissionHandler(): void {
    // No device can be chosen here: pages have no chooser to show.
  },
} satisfies Pick<
  Electron.Session,
  'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler'
> & { protocol: unknown; webRequest: unknown });

export const session = guarded('session', { defaultSession });

export const net = guarded('net', {
  async fetch(input: string | URL | Request): Promise<Response> {
    const url = input instanceof Request ? input.url : String(input);
    if (!url.startsWith('file:')) notProvided('net.fetch for anything but files');
    return new Response(await readFile(fileURLToPath(url)));
  },
});
