/**
 * Single requests to Google Drive, each through the gate: what Google's library does well (sign-in, typed calls) is left to it, its own
 * retries are off, and the resumable upload is spoken by hand over its authenticated transport. Nothing here knows repositories.
 * Source: Google's reference of the Drive API v3; the pages "Upload file data" and "Download files".
 */
import type { Readable } from 'node:stream';
import { auth, drive, type drive_v3 } from 'googleapis/build/src/apis/drive/index.js';
import { HoldfastError } from '../../../../shared/errors.ts';
import type { CredentialsOf } from '../../../../shared/model/destination.ts';
import type { Clock, Log } from '../../ports.ts';
import type { ByteRange } from '../backend.ts';
import type { CallGate, CallKind } from '../remote/call-gate.ts';
import { receive, uploadBody, watchingForStalls, type Bandwidth } from '../remote/transfer.ts';
import { classifyDriveError, failureOf, isUnclear } from './drive-errors.ts';

export const FOLDER_TYPE = 'application/vnd.google-apps.folder';
const BINARY_TYPE = 'application/octet-stream';
const PAGE_SIZE = 1000;
const FILE_FIELDS =
  'id,name,mimeType,parents,size,md5Checksum,sha256Checksum,trashed,createdTime,modifiedTime';
const HTTP_RESUME_INCOMPLETE = 308;
/** About how far an upload has come; then it begins anew. */
const MAX_DISAGREEMENTS = 3;
const NS_A_MS = 1_000_000n;

/** A file or folder as Google tells it. */
export interface DriveItem {
  readonly id: string;
  readonly name: string;
  readonly isFolder: boolean;
  readonly parent: string | null;
  /** null for folders and for Google's own documents. */
  readonly sizeBytes: number | null;
  readonly md5: string | null;
  /** Can be missing; then md5 and size have to do. */
  readonly sha256: string | null;
  readonly isTrashed: boolean;
  readonly createdMs: number;
}

export interface DriveChange {
  readonly id: string;
  /** null when it was deleted or cannot be seen any more. */
  readonly item: DriveItem | null;
}

export interface DriveAccount {
  readonly id: string;
  readonly name: string;
  /** null when there is no limit of its own. */
  readonly limitBytes: number | null;
  readonly usedBytes: number;
  readonly trashedBytes: number;
}

export interface NewFile {
  readonly id: string;
  readonly name: string;
  readonly parent: string;
}

/** What is known of an upload that was begun. */
export type UploadState =
  | { readonly kind: 'done'; readonly item: DriveItem }
  | { readonly kind: 'going'; readonly receivedBytes: number }
  | { readonly kind: 'lost' };

export interface DriveMeans {
  readonly clock: Clock;
  readonly log: Log;
  readonly gate: CallGate;
  readonly bandwidth: Bandwidth;
  readonly stallMs: number;
}

export class DriveClient {
  readonly #means: DriveMeans;
  readonly #auth: InstanceType<typeof auth.OAuth2>;
  readonly #drive: drive_v3.Drive;
  readonly #rootUrl: string;
  #refreshing: Promise<void> | null = null;

  constructor(credentials: CredentialsOf<'google'>, means: DriveMeans) {
    const { clientId, clientSecret, refreshToken, servers } = credentials;
    this.#means = means;
    this.#rootUrl = servers.apiUrl;
    this.#auth = new auth.OAuth2({
      clientId,
      clientSecret,
      endpoints: {
        oauth2AuthBaseUrl: servers.authUrl,
        oauth2TokenUrl: servers.tokenUrl,
        oauth2RevokeUrl: servers.revokeUrl,
      },
    });
    this.signIn({ refreshToken });
    this.#drive = drive({ version: 'v3', auth: this.#auth, rootUrl: servers.apiUrl, retry: false });
  }

  /** The person has signed in to the same account again. */
  signIn({ refreshToken }: Pick<CredentialsOf<'google'>, 'refreshToken'>): void {
    this.#auth.setCredentials({ refresh_token: refreshToken });
  }

  async account(signal?: AbortSignal): Promise<DriveAccount> {
    const { user, storageQuota } = await this.#call('read', 'about.get', signal, (options) =>
      this.#drive.about.get({ fields: 'user(permissionId,emailAddress),storageQuota' }, options),
    );
    return {
      id: user?.permissionId ?? '',
      name: user?.emailAddress ?? '',
      limitBytes: storageQuota?.limit == null ? null : Number(storageQuota.limit),
      usedBytes: Number(storageQuota?.usage ?? 0),
      trashedBytes: Number(storageQuota?.usageInDriveTrash ?? 0),
    };
  }

  async newIds(count: number, signal?: AbortSignal): Promise<string[]> {
    const { ids } = await this.#call('read', 'files.generateIds', signal, (options) =>
      this.#drive.files.generateIds({ count, space: 'drive', type: 'files' }, options),
    );
    return ids ?? [];
  }

  /** null for what is not there, or was put there by another app. */
  async get(id: string, signal?: AbortSignal): Promise<DriveItem | null> {
    return orNull(
      this.#call('read', 'files.get', signal, (options) =>
        this.#drive.files.get({ fileId: id, fields: FILE_FIELDS }, options),
      ).then(itemOf),
    );
  }

  /** Everything directly inside any of the folders that is not in the trash. */
  async children(parents: readonly string[], signal?: AbortSignal): Promise<DriveItem[]> {
    const within = parents.map((id) => `'${quoted(id)}' in parents`).join(' or ');
    return this.#list(`(${within}) and trashed = false`, signal);
  }

  /** Folders of exactly this name, oldest first. */
  async foldersNamed(parent: string, name: string, signal?: AbortSignal): Promise<DriveItem[]> {
    const found = await this.#list(
      `'${quoted(parent)}' in parents and name = '${quoted(name)}' and mimeType = '${FOLDER_TYPE}' and trashed = false`,
      signal,
    );
    // Google compares without regard to case.
    return found
      .filter((item) => item.name === name)
      .toSorted((a, b) => a.createdMs - b.createdMs || (a.id < b.id ? -1 : 1));
  }

  async startPageToken(signal?: AbortSignal): Promise<string> {
    const { startPageToken } = await this.#call(
      'read',
      'changes.getStartPageToken',
      signal,
      (options) => this.#drive.changes.getStartPageToken({}, options),
    );
    return startPageToken ?? '';
  }

  /** null when the token is not valid any more: then everything has to be listed. */
  async changesSince(
    token: string,
    signal?: AbortSignal,
  ): Promise<{ readonly changes: DriveChange[]; readonly token: string } | null> {
    const changes: DriveChange[] = [];
    for (let pageToken = token; ;) {
      const at = pageToken;
      let page: drive_v3.Schema$ChangeList;
      try {
        page = await this.#call('read', 'changes.list', signal, (options) =>
          this.#drive.changes.list(
            {
              pageToken: at,
              pageSize: PAGE_SIZE,
              spaces: 'drive',
              includeRemoved: true,
              restrictToMyDrive: false,
              fields: `nextPageToken,newStartPageToken,changes(fileId,removed,file(${FILE_FIELDS}))`,
            },
            options,
          ),
        );
      } catch (error) {
        const invalid =
          error instanceof HoldfastError &&
          [400, 404, 410].includes(Number(error.context['status']));
        if (invalid) return null;
        throw error;
      }
      for (const { fileId, removed, file } of page.changes ?? []) {
        if (typeof fileId !== 'string') continue;
        changes.push({ id: fileId, item: removed === true || file == null ? null : itemOf(file) });
      }
      if (typeof page.nextPageToken === 'string') pageToken = page.nextPageToken;
      else return { changes, token: page.newStartPageToken ?? pageToken };
    }
  }

  /** Makes a folder under an id that was asked for beforehand. Safe to repeat: the second time finds the first. */
  async createFolder(folder: NewFile, mayExist: boolean, signal?: AbortSignal): Promise<DriveItem> {
    let look = mayExist;
    return this.#once('create', 'files.create', signal, async (options) => {
      if (look) {
        const existing = await this.#look(folder.id, options.signal);
        if (existing !== null) return existing;
      }
      look = true;
      const { data } = await this.#drive.files.create(
        {
          requestBody: {
            id: folder.id,
            name: folder.name,
            mimeType: FOLDER_TYPE,
            parents: [folder.parent],
          },
          fields: FILE_FIELDS,
        },
        options,
      );
      return itemOf(data);
    });
  }

  /**
   * Stores a small file in one request. Safe to repeat. What is found under the id from an earlier attempt is returned as it is: the
   * caller compares.
   */
  async createSmall(
    file: NewFile,
    bytes: Uint8Array,
    mayExist: boolean,
    signal?: AbortSignal,
  ): Promise<DriveItem> {
    let look = mayExist;
    const boundary = `holdfast-${file.id}`;
    const metadata = JSON.stringify({
      id: file.id,
      name: file.name,
      parents: [file.parent],
      mimeType: BINARY_TYPE,
    });
    const body = Buffer.concat([
      Buffer.from(
        `--${boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n${metadata}\r\n` +
          `--${boundary}\r\nContent-Type: ${BINARY_TYPE}\r\n\r\n`,
      ),
      bytes,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]);
    return this.#once('create', 'files.create', signal, async (options) => {
      if (look) {
        const existing = await this.#look(file.id, options.signal);
        if (existing !== null) return existing;
      }
      const { data } = await watchingForStalls(this.#means.stallMs, options.signal, (watch) =>
        this.#auth.request<drive_v3.Schema$File>({
          method: 'POST',
          url: `${this.#rootUrl}upload/drive/v3/files?uploadType=multipart&fields=${encodeURIComponent(FILE_FIELDS)}`,
          headers: {
            'content-type': `multipart/related; boundary=${boundary}`,
            'content-length': String(body.length),
          },
          data: uploadBody(body, this.#means.bandwidth, watch),
          responseType: 'json',
          retry: false,
          signal: watch.signal,
        }),
      ).catch((error: unknown) => {
        // Whether it was carried out is known only after a refusal.
        const classified = this.#classify(error, 'files.create');
        look = isUnclear(classified) || Number(classified.context['status']) === 409;
        throw classified;
      });
      return itemOf(data);
    });
  }

  /** The address of a new upload session. Whoever has it can write the file: it is a secret. */
  async startUpload(
    file: NewFile,
    sizeBytes: number,
    signal?: AbortSignal,
  ): Promise<{ readonly session: string } | 'exists'> {
    return this.#once('create', 'upload start', signal, async (options) => {
      try {
        const { headers } = await this.#auth.request({
          method: 'POST',
          url: `${this.#rootUrl}upload/drive/v3/files?uploadType=resumable&fields=${encodeURIComponent(FILE_FIELDS)}`,
          headers: {
            'x-upload-content-type': BINARY_TYPE,
            'x-upload-content-length': String(sizeBytes),
          },
          data: { id: file.id, name: file.name, parents: [file.parent], mimeType: BINARY_TYPE },
          responseType: 'json',
          retry: false,
          signal: options.signal,
        });
        const session = headers.get('location');
        if (session === null) throw new HoldfastError('backend/unavailable', { retry: 'now' });
        return { session };
      } catch (error) {
        const classified = this.#classify(error, 'upload start');
        if (Number(classified.context['status']) === 409) return 'exists';
        throw classified;
      }
    });
  }

  /** One attempt to send the rest; how far it came is asked for afterwards where that is not clear. */
  async continueUpload(
    session: string,
    bytes: Uint8Array,
    fromByte: number,
    signal?: AbortSignal,
  ): Promise<UploadState> {
    let known: number | null = fromByte;
    let disagreements = 0;
    return this.#once('write', 'upload', signal, async (options) => {
      if (known === null) {
        const state = await this.#askUpload(session, bytes.length, options.signal);
        if (state.kind !== 'going') return state;
        known = state.receivedBytes;
      }
      try {
        const state = await this.#send(session, bytes, known, options.signal);
        if (state.kind === 'going') {
          // It took less than was sent. What it kept counts.
          known = state.receivedBytes;
          throw new HoldfastError('backend/unavailable', {
            retry: 'now',
            context: { what: 'upload' },
          });
        }
        return state;
      } catch (error) {
        const classified = this.#classify(error, 'upload');
        const status = Number(classified.context['status'] ?? 0);
        if (status === 404 || status === 410) return { kind: 'lost' };
        if (status === 400) {
          // It has got further than we know: bytes of an earlier attempt that was cut off were still on their way.
          disagreements += 1;
          if (disagreements > MAX_DISAGREEMENTS) return { kind: 'lost' };
          known = null;
          throw new HoldfastError('backend/unavailable', { retry: 'now', context: { status } });
        }
        // A refusal took nothing; anything else may have.
        if (classified.code !== 'backend/slow-down' && known === fromByte) known = null;
        throw classified;
      }
    });
  }

  /** How far an upload of an earlier run came. */
  async uploadState(
    session: string,
    sizeBytes: number,
    signal?: AbortSignal,
  ): Promise<UploadState> {
    return this.#once('read', 'upload state', signal, (options) =>
      this.#askUpload(session, sizeBytes, options.signal),
    );
  }

  /**
   * A file, or a range of it. A body that breaks off is continued from the byte it reached. Lengths are exact; what the bytes are is for
   * the caller to verify. Throws `backend/not-found`, `backend/io` for a range past the end.
   */
  async download(
    id: string,
    sizeBytes: number,
    range?: ByteRange,
    signal?: AbortSignal,
  ): Promise<Buffer> {
    const { offset, length } = range ?? { offset: 0, length: sizeBytes };
    if (offset + length > sizeBytes) {
      throw new HoldfastError('backend/io', {
        context: { reason: 'range past the end of the file' },
      });
    }
    if (length === 0) return Buffer.alloc(0);
    const pieces: Buffer[] = [];
    let received = 0;
    let acknowledgeAbuse = false;
    return this.#once('read', 'files.get media', signal, async (options) => {
      const [first, last] = [offset + received, offset + length - 1];
      const isWhole = first === 0 && length === sizeBytes;
      await watchingForStalls(this.#means.stallMs, options.signal, async (watch) => {
        const { status, headers, data } = await this.#auth.request<Readable>({
          url: `${this.#rootUrl}drive/v3/files/${encodeURIComponent(id)}?alt=media${acknowledgeAbuse ? '&acknowledgeAbuse=true' : ''}`,
          headers: isWhole ? {} : { range: `bytes=${first}-${last}` },
          responseType: 'stream',
          retry: false,
          signal: watch.signal,
          // The body of a failure is read below; the library leaves a stream unparsed.
          validateStatus: () => true,
        });
        if (status >= 400) {
          const { bytes } = await receive(data, 64 * 1024, this.#means.bandwidth, watch);
          const refusal = { response: { status, headers, data: bytes.toString('utf8') } };
          const classified = this.#classify(refusal, 'files.get media');
          if (classified.code === 'drive/flagged-file' && !acknowledgeAbuse) {
            // Sealed bytes can look like anything; the owner may insist.
            acknowledgeAbuse = true;
            this.#means.log.warn('Google holds a file for harmful; asking for it all the same', {
              id,
            });
            throw new HoldfastError(classified.code, { retry: 'now', context: classified.context });
          }
          if (status === 401) throw Object.assign(new Error('unauthorized'), refusal);
          throw classified;
        }
        // A server may answer a range with everything.
        const skip = status === 200 ? first : 0;
        const { bytes, failure } = await receive(data, skip + length, this.#means.bandwidth, watch);
        const wanted = bytes.subarray(skip, skip + length - received);
        pieces.push(wanted);
        received += wanted.length;
        if (failure !== null && received < length) throw failure;
      });
      if (received < length) {
        throw new HoldfastError('backend/unavailable', {
          retry: 'now',
          context: { what: 'download' },
        });
      }
      return Buffer.concat(pieces);
    });
  }

  /** Files of that very name that this sign-in may see, wherever they lie. */
  async filesNamed(name: string, signal?: AbortSignal): Promise<DriveItem[]> {
    const items = await this.#list(`name = '${quoted(name)}' and trashed = false`, signal);
    // Google's comparison ignores case.
    return items.filter((item) => item.name === name && !item.isFolder);
  }

  /** Recoverable for 30 days, and counted against the storage meanwhile. Harmless when it is gone. */
  async trash(id: string, signal?: AbortSignal): Promise<void> {
    await orNull(
      this.#call('write', 'files.update', signal, (options) =>
        this.#drive.files.update(
          { fileId: id, requestBody: { trashed: true }, fields: 'id' },
          options,
        ),
      ),
    );
  }

  /** For ever. Harmless when it is gone. */
  async remove(id: string, signal?: AbortSignal): Promise<void> {
    await orNull(
      this.#call('write', 'files.delete', signal, (options) =>
        this.#drive.files.delete({ fileId: id }, options),
      ),
    );
  }

  async #list(q: string, signal?: AbortSignal): Promise<DriveItem[]> {
    const items: DriveItem[] = [];
    for (let pageToken: string | undefined; ;) {
      const at = pageToken;
      const page = await this.#call('read', 'files.list', signal, (options) =>
        this.#drive.files.list(
          {
            q,
            pageSize: PAGE_SIZE,
            corpora: 'user',
            spaces: 'drive',
            fields: `nextPageToken,incompleteSearch,files(${FILE_FIELDS})`,
            ...(at === undefined ? {} : { pageToken: at }),
          },
          options,
        ),
      );
      if (page.incompleteSearch === true) {
        throw new HoldfastError('drive/listing-incomplete', { retry: 'later' });
      }
      for (const file of page.files ?? []) items.push(itemOf(file));
      if (typeof page.nextPageToken !== 'string') return items;
      pageToken = page.nextPageToken;
    }
  }

  async #look(id: string, signal: AbortSignal): Promise<DriveItem | null> {
    try {
      const { data } = await this.#drive.files.get(
        { fileId: id, fields: FILE_FIELDS },
        requestOptions(this.#rootUrl, signal),
      );
      return itemOf(data);
    } catch (error) {
      const classified = this.#classify(error, 'files.get');
      if (classified.code === 'backend/not-found') return null;
      throw classified;
    }
  }

  async #send(
    session: string,
    bytes: Uint8Array,
    fromByte: number,
    signal: AbortSignal | undefined,
  ): Promise<UploadState> {
    const rest = bytes.subarray(fromByte);
    return watchingForStalls(this.#means.stallMs, signal, async (watch) =>
      uploadAnswer(
        await this.#auth.request<drive_v3.Schema$File>({
          method: 'PUT',
          url: session,
          headers: {
            'content-length': String(rest.length),
            'content-range': `bytes ${fromByte}-${bytes.length - 1}/${bytes.length}`,
          },
          data: uploadBody(rest, this.#means.bandwidth, watch),
          responseType: 'json',
          retry: false,
          signal: watch.signal,
          validateStatus: isUploadStatus,
        }),
      ),
    );
  }

  async #askUpload(session: string, sizeBytes: number, signal: AbortSignal): Promise<UploadState> {
    try {
      return uploadAnswer(
        await this.#auth.request<drive_v3.Schema$File>({
          method: 'PUT',
          url: session,
          headers: { 'content-length': '0', 'content-range': `bytes */${sizeBytes}` },
          responseType: 'json',
          retry: false,
          signal,
          validateStatus: isUploadStatus,
        }),
      );
    } catch (error) {
      const classified = this.#classify(error, 'upload state');
      const status = Number(classified.context['status'] ?? 0);
      // Every refusal of an upload that was begun means to begin again, but for "later" and "who are you".
      const again = status >= 400 && status < 500 && ![401, 403, 408, 429].includes(status);
      if (again) return { kind: 'lost' };
      throw classified;
    }
  }

  async #call<T>(
    kind: CallKind,
    what: string,
    signal: AbortSignal | undefined,
    send: (options: RequestOptions) => Promise<{ readonly data: T }>,
  ): Promise<T> {
    return this.#once(kind, what, signal, async (options) => (await send(options)).data);
  }

  /** One call through the gate, repeated as the gate decides. A refused token is renewed once. */
  async #once<T>(
    kind: CallKind,
    what: string,
    signal: AbortSignal | undefined,
    send: (options: RequestOptions) => Promise<T>,
  ): Promise<T> {
    let renewed = false;
    return this.#means.gate.run(
      kind,
      async () => {
        try {
          await this.#haveToken();
          return await send(requestOptions(this.#rootUrl, signal));
        } catch (error) {
          signal?.throwIfAborted();
          const unauthorized =
            failureOf(error, 0)?.status === 401 ||
            (error instanceof HoldfastError && error.context['status'] === 401);
          if (unauthorized && !renewed) {
            renewed = true;
            await this.#renew();
            // At once and without counting against the storage: it has refused nothing but the token.
            return await send(requestOptions(this.#rootUrl, signal)).catch((again: unknown) => {
              throw this.#classify(again, what);
            });
          }
          throw this.#classify(error, what);
        }
      },
      signal,
    );
  }

  async #haveToken(): Promise<void> {
    const { access_token: token, expiry_date: expiry } = this.#auth.credentials;
    const isFresh = typeof token === 'string' && (expiry ?? 0) > Date.now() + 60_000;
    if (!isFresh) await this.#renew();
  }

  /** One renewal for all calls that wait for it. `invalid_grant` is final. */
  async #renew(): Promise<void> {
    this.#refreshing ??= this.#auth
      .refreshAccessToken()
      .then(() => undefined)
      .catch((error: unknown) => {
        throw refusedSignIn(error) ?? this.#classify(error, 'token');
      })
      .finally(() => {
        this.#refreshing = null;
      });
    await this.#refreshing;
  }

  #classify(error: unknown, what: string): HoldfastError {
    return classifyDriveError(error, what, Number(this.#means.clock.nowNs() / NS_A_MS));
  }
}

interface RequestOptions {
  readonly rootUrl: string;
  readonly retry: false;
  readonly signal: AbortSignal;
}

/** `rootUrl` again with each call: the library moves uploads only so. */
function requestOptions(rootUrl: string, signal: AbortSignal | undefined): RequestOptions {
  return { rootUrl, retry: false, signal: signal ?? new AbortController().signal };
}

/** The two ends of a sign-in that cannot be repeated away (RFC 6749, section 5.2). */
function refusedSignIn(error: unknown): HoldfastError | null {
  const data = (error as { readonly response?: { readonly data?: { readonly error?: unknown } } })
    .response?.data;
  if (data?.error === 'invalid_grant') return new HoldfastError('drive/sign-in-ended');
  if (data?.error === 'invalid_client' || data?.error === 'unauthorized_client') {
    return new HoldfastError('drive/client-refused');
  }
  return null;
}

async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'backend/not-found') return null;
    throw error;
  }
}

function isUploadStatus(status: number): boolean {
  return (status >= 200 && status < 300) || status === HTTP_RESUME_INCOMPLETE;
}

function uploadAnswer(response: {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly data: drive_v3.Schema$File;
}): UploadState {
  if (response.status !== HTTP_RESUME_INCOMPLETE)
    return { kind: 'done', item: itemOf(response.data) };
  const range = /^bytes=0-(\d+)$/u.exec(response.headers.get('range') ?? '');
  // No range: nothing was kept.
  return { kind: 'going', receivedBytes: range === null ? 0 : Number(range[1]) + 1 };
}

function itemOf(file: drive_v3.Schema$File): DriveItem {
  return {
    id: file.id ?? '',
    name: file.name ?? '',
    isFolder: file.mimeType === FOLDER_TYPE,
    parent: file.parents?.[0] ?? null,
    sizeBytes: file.size == null ? null : Number(file.size),
    md5: file.md5Checksum ?? null,
    sha256: file.sha256Checksum ?? null,
    isTrashed: file.trashed === true,
    createdMs: Date.parse(file.createdTime ?? '') || 0,
  };
}

/** For a query: `'` and `\` are escaped. */
function quoted(text: string): string {
  return text.replaceAll(/['\\]/gu, String.raw`\$&`);
}
