/**
 * Every request of the page comes through here: sender check, schema, handler, envelope. Nothing is ever thrown across the border, and a
 * request without a handler does not compile.
 */
import type { IpcMainInvokeEvent } from 'electron';
import { HoldfastError, toWireError } from '../../shared/errors.ts';
import { requestNames, type RequestName } from '../../shared/ipc/channel-names.ts';
import { requests, type RequestParams, type RequestResult } from '../../shared/ipc/contract.ts';
import type { Envelope } from '../../shared/ipc/envelope.ts';

export type Handlers = {
  readonly [Name in RequestName]: (
    params: RequestParams<Name>,
  ) => Promise<RequestResult<Name>> | RequestResult<Name>;
};

/** The part of Electron's `ipcMain` that is used. */
export interface IpcPort {
  handle(
    channel: string,
    listener: (event: IpcMainInvokeEvent, params: unknown) => Promise<Envelope<unknown>>,
  ): void;
}

export interface RouterOptions {
  /** The only origin that may ask, `app://bundle`. */
  readonly origin: string;
  /** Told of every failure that is not the page's everyday business. */
  readonly onError: (name: RequestName, error: unknown) => void;
}

export function routeRequests(port: IpcPort, handlers: Handlers, options: RouterOptions): void {
  for (const name of requestNames) {
    port.handle(name, (event, params) => answer(name, event, params, handlers, options));
  }
}

async function answer(
  name: RequestName,
  event: IpcMainInvokeEvent,
  params: unknown,
  handlers: Handlers,
  { origin, onError }: RouterOptions,
): Promise<Envelope<unknown>> {
  try {
    if (!isTrusted(event, origin)) throw new HoldfastError('ipc/foreign-sender');
    const parsed = requests[name].params.safeParse(params);
    if (!parsed.success) {
      const fields = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ');
      // Names of fields only: values may be secrets.
      throw new HoldfastError('ipc/invalid-request', { context: { name, fields } });
    }
    const handler = handlers[name] as (params: unknown) => unknown;
    return { ok: true, value: await handler(parsed.data) };
  } catch (error) {
    onError(name, error);
    return { ok: false, error: toWireError(error) };
  }
}

function isTrusted({ senderFrame }: IpcMainInvokeEvent, origin: string): boolean {
  if (senderFrame === null || senderFrame.parent !== null) return false;
  return senderFrame.url === origin || senderFrame.url.startsWith(`${origin}/`);
}
