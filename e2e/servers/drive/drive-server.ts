/**
 * A Google Drive for tests: the parts of API v3 that Holdfast uses, over real HTTP on the loopback, with what Google documents and with
 * the faults that others have met. Built from Google's reference; where something is not confirmed, a fault switch lets it behave either way.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import { DriveAccounts } from './drive-accounts.ts';
import { noFaults, seededRandom, type DriveFaults } from './drive-faults.ts';
import { describeItem, DriveStore, FOLDER_TYPE, type Item } from './drive-store.ts';
import { matchesQuery } from './drive-query.ts';

interface Session {
  readonly metadata: Metadata;
  readonly total: number;
  readonly replaces: string | null;
  received: Buffer;
  done: Item | null;
}

interface Metadata {
  readonly id?: string;
  readonly name?: string;
  readonly mimeType?: string;
  readonly parents?: string[];
  readonly trashed?: boolean;
}

interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly json?: unknown;
  readonly bytes?: Buffer;
}

/** Ends the request without an answer. */
const CUT = Symbol('cut');
const KEPT_STEP_BYTES = 256 * 1024;

export interface DriveServerOptions {
  readonly seed?: number;
  /** Milliseconds; the machine's clock by default. */
  readonly nowMs?: () => number;
}

export class DriveServer {
  readonly faults: DriveFaults = { ...noFaults };
  readonly accounts = new DriveAccounts(this.faults);
  readonly store: DriveStore;
  /** Calls by what they are, token requests left out: `list`, `get`, `download`, `create`, `upload`, … */
  readonly calls = new Map<string, number>();
  /** The most requests that were under way at once. */
  peakInFlight = 0;
  /** When, by the server's clock, calls came before a Retry-After had passed. */
  impatientCalls = 0;
  /** The most of them after one refusal, and before the next. */
  mostImpatient = 0;
  /** Uploads whose line was cut. */
  cutUploads = 0;
  /** Uploads that went on from another byte than the one that was reached. */
  disagreements = 0;
  /** Answers with a Retry-After. */
  refusals = 0;
  readonly #sessions = new Map<string, Session>();
  readonly #server: Server;
  readonly #random: () => number;
  readonly #nowMs: () => number;
  #inFlight = 0;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #impatientSince = 0;
  #lineFreeMs = 0;

  constructor({ seed = 1, nowMs = () => performance.now() }: DriveServerOptions = {}) {
    this.#random = seededRandom(seed);
    this.#nowMs = nowMs;
    this.store = new DriveStore(nowMs);
    this.#server = createServer((request, response) => {
      void this.#serve(request, response);
    });
    this.#server.keepAliveTimeout = 60_000;
  }

  static async start(options?: DriveServerOptions): Promise<DriveServer> {
    const server = new DriveServer(options);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What Holdfast is told in its environment. */
  get environment(): Record<string, string> {
    return {
      HOLDFAST_GOOGLE_API_URL: `${this.url}/`,
      HOLDFAST_GOOGLE_AUTH_URL: `${this.url}/o/oauth2/v2/auth`,
      HOLDFAST_GOOGLE_TOKEN_URL: `${this.url}/token`,
      HOLDFAST_GOOGLE_REVOKE_URL: `${this.url}/revoke`,
      HOLDFAST_GOOGLE_CLIENT_ID: 'test-client',
      HOLDFAST_GOOGLE_CLIENT_SECRET: 'test-secret',
    };
  }

  get totalCalls(): number {
    return [...this.calls.values()].reduce((sum, count) => sum + count, 0);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A request that was not read to its end does not know it any more.
    const { socket } = request;
    this.#inFlight += 1;
    this.peakInFlight = Math.max(this.peakInFlight, this.#inFlight);
    try {
      const answer = await this.#answer(request, new URL(request.url ?? '/', this.url));
      if (answer === CUT) {
        socket.destroy();
        return;
      }
      if (!request.complete && !request.destroyed) request.resume();
      const body =
        answer.bytes ??
        (answer.json === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(answer.json)));
      response.writeHead(answer.status, {
        'content-type':
          answer.bytes === undefined
            ? 'application/json; charset=UTF-8'
            : 'application/octet-stream',
        'content-length': String(body.length),
        ...answer.headers,
      });
      if (answer.bytes !== undefined && this.#hits(this.faults.cutDownloads)) {
        response.write(body.subarray(0, Math.floor(body.length * this.#random())), () =>
          response.destroy(),
        );
        return;
      }
      if (answer.bytes !== undefined && this.faults.stallDownloads > 0) {
        this.faults.stallDownloads -= 1;
        response.write(body.subarray(0, Math.floor(body.length / 2)));
        await new Promise((resolve) => socket.once('close', resolve));
        return;
      }
      if (answer.bytes !== undefined) await this.#overTheLine(body.length);
      response.end(body);
    } catch (error) {
      // A request that the client has broken off, or a mistake in this server, which must not pass unseen.
      if (!request.destroyed && !response.headersSent) {
        response.writeHead(500, { 'content-type': 'text/plain' });
        response.end(String(error instanceof Error ? error.stack : error));
      }
    } finally {
      this.#inFlight -= 1;
    }
  }

  async #answer(request: IncomingMessage, url: URL): Promise<Answer | typeof CUT> {
    if (this.faults.latencyMs > 0) await sleep(this.faults.latencyMs);
    if (this.faults.silent > 0) {
      this.faults.silent -= 1;
      await new Promise((resolve) => request.socket.once('close', resolve));
      return CUT;
    }
    if (url.pathname === '/token' && this.faults.silentTokens > 0) {
      this.faults.silentTokens -= 1;
      await new Promise((resolve) => request.socket.once('close', resolve));
      return CUT;
    }
    if (url.pathname === '/o/oauth2/v2/auth') return this.#consent(url);
    if (url.pathname === '/token') {
      const { status, body } = this.accounts.token(
        new URLSearchParams(String(await bodyOf(request))),
      );
      return { status, json: body };
    }
    if (url.pathname === '/revoke') {
      if (this.faults.tokenTrouble) {
        await drain(request);
        return { status: 503, json: { error: 'backend_error' } };
      }
      const form = new URLSearchParams(String(await bodyOf(request)));
      const token = url.searchParams.get('token') ?? form.get('token') ?? '';
      return this.accounts.revoke(token)
        ? { status: 200, json: {} }
        : { status: 400, json: { error: 'invalid_token' } };
    }
    const what = whatIs(request.method ?? 'GET', url);
    this.calls.set(what, (this.calls.get(what) ?? 0) + 1);
    if (this.#nowMs() < this.#notBeforeMs) {
      this.impatientCalls += 1;
      this.#impatientSince += 1;
      this.mostImpatient = Math.max(this.mostImpatient, this.#impatientSince);
    }
    const refused = this.#refuse(what);
    if (refused !== null) {
      await drain(request);
      return refused;
    }
    const token = /^Bearer (.+)$/u.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const grant = this.accounts.check(token);
    if (grant === null && what !== 'upload' && what !== 'upload-status') {
      await drain(request);
      return errorAnswer(401, 'authError', 'Invalid Credentials');
    }
    const answer = await this.#route(what, request, url, grant?.clientId ?? 'test-client');
    const isCommit = ['create', 'update', 'delete', 'upload'].includes(what);
    if (isCommit && answer !== CUT && answer.status < 300 && this.#hits(this.faults.loseAnswers)) {
      return CUT;
    }
    return answer;
  }

  #refuse(what: string): Answer | null {
    const { faults } = this;
    if (faults.refuseWith !== null) {
      const { status, reason, message = reason } = faults.refuseWith;
      return errorAnswer(status, reason, message);
    }
    if (faults.refuseUploadsWith !== null && ['upload', 'start', 'create'].includes(what)) {
      const { status, reason, message = reason } = faults.refuseUploadsWith;
      return errorAnswer(status, reason, message);
    }
    if (faults.refuseDownloadsOnce !== null && what === 'download') {
      const { status, reason } = faults.refuseDownloadsOnce;
      faults.refuseDownloadsOnce = null;
      return errorAnswer(status, reason, reason);
    }
    if (this.#hits(faults.rateLimited)) {
      const after = faults.retryAfterSeconds;
      if (after !== null) {
        this.refusals += 1;
        this.#notBeforeMs = this.#nowMs() + after * 1000;
        this.#impatientSince = 0;
      }
      return {
        ...errorAnswer(403, 'rateLimitExceeded', 'Rate Limit Exceeded'),
        ...(after === null ? {} : { headers: { 'retry-after': String(after) } }),
      };
    }
    if (this.#hits(faults.unavailable)) {
      return { status: 503, bytes: Buffer.from('<html><body>Service Unavailable</body></html>') };
    }
    return null;
  }

  #consent(url: URL): Answer {
    const result = this.accounts.authorize(url.searchParams);
    return 'redirect' in result
      ? { status: 302, headers: { location: result.redirect } }
      : { status: 400, json: { error: result.problem } };
  }

  async #route(
    what: string,
    request: IncomingMessage,
    url: URL,
    clientId: string,
  ): Promise<Answer | typeof CUT> {
    const id = decodeURIComponent(/\/files\/([^/]+)$/u.exec(url.pathname)?.[1] ?? '');
    switch (what) {
      case 'about':
        return this.#about(url);
      case 'generate-ids': {
        const count = Number(url.searchParams.get('count') ?? 10);
        return { status: 200, json: { ids: this.store.newIds(count), space: 'drive' } };
      }
      case 'start-page-token':
        return { status: 200, json: { startPageToken: String(this.store.changeCount) } };
      case 'changes':
        return this.#changes(url, clientId);
      case 'list':
        return this.#list(url, clientId);
      case 'get':
      case 'download':
        return this.#get(this.#visible(id, clientId), url, request);
      case 'delete': {
        const item = this.#visible(id, clientId);
        if (item === null) return notFound(id);
        this.store.remove(id);
        return { status: 204 };
      }
      case 'update': {
        const change = JSON.parse(String(await bodyOf(request))) as Metadata;
        const item = this.#visible(id, clientId);
        if (item === null) return notFound(id);
        if (change.trashed !== undefined) this.store.trash(id, change.trashed);
        return this.#file(item);
      }
      case 'create':
        return url.searchParams.get('uploadType') === 'multipart'
          ? this.#multipart(request, clientId)
          : this.#insert(JSON.parse(String(await bodyOf(request))) as Metadata, null, clientId);
      case 'start':
        return this.#startSession(request, url, clientId);
      case 'upload':
      case 'upload-status':
        return this.#upload(request, url, clientId);
      default:
        return errorAnswer(
          404,
          'notFound',
          `no such method: ${request.method ?? ''} ${url.pathname}`,
        );
    }
  }

  #about(url: URL): Answer {
    if (!url.searchParams.has('fields')) {
      return errorAnswer(400, 'required', "The 'fields' parameter is required for this method.");
    }
    const usage = String(this.store.usage());
    const inTrash = this.store
      .all()
      .reduce((sum, item) => sum + (item.trashed ? (item.content?.length ?? 0) : 0), 0);
    return {
      status: 200,
      json: {
        user: { kind: 'drive#user', ...this.accounts.account, me: true },
        storageQuota: {
          ...(Number.isFinite(this.faults.quotaBytes)
            ? { limit: String(this.faults.quotaBytes) }
            : {}),
          usage,
          usageInDrive: usage,
          usageInDriveTrash: String(inTrash),
        },
      },
    };
  }

  #changes(url: URL, clientId: string): Answer {
    const position = Number(url.searchParams.get('pageToken'));
    if (!Number.isInteger(position) || position > this.store.changeCount) {
      return errorAnswer(400, 'invalid', 'Invalid page token');
    }
    const limit = Number(url.searchParams.get('pageSize') ?? 100);
    const { ids, next } = this.store.changesFrom(position, limit, this.faults.changesLagMs);
    const changes = [...new Set(ids)].map((fileId) => {
      const item = this.#visible(fileId, clientId);
      return item === null
        ? { kind: 'drive#change', changeType: 'file', removed: true, fileId }
        : {
            kind: 'drive#change',
            changeType: 'file',
            removed: false,
            fileId,
            file: this.#describe(item),
          };
    });
    const more = ids.length === limit && next < this.store.changeCount;
    return {
      status: 200,
      json: {
        kind: 'drive#changeList',
        changes,
        ...(more ? { nextPageToken: String(next) } : { newStartPageToken: String(next) }),
      },
    };
  }

  #list(url: URL, clientId: string): Answer {
    const query = url.searchParams.get('q') ?? '';
    const parents = query.match(/'[^']*' in parents/gu)?.length ?? 0;
    const found = this.store
      .seen(this.faults.listLagMs)
      .filter((item) => item.clientId === clientId && matchesQuery(query, item, this.store));
    const files = this.faults.deafToSeveralParents && parents > 1 ? [] : found;
    const start = Number(url.searchParams.get('pageToken') ?? 0);
    const size = Math.min(1000, Number(url.searchParams.get('pageSize') ?? 100));
    const end = start + size;
    return {
      status: 200,
      json: {
        kind: 'drive#fileList',
        incompleteSearch: this.faults.incompleteSearch,
        files: files.slice(start, end).map((item) => this.#describe(item)),
        ...(end < files.length ? { nextPageToken: String(end) } : {}),
      },
    };
  }

  #get(item: Item | null, url: URL, request: IncomingMessage): Answer {
    const id = url.pathname.split('/').at(-1) ?? '';
    if (id === 'root') return errorAnswer(404, 'notFound', 'File not found: root.');
    if (item === null) return notFound(id);
    if (url.searchParams.get('alt') !== 'media') return this.#file(item);
    if (this.faults.flagged && url.searchParams.get('acknowledgeAbuse') !== 'true') {
      return errorAnswer(
        403,
        'cannotDownloadAbusiveFile',
        'This file has been identified as malware.',
      );
    }
    const content = item.content ?? Buffer.alloc(0);
    const damaged = this.#hits(this.faults.flipDownloads)
      ? flipped(content, this.#random)
      : content;
    const range = /^bytes=(\d+)-(\d+)?$/u.exec(request.headers.range ?? '');
    if (range === null || this.faults.ignoresRanges) return { status: 200, bytes: damaged };
    const first = Number(range[1]);
    if (first >= content.length) {
      return {
        ...errorAnswer(416, 'requestedRangeNotSatisfiable', 'out of range'),
        headers: { 'content-range': `bytes */${content.length}` },
      };
    }
    const last = Math.min(content.length - 1, range[2] === undefined ? Infinity : Number(range[2]));
    const part = content.subarray(first, last + 1);
    return {
      status: 206,
      // Within the part, or the damage would often miss it.
      bytes: damaged === content ? part : flipped(part, this.#random),
      headers: { 'content-range': `bytes ${first}-${last}/${content.length}` },
    };
  }

  async #multipart(request: IncomingMessage, clientId: string): Promise<Answer | typeof CUT> {
    const body = await this.#receive(request);
    if (body.isCut) return CUT;
    const boundary = /boundary="?([^";]+)/u.exec(request.headers['content-type'] ?? '')?.[1] ?? '';
    const [metadata, media] = partsOf(body.bytes, boundary);
    if (metadata === undefined || media === undefined) {
      return errorAnswer(400, 'badContent', 'Malformed multipart body.');
    }
    return this.#insert(JSON.parse(metadata.toString('utf8')) as Metadata, media, clientId);
  }

  async #startSession(request: IncomingMessage, url: URL, clientId: string): Promise<Answer> {
    const metadata = JSON.parse(String(await bodyOf(request))) as Metadata;
    const total = Number(request.headers['x-upload-content-length'] ?? Number.NaN);
    const conflict = this.#conflict(metadata, total, clientId);
    if (conflict !== null) return conflict;
    const token = randomBytes(16).toString('hex');
    this.#sessions.set(token, {
      metadata,
      total,
      replaces: null,
      received: Buffer.alloc(0),
      done: null,
    });
    url.searchParams.set('upload_id', token);
    return { status: 200, headers: { location: url.href } };
  }

  async #upload(
    request: IncomingMessage,
    url: URL,
    clientId: string,
  ): Promise<Answer | typeof CUT> {
    const token = url.searchParams.get('upload_id') ?? '';
    const session = this.#sessions.get(token);
    const range = request.headers['content-range'] ?? '';
    if (session !== undefined && session.done === null && this.#hits(this.faults.loseSessions)) {
      this.#sessions.delete(token);
      await drain(request);
      return notFound(token);
    }
    if (session === undefined) {
      await drain(request);
      return notFound(token);
    }
    if (/^bytes \*\/\d+$/u.test(range)) {
      await drain(request);
      return session.done === null ? kept(session) : this.#file(session.done);
    }
    const match = /^bytes (\d+)-(\d+)\/(\d+)$/u.exec(range);
    const whole = range === '';
    const first = whole ? 0 : Number(match?.[1] ?? Number.NaN);
    if (first !== session.received.length) {
      await drain(request);
      this.disagreements += 1;
      return errorAnswer(400, 'invalid', `expected byte ${session.received.length}, got ${range}`);
    }
    const body = await this.#receive(request);
    if (body.isCut) this.cutUploads += 1;
    const received = Buffer.concat([session.received, body.bytes]);
    if (received.length < session.total) {
      const keep = Math.floor(received.length / KEPT_STEP_BYTES) * KEPT_STEP_BYTES;
      session.received = received.subarray(0, keep);
      return body.isCut ? CUT : kept(session);
    }
    session.received = received;
    const answer = this.#insert(session.metadata, received, clientId);
    if (answer.status >= 400) this.#sessions.delete(token);
    else session.done = this.store.get((answer.json as { readonly id: string }).id);
    return body.isCut ? CUT : answer;
  }

  /** What a create with this metadata is refused with, or null. */
  #conflict(metadata: Metadata, bytes: number, clientId: string): Answer | null {
    if (metadata.id !== undefined) {
      if (!this.store.wasIssued(metadata.id)) {
        return errorAnswer(400, 'invalid', 'The provided file ID is not usable.');
      }
      if (this.store.get(metadata.id) !== null) {
        return errorAnswer(409, 'fileIdInUse', 'A file already exists with the provided ID.');
      }
    }
    for (const parent of metadata.parents ?? []) {
      if (parent !== 'root' && this.#visible(parent, clientId) === null) return notFound(parent);
    }
    if (this.store.usage() + (Number.isFinite(bytes) ? bytes : 0) > this.faults.quotaBytes) {
      return errorAnswer(
        403,
        'storageQuotaExceeded',
        "The user's Drive storage quota has been exceeded.",
      );
    }
    return null;
  }

  #insert(metadata: Metadata, content: Buffer | null, clientId: string): Answer {
    const conflict = this.#conflict(metadata, content?.length ?? 0, clientId);
    if (conflict !== null) return conflict;
    const parents = metadata.parents ?? ['root'];
    return this.#file(
      this.store.create({
        id: metadata.id ?? this.store.newIds(1)[0] ?? '',
        name: metadata.name ?? 'Untitled',
        mimeType:
          metadata.mimeType ?? (content === null ? FOLDER_TYPE : 'application/octet-stream'),
        parents: parents.map((parent) => (parent === 'root' ? this.store.rootId : parent)),
        content: metadata.mimeType === FOLDER_TYPE ? null : (content ?? Buffer.alloc(0)),
        clientId,
      }),
    );
  }

  /** The body of an upload: whole, or as far as it came. */
  async #receive(request: IncomingMessage): Promise<{ bytes: Buffer; isCut: boolean }> {
    const total = Number(request.headers['content-length'] ?? 0);
    const cutAt = this.#hits(this.faults.cutUploads)
      ? Math.floor(total * this.#random())
      : (this.faults.cutUploadsAfterBytes ?? Infinity);
    const stalls = this.faults.stallUploads > 0;
    if (stalls) this.faults.stallUploads -= 1;
    const pieces: Buffer[] = [];
    let length = 0;
    try {
      for await (const piece of request as AsyncIterable<Buffer>) {
        await this.#overTheLine(piece.length);
        pieces.push(piece);
        length += piece.length;
        if (length >= cutAt) break;
        if (stalls) await new Promise((resolve) => request.once('close', resolve));
      }
    } catch {
      return { bytes: Buffer.concat(pieces), isCut: true };
    }
    return {
      bytes: Buffer.concat(pieces).subarray(0, cutAt),
      isCut: length < total || length >= cutAt,
    };
  }

  /** One line for everybody: whoever comes waits until those before have passed. */
  async #overTheLine(bytes: number): Promise<void> {
    const { bytesPerSecond } = this.faults;
    if (bytesPerSecond === null) return;
    const nowMs = performance.now();
    this.#lineFreeMs = Math.max(this.#lineFreeMs, nowMs) + (bytes / bytesPerSecond) * 1000;
    const waitMs = this.#lineFreeMs - nowMs;
    if (waitMs > 2) await sleep(waitMs);
  }

  #visible(id: string, clientId: string): Item | null {
    const item = this.store.get(id);
    return item === null || item.clientId !== clientId ? null : item;
  }

  #describe(item: Item): Record<string, unknown> {
    return describeItem(item, this.store.isTrashed(item), this.faults.withSha256);
  }

  #file(item: Item): Answer {
    return { status: 200, json: this.#describe(item) };
  }

  #hits(chance: number): boolean {
    return chance > 0 && this.#random() < chance;
  }
}

function whatIs(method: string, { pathname, searchParams }: URL): string {
  if (pathname === '/drive/v3/about') return 'about';
  if (pathname === '/drive/v3/changes/startPageToken') return 'start-page-token';
  if (pathname === '/drive/v3/changes') return 'changes';
  if (pathname === '/drive/v3/files/generateIds') return 'generate-ids';
  if (pathname === '/upload/drive/v3/files') {
    // rclone sends the pieces by POST.
    if (method === 'PUT' || searchParams.has('upload_id')) return 'upload';
    return searchParams.get('uploadType') === 'resumable' ? 'start' : 'create';
  }
  if (pathname === '/drive/v3/files') return method === 'POST' ? 'create' : 'list';
  if (pathname.startsWith('/drive/v3/files/')) {
    if (method === 'PATCH') return 'update';
    if (method === 'DELETE') return 'delete';
    return searchParams.get('alt') === 'media' ? 'download' : 'get';
  }
  return 'unknown';
}

function kept({ received }: Session): Answer {
  return {
    status: 308,
    ...(received.length === 0 ? {} : { headers: { range: `bytes=0-${received.length - 1}` } }),
  };
}

function notFound(id: string): Answer {
  return errorAnswer(404, 'notFound', `File not found: ${id}.`);
}

function errorAnswer(code: number, reason: string, message: string): Answer {
  return {
    status: code,
    json: { error: { code, message, errors: [{ domain: 'global', reason, message }] } },
  };
}

function flipped(bytes: Buffer, random: () => number): Buffer {
  if (bytes.length === 0) return bytes;
  const copy = Buffer.from(bytes);
  const at = Math.floor(random() * copy.length);
  copy.writeUInt8(copy.readUInt8(at) ^ (1 << Math.floor(random() * 8)), at);
  return copy;
}

/** The bodies of a multipart/related message. */
function partsOf(body: Buffer, boundary: string): Buffer[] {
  const mark = Buffer.from(`--${boundary}`);
  const parts: Buffer[] = [];
  let at = body.indexOf(mark);
  for (;;) {
    const start = at + mark.length;
    const next = body.indexOf(mark, start);
    if (next === -1) return parts;
    const headersEnd = body.indexOf('\r\n\r\n', start);
    parts.push(body.subarray(headersEnd + 4, next - 2));
    at = next;
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function drain(request: IncomingMessage): Promise<void> {
  await bodyOf(request).catch(() => undefined);
}

async function sleep(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
