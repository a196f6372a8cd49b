/**
 * An S3 service on the loopback: a kept fork of s3rver, which checks signatures and stores files, and in front of it a line that can be
 * made to go wrong while it runs. What goes wrong is drawn from a seeded generator.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import {
  createServer,
  request,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import S3rver from '@20minutes/s3rver';
import accounts from '@20minutes/s3rver/lib/models/account.js';

export interface S3Faults {
  /** Chance of a 503 `SlowDown`. */
  slowDown: number;
  /** Seconds in the Retry-After header of those answers; none when null. */
  retryAfterSeconds: number | null;
  /** Chance of a 500 `InternalError`. */
  internalError: number;
  /** Chance that an upload's connection is cut in the middle. */
  cutUploads: number;
  /** Chance that an upload happens and its answer is lost. */
  loseAnswers: number;
  /** Chance that a download breaks off in the middle. */
  cutDownloads: number;
  /** Chance that one bit of a download is turned over. */
  flipDownloads: number;
  /** Every call is answered with this code, or null. */
  refuseWith: { readonly status: number; readonly code: string } | null;
  /** The next so many requests are never answered. */
  silent: number;
  /** Listings say that there is more, and not how to ask for it. */
  losesNextPage: boolean;
}

const BUCKET = 'backups';
/** The test server's own account. */
const ACCESS_KEY = 'S3RVER';
const HOST = '127.0.0.1';

export class S3Server {
  readonly faults: S3Faults = {
    slowDown: 0,
    retryAfterSeconds: null,
    internalError: 0,
    cutUploads: 0,
    loseAnswers: 0,
    cutDownloads: 0,
    flipDownloads: 0,
    refuseWith: null,
    silent: 0,
    losesNextPage: false,
  };
  readonly bucket = BUCKET;
  readonly accessKeyId = ACCESS_KEY;
  readonly secretAccessKey = ACCESS_KEY;
  readonly #service: S3rver;
  readonly #servicePort: number;
  readonly #line: Server;
  readonly #folder: string;
  #seed: number;
  readonly #writing = new Map<string, Promise<void>>();
  /** Requests that reached the line. */
  calls = 0;

  private constructor(service: S3rver, servicePort: number, folder: string, seed: number) {
    this.#service = service;
    this.#servicePort = servicePort;
    this.#folder = folder;
    this.#seed = seed;
    this.#line = createServer((incoming, answer) => {
      void this.#pass(incoming, answer).catch(() => answer.destroy());
    });
  }

  static async start(seed = 1): Promise<S3Server> {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-s3-'));
    const service = new S3rver({
      address: HOST,
      port: 0,
      silent: true,
      directory: folder,
      configureBuckets: [{ name: BUCKET }],
    });
    // Amazon's library signs `/bucket/` for requests about a bucket, as Amazon does; the service would compare with `/bucket`.
    service.middleware.splice(-1, 0, (context, next) => {
      if (/^\/[^/]+\/$/u.test(context.path)) {
        context.mountPath = '/';
        context.state.vhost = true;
      }
      return next();
    });
    const { port } = await service.run();
    const server = new S3Server(service, port, folder, seed);
    server.#line.listen(0, HOST);
    await once(server.#line, 'listening');
    return server;
  }

  /** Further keys to the same account. */
  addKeys(accessKeyId: string, secretAccessKey: string): void {
    accounts.DUMMY_ACCOUNT.createKeyPair(accessKeyId, secretAccessKey);
  }

  get endpoint(): string {
    return `http://${HOST}:${String((this.#line.address() as AddressInfo).port)}`;
  }

  async stop(): Promise<void> {
    this.#line.closeAllConnections();
    this.#line.close();
    this.#service.httpServer.closeAllConnections();
    await this.#service.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #pass(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    this.calls += 1;
    const { faults } = this;
    const isUpload = incoming.method === 'PUT';
    if (isUpload && this.#draw(faults.cutUploads)) {
      // Some of it is taken first.
      await once(incoming, 'data');
      incoming.socket.destroy();
      return;
    }
    const body: Buffer[] = [];
    for await (const piece of incoming as AsyncIterable<Buffer>) body.push(piece);
    if (faults.silent > 0) {
      faults.silent -= 1;
      return;
    }
    if (faults.refuseWith !== null) {
      refuse(answer, faults.refuseWith.status, faults.refuseWith.code, null);
    } else if (this.#draw(faults.slowDown)) {
      refuse(answer, 503, 'SlowDown', faults.retryAfterSeconds);
    } else if (this.#draw(faults.internalError)) {
      refuse(answer, 500, 'InternalError', null);
    } else await this.#inTurn(incoming, () => this.#forward(incoming, Buffer.concat(body), answer));
  }

  /** An object is there whole or not at all; the service behind would show one that it is still writing. */
  async #inTurn(
    { method, url = '' }: IncomingMessage,
    forward: () => Promise<void>,
  ): Promise<void> {
    const [object = ''] = url.split('?');
    await this.#writing.get(object);
    const forwarding = forward();
    if (method === 'PUT') {
      const ended = forwarding.catch(() => undefined);
      this.#writing.set(object, ended);
      void ended.then(() => this.#writing.delete(object));
    }
    await forwarding;
  }

  async #forward(incoming: IncomingMessage, body: Buffer, answer: ServerResponse): Promise<void> {
    const { method, url } = incoming;
    // The body is here already: nobody has to be asked whether it is welcome.
    const { expect: _, ...headers } = incoming.headers;
    const { faults } = this;
    const outgoing = request({
      host: HOST,
      port: this.#servicePort,
      // The host that was signed stays in the headers.
      method,
      path: url,
      headers,
    });
    outgoing.end(body);
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    const pieces: Buffer[] = [];
    for await (const piece of response as AsyncIterable<Buffer>) pieces.push(piece);
    let bytes = Buffer.concat(pieces);
    if (faults.losesNextPage && (url ?? '').includes('list-type=2')) {
      const text = bytes.toString('utf8').replace('>false</IsTruncated>', '>true</IsTruncated>');
      bytes = Buffer.from(text);
      response.headers['content-length'] = String(bytes.length);
    }
    if (method === 'PUT' && this.#draw(faults.loseAnswers)) {
      incoming.socket.destroy();
      return;
    }
    const isObject = method === 'GET' && !(url ?? '').includes('?') && bytes.length > 0;
    if (isObject && response.statusCode !== 404 && this.#draw(faults.flipDownloads)) {
      const at = Math.floor(this.#random() * bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
    }
    answer.writeHead(response.statusCode ?? 500, response.headers);
    if (isObject && this.#draw(faults.cutDownloads)) {
      answer.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => answer.destroy());
      return;
    }
    answer.end(bytes);
  }

  #draw(chance: number): boolean {
    return chance > 0 && this.#random() < chance;
  }

  /** mulberry32 */
  #random(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
}

function refuse(
  answer: ServerResponse,
  status: number,
  code: string,
  retryAfterSeconds: number | null,
): void {
  answer.writeHead(status, {
    'content-type': 'application/xml',
    ...(retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) }),
  });
  answer.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>test</Message></Error>`);
}
