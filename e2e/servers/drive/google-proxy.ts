/**
 * For programs that know Google's addresses only: a proxy that answers for them with the Drive of the tests. It has a certificate of its own, which
 * the program has to be told to trust; other addresses are refused.
 */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';

const HOST = '127.0.0.1';
const GOOGLE = 'www.googleapis.com';

export class GoogleProxy {
  /** In PEM form. */
  readonly certificatePath: string;
  /** Addresses that were asked for in vain. */
  readonly refused: string[] = [];
  readonly #proxy: Server;
  readonly #google: TlsServer;
  readonly #sockets = new Set<Socket>();

  private constructor(driveUrl: string, folder: string) {
    this.certificatePath = join(folder, 'google.pem');
    const keyPath = join(folder, 'google.key');
    const made = spawnSync('openssl', [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      `/CN=${GOOGLE}`,
      '-addext',
      `subjectAltName=DNS:${GOOGLE}`,
      '-keyout',
      keyPath,
      '-out',
      this.certificatePath,
    ]);
    if (made.status !== 0) throw new Error(String(made.stderr));
    this.#google = createTlsServer(
      { key: readFileSync(keyPath), cert: readFileSync(this.certificatePath) },
      (incoming, answer) => forward(driveUrl, incoming, answer),
    );
    this.#proxy = createServer();
    this.#proxy.on('connect', ({ url = '' }: IncomingMessage, socket: Socket) => {
      if (url !== `${GOOGLE}:443`) {
        this.refused.push(url);
        socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
        return;
      }
      this.#through(socket);
    });
  }

  static async start(driveUrl: string, folder: string): Promise<GoogleProxy> {
    const proxy = new GoogleProxy(driveUrl, folder);
    for (const server of [proxy.#google, proxy.#proxy]) {
      server.listen(0, HOST);
      await once(server, 'listening');
    }
    return proxy;
  }

  get url(): string {
    return `http://${HOST}:${String((this.#proxy.address() as AddressInfo).port)}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    for (const server of [this.#google, this.#proxy]) {
      server.close();
      await once(server, 'close');
    }
  }

  #through(socket: Socket): void {
    const inner = connect((this.#google.address() as AddressInfo).port, HOST);
    for (const end of [socket, inner]) {
      this.#sockets.add(end);
      end.on('error', () => end.destroy());
      end.on('close', () => this.#sockets.delete(end));
    }
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    socket.pipe(inner).pipe(socket);
  }
}

function forward(driveUrl: string, incoming: IncomingMessage, answer: ServerResponse): void {
  const { method, url, headers } = incoming;
  const outgoing = request(new URL(url ?? '/', driveUrl), { method, headers }, (response) => {
    answer.writeHead(response.statusCode ?? 502, response.headers);
    response.pipe(answer);
  });
  outgoing.on('error', () => answer.destroy());
  incoming.pipe(outgoing);
}
