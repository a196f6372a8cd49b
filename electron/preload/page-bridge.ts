/**
 * Builds the object that the page sees from the names of the contract. Each subscription ends by its own function and begins with the last
 * value that came, so that a listener that is late misses nothing.
 */
import { eventNames, requestNames } from '../../shared/ipc/channel-names.ts';
import type { PageApi } from '../../shared/ipc/page-api.ts';

export interface BridgePort {
  invoke(name: string, params: unknown): Promise<unknown>;
  /** Called once an event, for the life of the page. */
  listen(name: string, listener: (payload: unknown) => void): void;
}

type Listener = (payload: unknown) => void;

export function buildPageApi(port: BridgePort): PageApi {
  const api: Record<string, Record<string, unknown>> = {};
  for (const name of requestNames) {
    const [area = '', verb = ''] = name.split(':');
    (api[area] ??= {})[camelCase(verb)] = (params: unknown) => port.invoke(name, params);
  }
  api['on'] = Object.fromEntries(
    eventNames.map((name) => [camelCase(name.replace(':', '-')), subscribeTo(name, port)]),
  );
  return api as unknown as PageApi;
}

function subscribeTo(name: string, port: BridgePort): (listener: Listener) => () => void {
  const listeners = new Map<number, Listener>();
  let lastId = 0;
  let last: { readonly payload: unknown } | null = null;
  port.listen(name, (payload) => {
    last = { payload };
    for (const listener of listeners.values()) listener(payload);
  });
  return (listener) => {
    lastId += 1;
    const id = lastId;
    listeners.set(id, listener);
    if (last !== null) listener(last.payload);
    return () => void listeners.delete(id);
  };
}

function camelCase(text: string): string {
  return text.replaceAll(/-(\w)/gu, (_, letter: string) => letter.toUpperCase());
}
