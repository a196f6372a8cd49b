/**
 * What runs in the preload's isolated world: `require` with the few modules of a sandboxed preload, `ipcRenderer` over a binding that
 * only this world sees, and the preload script itself. Sent to the page as source text, therefore self-contained.
 */
import type { makeCodec } from './codec.ts';
import type { Description, makeBridgeSide } from './page-main-world.ts';

export const BINDING = 'holdfastHostSend';
export const RECEIVER = 'holdfastHostReceive';

export type PreloadFunction = (
  require: (id: string) => unknown,
  process: object,
  exports: object,
  module: object,
) => void;

export interface PreloadWorld {
  readonly nonce: string;
  readonly process: object;
  readonly binding: string;
  readonly receiver: string;
}

export function runPreloadWorld(
  world: PreloadWorld,
  preload: PreloadFunction,
  makeCodecHere: typeof makeCodec,
  makeSide: typeof makeBridgeSide,
): void {
  if (window !== window.top) return;
  type Listener = (...args: unknown[]) => void;
  const globals = globalThis as unknown as Record<string, unknown>;
  const send = globals[world.binding] as (text: string) => void;
  const codec = makeCodecHere({
    toText: (bytes) => bytes.toBase64(),
    toBytes: (text) => Uint8Array.fromBase64(text),
  });
  const side = makeSide(`${world.nonce}-preload`, `${world.nonce}-page`);

  const listeners = new Map<string, Listener[]>();
  const pending = new Map<
    number,
    { resolve(value: unknown): void; reject(error: Error): void; channel: string }
  >();
  let invocations = 0;

  const ipcRenderer = {
    on(channel: string, listener: Listener) {
      listeners.set(channel, [...(listeners.get(channel) ?? []), listener]);
      return ipcRenderer;
    },
    removeListener(channel: string, listener: Listener) {
      const left = listeners.get(channel) ?? [];
      const at = left.indexOf(listener);
      if (at >= 0) listeners.set(channel, left.toSpliced(at, 1));
      return ipcRenderer;
    },
    off: (channel: string, listener: Listener) => ipcRenderer.removeListener(channel, listener),
    invoke(channel: string, ...args: unknown[]): Promise<unknown> {
      invocations += 1;
      const id = invocations;
      return new Promise((resolve, reject) => {
        const text = codec.encode([id, channel, args]);
        pending.set(id, { resolve, reject, channel });
        send(text);
      });
    },
  };

  const receiveReply = (id: number, isOk: boolean, value: unknown): void => {
    const call = pending.get(id);
    pending.delete(id);
    if (isOk) call?.resolve(value);
    else
      call?.reject(new Error(`Error invoking remote method '${call.channel}': ${String(value)}`));
  };
  const receiveMessage = (channel: string, args: unknown[]): void => {
    for (const listener of listeners.get(channel) ?? []) {
      try {
        listener({ sender: ipcRenderer }, ...args);
      } catch (error) {
        window.reportError(error);
      }
    }
  };
  globals[world.receiver] = (kind: 'reply' | 'message', text: string): void => {
    const message = codec.decode(text);
    if (kind === 'reply') receiveReply(...(message as [number, boolean, unknown]));
    else receiveMessage(...(message as [string, unknown[]]));
  };

  const contextBridge = {
    exposeInMainWorld(key: string, api: unknown): void {
      let problem: string | null = 'the page does not answer';
      const onExposed = (event: Event): void => {
        problem = (event as CustomEvent<string | null>).detail;
      };
      window.addEventListener(`${world.nonce}-exposed`, onExposed);
      const detail: { key: string; api: Description } = { key, api: side.describe(api) };
      window.dispatchEvent(new CustomEvent(`${world.nonce}-expose`, { detail }));
      window.removeEventListener(`${world.nonce}-exposed`, onExposed);
      if (problem !== null) throw new Error(problem);
    },
  };

  const guard = <Target extends object>(name: string, target: Target): Target =>
    new Proxy(target, {
      get(object, key, receiver): unknown {
        if (typeof key !== 'string' || key in object) return Reflect.get(object, key, receiver);
        throw new Error(`Chromium host: ${name}.${key} is not provided; run on real Electron`);
      },
    });
  const electron = guard('electron', {
    contextBridge: guard('contextBridge', contextBridge),
    ipcRenderer: guard('ipcRenderer', ipcRenderer),
  });
  const modules: Readonly<Record<string, unknown>> = {
    electron,
    'electron/renderer': electron,
    timers: { setTimeout, setInterval, clearTimeout, clearInterval },
    url: { URL, URLSearchParams },
  };
  const require = (id: string): unknown => {
    const found = modules[id.replace(/^node:/u, '')];
    if (found === undefined) throw new Error(`module not found: ${id}`);
    return found;
  };
  const module = { exports: {} };
  try {
    preload(require, world.process, module.exports, module);
  } catch (error) {
    console.error('Unable to load preload script', error);
  }
}
