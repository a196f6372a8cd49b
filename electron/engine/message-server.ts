/**
 * Answers the messages of the engine contract. Parameters are checked before anything is done with them, and nothing that goes wrong
 * in a call ends the server.
 */
import { HoldfastError, toWireError } from '../../shared/errors.ts';
import {
  engineCalls,
  engineEvents,
  type EngineCallName,
  type EngineEventName,
  type EngineReplyMessage,
  type EngineRequestMessage,
} from '../../shared/ipc/engine-contract.ts';
import { Storages } from './backend/storages.ts';
import { createEngine, type Engine } from './engine.ts';
import type { Log } from './ports.ts';
import { systemClock, systemIdentity } from './system-ports.ts';

/** One end of a channel to the main process; Electron's `process.parentPort` is one. */
export interface MessagePort {
  postMessage(message: EngineReplyMessage): void;
  on(event: 'message', listener: (event: { readonly data: unknown }) => void): void;
}

const callNames = Object.keys(engineCalls) as EngineCallName[];
const eventNames = Object.keys(engineEvents) as EngineEventName[];

/** Serves until the process ends. `version` is the app's; `cacheFolder` for copies of what is stored elsewhere, null for none. */
export function serveEngine(
  port: MessagePort,
  version: string,
  cacheFolder: string | null = null,
): void {
  const log = portLog(port);
  const ports = {
    clock: systemClock(),
    log,
    identity: systemIdentity(),
    programVersion: `holdfast ${version}`,
  };
  const engine = createEngine(ports, new Storages({ ...ports, cacheFolder }));
  const calls = new Map<number, AbortController>();
  const subscriptions = new Map<EngineEventName, () => void>();

  async function answer(id: number, name: string, params: unknown): Promise<void> {
    const cancel = new AbortController();
    calls.set(id, cancel);
    try {
      const value = await dispatch(engine, name, params, cancel.signal);
      port.postMessage({ type: 'result', id, value });
    } catch (error) {
      port.postMessage({ type: 'error', id, error: toWireError(error) });
    } finally {
      calls.delete(id);
    }
  }

  port.on('message', ({ data }) => {
    const message = readRequest(data);
    if (message === null) {
      log.warn('a message of unknown form was ignored');
      return;
    }
    switch (message.type) {
      case 'call':
        void answer(message.id, message.name, message.params);
        break;
      case 'cancel':
        calls.get(message.id)?.abort(new HoldfastError('job/cancelled'));
        break;
      case 'subscribe': {
        const { event } = message;
        if (subscriptions.has(event)) break;
        subscriptions.set(
          event,
          engine.on(event, (payload) => {
            port.postMessage({ type: 'event', event, payload });
          }),
        );
        break;
      }
      case 'unsubscribe':
        subscriptions.get(message.event)?.();
        subscriptions.delete(message.event);
        break;
    }
  });
  port.postMessage({ type: 'ready' });
}

/** null for what is no request. */
function readRequest(data: unknown): EngineRequestMessage | null {
  if (typeof data !== 'object' || data === null) return null;
  const { type, id, name, params, event } = data as Readonly<Record<string, unknown>>;
  if (type === 'subscribe' || type === 'unsubscribe') {
    const known = eventNames.find((candidate) => candidate === event);
    return known === undefined ? null : { type, event: known };
  }
  if (typeof id !== 'number') return null;
  if (type === 'cancel') return { type, id };
  return type === 'call' && typeof name === 'string' ? { type, id, name, params } : null;
}

async function dispatch(
  engine: Engine,
  name: string,
  params: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  const known = callNames.find((candidate) => candidate === name);
  if (known === undefined) throw new HoldfastError('ipc/invalid-request', { context: { name } });
  return callChecked(engine, known, params, signal);
}

async function callChecked(
  engine: Engine,
  name: EngineCallName,
  params: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  const checked = engineCalls[name].params.safeParse(params);
  if (!checked.success) {
    // Only where it is wrong, never what was sent: there may be a secret in it.
    const where = checked.error.issues.map((issue) => issue.path.join('.')).join(', ');
    throw new HoldfastError('ipc/invalid-request', { context: { name, where } });
  }
  // The schema of this very name has just accepted them.
  return engine.call(name, checked.data, signal);
}

export function portLog(port: MessagePort): Log {
  const line =
    (level: 'debug' | 'info' | 'warn') =>
    (event: string, facts?: Readonly<Record<string, unknown>>): void => {
      const text = facts === undefined ? event : `${event} ${JSON.stringify(facts)}`;
      port.postMessage({ type: 'log', level, text });
    };
  return { debug: line('debug'), info: line('info'), warn: line('warn') };
}
