/** Every request of a page passes here: navigation is asked about, the app's own schemes are answered by its handlers, the rest goes out. */
import type * as Electron from 'electron';
import type { CdpSession } from './cdp.ts';
import { handlerFor, schemeUrls, sessionHandlers } from './session.ts';

interface PausedRequest {
  readonly requestId: string;
  readonly frameId: string;
  readonly resourceType: string;
  readonly request: {
    readonly url: string;
    readonly method: string;
    readonly headers: Record<string, string>;
  };
}

type Headers = Record<string, string | string[]>;

/** `allowsNavigation` is asked for documents; it gets the frame and the address as the app knows it. */
export async function interceptRequests(
  page: CdpSession,
  allowsNavigation: (frameId: string, url: string) => boolean,
): Promise<void> {
  page.on('Fetch.requestPaused', (paused: PausedRequest) => {
    // The page may be gone before it is answered.
    respond(page, paused, allowsNavigation).catch(() => undefined);
  });
  await page.send('Fetch.enable', { patterns: [{ urlPattern: '*', requestStage: 'Request' }] });
}

async function respond(
  page: CdpSession,
  paused: PausedRequest,
  allowsNavigation: (frameId: string, url: string) => boolean,
): Promise<void> {
  const { requestId } = paused;
  const url = schemeUrls.toApp(paused.request.url);
  const fail = (errorReason: string): Promise<unknown> =>
    page.send('Fetch.failRequest', { requestId, errorReason });

  if (paused.resourceType === 'Document' && !allowsNavigation(paused.frameId, url)) {
    await fail('Aborted');
    return;
  }
  if (await isCancelled(paused, url)) {
    await fail('BlockedByClient');
    return;
  }
  const handler = handlerFor(url);
  if (handler === null) {
    await page.send('Fetch.continueRequest', { requestId });
    return;
  }
  const { method, headers } = paused.request;
  // Async, so that a handler that throws at once is caught too.
  const answer = async (): Promise<Response> => handler(new Request(url, { method, headers }));
  const response = await answer().catch((error: unknown) => {
    console.error(error);
    return Response.error();
  });
  if (response.type === 'error') {
    await fail('Failed');
    return;
  }
  const responseHeaders = await finalHeaders(paused, url, response);
  await page.send('Fetch.fulfillRequest', {
    requestId,
    responseCode: response.status,
    responseHeaders,
    body: Buffer.from(await response.arrayBuffer()).toString('base64'),
  });
}

async function isCancelled(paused: PausedRequest, url: string): Promise<boolean> {
  const { beforeRequest } = sessionHandlers;
  if (beforeRequest === null) return false;
  const details = detailsOf(paused, url) as Electron.OnBeforeRequestListenerDetails;
  const answer = await new Promise<Electron.CallbackResponse>((resolve) => {
    beforeRequest(details, resolve);
  });
  return answer.cancel === true;
}

async function finalHeaders(
  paused: PausedRequest,
  url: string,
  response: Response,
): Promise<{ name: string; value: string }[]> {
  const { headersReceived } = sessionHandlers;
  let headers: Headers = {};
  for (const [name, value] of response.headers) headers[name] = [value];
  if (headersReceived !== null) {
    const details = {
      ...detailsOf(paused, url),
      responseHeaders: headers,
      statusCode: response.status,
    } as unknown as Electron.OnHeadersReceivedListenerDetails;
    const answer = await new Promise<Electron.HeadersReceivedResponse>((resolve) => {
      headersReceived(details, resolve);
    });
    headers = answer.responseHeaders ?? headers;
  }
  return Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().map((value) => ({ name, value })),
  );
}

function detailsOf(paused: PausedRequest, url: string): object {
  const { request, resourceType } = paused;
  return { url, method: request.method, resourceType: resourceTypes[resourceType] ?? 'other' };
}

/** Chromium's name → Electron's. */
const resourceTypes: Readonly<Record<string, string>> = {
  Document: 'mainFrame',
  Stylesheet: 'stylesheet',
  Script: 'script',
  Image: 'image',
  Font: 'font',
  Fetch: 'xhr',
  XHR: 'xhr',
  WebSocket: 'webSocket',
};
