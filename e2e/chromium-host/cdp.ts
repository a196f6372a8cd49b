/** Chromium's debugging protocol over a pipe: zero-terminated JSON on file descriptors 3 (to Chromium) and 4 (from it). */
import { spawn, type ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

type CdpParams = Readonly<Record<string, unknown>>;

interface Pending {
  readonly method: string;
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: object;
  readonly sessionId?: string;
  readonly result?: never;
  readonly error?: { readonly message: string };
}

/** One target's half of the connection; emits the protocol's events by name. */
export class CdpSession extends EventEmitter {
  readonly id: string;
  readonly #connection: CdpConnection;

  constructor(connection: CdpConnection, id: string) {
    super();
    this.setMaxListeners(0);
    this.id = id;
    this.#connection = connection;
  }

  /** The protocol is untyped here; each caller names the few fields that it reads. */
  send<Fields>(method: string, params: CdpParams = {}): Promise<Fields> {
    return this.#connection.send<Fields>(method, params, this.id);
  }
}

export interface CdpLaunch {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly onErrorLine: (line: string) => void;
}

/** Emits events without a session by name, and `exit` when Chromium has ended. */
export class CdpConnection extends EventEmitter {
  readonly process: ChildProcess;
  #closed = false;
  #lastId = 0;
  readonly #pending = new Map<number, Pending>();
  readonly #sessions = new Map<string, CdpSession>();

  constructor(executable: string, { args, env, onErrorLine }: CdpLaunch) {
    super();
    this.setMaxListeners(0);
    this.process = spawn(executable, [...args, '--remote-debugging-pipe'], {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
      env,
    });
    const { stderr } = this.process;
    if (stderr !== null) createInterface({ input: stderr }).on('line', onErrorLine);
    this.#output.on(
      'data',
      splitAtZero((text) => this.#receive(JSON.parse(text) as Message)),
    );
    // Broken pipes are told by `exit`.
    for (const stream of [this.#input, this.#output]) stream.on('error', () => undefined);
    this.process.once('error', () => this.#end('it could not be started'));
    this.process.once('exit', (code, signal) => this.#end(String(code ?? signal)));
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  send<Fields>(method: string, params: CdpParams = {}, sessionId?: string): Promise<Fields> {
    if (this.#closed) return Promise.reject(new Error(`${method}: Chromium is gone`));
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise<Fields>((resolve, reject) => {
      this.#pending.set(id, { method, resolve, reject });
      this.#input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  }

  session(id: string): CdpSession {
    const known = this.#sessions.get(id);
    if (known !== undefined) return known;
    const session = new CdpSession(this, id);
    this.#sessions.set(id, session);
    return session;
  }

  get #input(): Writable {
    return this.process.stdio[3] as Writable;
  }

  get #output(): Readable {
    return this.process.stdio[4] as Readable;
  }

  #receive(message: Message): void {
    if (message.id === undefined) {
      const target = message.sessionId === undefined ? this : this.#sessions.get(message.sessionId);
      target?.emit(message.method ?? '', message.params);
      return;
    }
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.error !== undefined) {
      pending?.reject(new Error(`${pending.method}: ${message.error.message}`));
    } else pending?.resolve(message.result as never);
  }

  #end(how: string): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const { method, reject } of this.#pending.values()) {
      reject(new Error(`${method}: Chromium ended (${how})`));
    }
    this.#pending.clear();
    this.emit('exit');
  }
}

function splitAtZero(onText: (text: string) => void): (chunk: Buffer) => void {
  let parts: Buffer[] = [];
  return (chunk) => {
    let start = 0;
    for (let end = chunk.indexOf(0); end >= 0; end = chunk.indexOf(0, start)) {
      parts.push(chunk.subarray(start, end));
      onText(Buffer.concat(parts).toString('utf8'));
      parts = [];
      start = end + 1;
    }
    if (start < chunk.length) parts.push(chunk.subarray(start));
  };
}
