/**
 * The engine's process as the main process sees it: calls with answers, events, supervision. When the process dies, every pending call
 * fails with `engine/crashed`, and it is started again, later each time it dies soon.
 */
import { fromWireError, HoldfastError } from '../../shared/errors.ts';
import {
  engineCalls,
  engineEvents,
  type EngineCallName,
  type EngineCallParams,
  type EngineCallResult,
  type EngineEventName,
  type EngineEventPayload,
  type EngineReplyMessage,
  type EngineRequestMessage,
} from '../../shared/ipc/engine-contract.ts';
import type { LogLevel } from './log.ts';

/** The part of Electron's utility process that is used. */
export interface EngineProcess {
  postMessage(message: EngineRequestMessage): void;
  on(event: 'message', listener: (message: EngineReplyMessage) => void): unknown;
  on(event: 'exit', listener: (code: number) => void): unknown;
  kill(): boolean;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

const FIRST_RESTART_MS = 100;
const MAX_RESTART_MS = 30_000;
/** A call that comes while the process is started again waits for it. */
const WORTH_WAITING_MS = 10_000;
/** A process that lived so long did not die of its start. */
const HEALTHY_AFTER_MS = 60_000;

export class EngineClient {
  readonly #start: () => EngineProcess;
  readonly #ready: (client: EngineClient) => void;
  readonly #log: (level: LogLevel, ...parts: readonly unknown[]) => void;
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Map<EngineEventName, Set<(payload: never) => void>>();
  #process: EngineProcess | null = null;
  #lastId = 0;
  #restartMs = FIRST_RESTART_MS;
  #generation = 0;
  #waiting: PromiseWithResolvers<EngineProcess> | null = null;
  #isStopped = false;

  /** `start` forks the process; its messages follow the engine contract. `ready` is told of each new process that answers calls. */
  constructor(
    start: () => EngineProcess,
    log: (level: LogLevel, ...parts: readonly unknown[]) => void,
    ready: (client: EngineClient) => void = () => undefined,
  ) {
    this.#start = start;
    this.#log = log;
    this.#ready = ready;
    this.#launch();
  }

  /** Rejects with the engine's error, or `engine/crashed`. Aborting `signal` cancels the call, which then ends with `job/cancelled`. */
  async call<Name extends EngineCallName>(
    name: Name,
    params: EngineCallParams<Name>,
    signal?: AbortSignal,
  ): Promise<EngineCallResult<Name>> {
    const process = this.#process ?? (await this.#nextProcess());
    this.#lastId += 1;
    const id = this.#lastId;
    const cancel = (): void => process.postMessage({ type: 'cancel', id });
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      process.postMessage({ type: 'call', id, name, params });
      if (signal?.aborted) cancel();
      else signal?.addEventListener('abort', cancel, { once: true });
    });
    return answer
      .then((value) => engineCalls[name].result.parse(value) as EngineCallResult<Name>)
      .finally(() => signal?.removeEventListener('abort', cancel));
  }

  /** Changes when the process is another one: what the last one held in memory is gone. */
  get generation(): number {
    return this.#generation;
  }

  /** Follows an event, across restarts of the process, too. */
  on<Name extends EngineEventName>(
    event: Name,
    listener: (payload: EngineEventPayload<Name>) => void,
  ): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners);
    if (listeners.size === 0) this.#process?.postMessage({ type: 'subscribe', event });
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#process?.postMessage({ type: 'unsubscribe', event });
    };
  }

  stop(): void {
    this.#isStopped = true;
    this.#process?.kill();
  }

  #launch(): void {
    const startedMs = performance.now();
    const process = this.#start();
    this.#process = process;
    this.#generation += 1;
    this.#waiting?.resolve(process);
    this.#waiting = null;
    process.on('message', (message) => this.#receive(message));
    process.on('exit', (code) => {
      if (performance.now() - startedMs > HEALTHY_AFTER_MS) this.#restartMs = FIRST_RESTART_MS;
      this.#died(code);
    });
    for (const [event, listeners] of this.#listeners) {
      if (listeners.size > 0) process.postMessage({ type: 'subscribe', event });
    }
  }

  /** The one that is about to be started, unless it keeps dying. */
  #nextProcess(): Promise<EngineProcess> {
    if (this.#isStopped || this.#restartMs > WORTH_WAITING_MS) {
      return Promise.reject(new HoldfastError('engine/crashed', { retry: 'later' }));
    }
    this.#waiting ??= Promise.withResolvers();
    return this.#waiting.promise;
  }

  #receive(message: EngineReplyMessage): void {
    switch (message.type) {
      case 'ready':
        this.#ready(this);
        return;
      case 'log':
        this.#log(message.level, 'engine', message.text);
        return;
      case 'event': {
        const payload = engineEvents[message.event].parse(message.payload);
        for (const listener of this.#listeners.get(message.event) ?? []) listener(payload as never);
        return;
      }
      case 'result':
        this.#take(message.id)?.resolve(message.value);
        return;
      case 'error':
        this.#take(message.id)?.reject(fromWireError(message.error));
        return;
    }
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  #died(code: number): void {
    this.#process = null;
    for (const pending of this.#pending.values()) {
      pending.reject(new HoldfastError('engine/crashed', { retry: 'now', context: { code } }));
    }
    this.#pending.clear();
    if (this.#isStopped) return;
    this.#log('warn', 'the engine ended and is started again', { code, afterMs: this.#restartMs });
    setTimeout(() => {
      if (!this.#isStopped) this.#launch();
    }, this.#restartMs);
    this.#restartMs = Math.min(this.#restartMs * 4, MAX_RESTART_MS);
  }
}
