/**
 * Single requests to Google Drive. Nothing here knows repositories.
 * Source: Google's reference of the Drive API v3; the page "Download files".
 */
import type { Readable } from 'node:stream';
import type { drive_v3 } from 'googleapis/build/src/apis/drive/index.js';
import { HoldfastError } from '../../../../shared/errors.ts';
import type { CredentialsOf } from '../../../../shared/model/destination.ts';
import type { ByteRange } from '../backend.ts';
import { receive } from '../remote/transfer.ts';
import {
  FILE_FIELDS,
  FOLDER_TYPE,
  itemOf,
  orNull,
  type DriveItem,
  type NewFile,
} from './drive-item.ts';
import { DriveTransport, type DriveMeans } from './drive-transport.ts';
import { DriveUploads } from './drive-uploads.ts';

const PAGE_SIZE = 1000;

interface DriveChange {
  readonly id: string;
  /** null when it was deleted or cannot be seen any more. */
  readonly item: DriveItem | null;
}

export interface DriveChanges {
  readonly changes: readonly DriveChange[];
  /** Where to go on from. */
  readonly token: string;
}

export interface DriveAccount {
  readonly id: string;
  readonly name: string;
  /** null when there is no limit of its own. */
  readonly limitBytes: number | null;
  readonly usedBytes: number;
  readonly trashedBytes: number;
}

export class DriveClient {
  readonly uploads: DriveUploads;
  readonly #transport: DriveTransport;

  constructor(credentials: CredentialsOf<'google'>, means: DriveMeans) {
    this.#transport = new DriveTransport(credentials, means);
    this.uploads = new DriveUploads(this.#transport);
  }

  /** The person has signed in to the same account again. */
  signIn(credentials: Pick<CredentialsOf<'google'>, 'refreshToken'>): void {
    this.#transport.signIn(credentials);
  }

  async account(signal?: AbortSignal): Promise<DriveAccount> {
    const { user, storageQuota } = await this.#transport.call(
      'read',
      'about.get',
      signal,
      (options) =>
        this.#transport.drive.about.get(
          { fields: 'user(permissionId,emailAddress),storageQuota' },
          options,
        ),
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
    const { ids } = await this.#transport.call('read', 'files.generateIds', signal, (options) =>
      this.#transport.drive.files.generateIds({ count, space: 'drive', type: 'files' }, options),
    );
    return ids ?? [];
  }

  /** null for what is not there, or was put there by another app. */
  async get(id: string, signal?: AbortSignal): Promise<DriveItem | null> {
    return orNull(
      this.#transport
        .call('read', 'files.get', signal, (options) =>
          this.#transport.drive.files.get({ fileId: id, fields: FILE_FIELDS }, options),
        )
        .then(itemOf),
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
    const { startPageToken } = await this.#transport.call(
      'read',
      'changes.getStartPageToken',
      signal,
      (options) => this.#transport.drive.changes.getStartPageToken({}, options),
    );
    return startPageToken ?? '';
  }

  /** null when the token is not valid any more: then everything has to be listed. */
  async changesSince(token: string, signal?: AbortSignal): Promise<DriveChanges | null> {
    const changes: DriveChange[] = [];
    for (let pageToken = token; ;) {
      const at = pageToken;
      let page: drive_v3.Schema$ChangeList;
      try {
        page = await this.#transport.call('read', 'changes.list', signal, (options) =>
          this.#transport.drive.changes.list(
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

  /**
   * Makes a folder under an id that was asked for beforehand. Safe to repeat: the second time finds the first. What lies under the id is
   * returned as it is; null when something does that cannot be seen.
   */
  async createFolder(
    folder: NewFile,
    mayExist: boolean,
    signal?: AbortSignal,
  ): Promise<DriveItem | null> {
    let look = mayExist;
    return this.#transport.once('create', 'files.create', signal, async (options) => {
      if (look) {
        const existing = await this.#transport.lookUp(folder.id, options);
        if (existing !== null) return existing;
      }
      look = true;
      return this.#transport.orExisting(
        folder.id,
        options,
        this.#transport.drive.files
          .create(
            {
              requestBody: {
                id: folder.id,
                name: folder.name,
                mimeType: FOLDER_TYPE,
                parents: [folder.parent],
              },
              fields: FILE_FIELDS,
            },
            { rootUrl: options.rootUrl, retry: options.retry, signal: options.signal },
          )
          .then(({ data }) => itemOf(data)),
      );
    });
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
    return this.#transport.once('read', 'files.get media', signal, async (options) => {
      const [first, last] = [offset + received, offset + length - 1];
      const isWhole = first === 0 && length === sizeBytes;
      const { watch } = options;
      const { status, headers, data } = await this.#transport.auth.request<Readable>({
        url: `${this.#transport.rootUrl}drive/v3/files/${encodeURIComponent(id)}?alt=media${acknowledgeAbuse ? '&acknowledgeAbuse=true' : ''}`,
        headers: isWhole ? {} : { range: `bytes=${first}-${last}` },
        responseType: 'stream',
        retry: false,
        signal: watch.signal,
        // The body of a failure is read below; the library leaves a stream unparsed.
        validateStatus: () => true,
      });
      if (status >= 400) {
        const { bytes } = await receive(data, 64 * 1024, this.#transport.means.bandwidth, watch);
        const refusal = { response: { status, headers, data: bytes.toString('utf8') } };
        const classified = this.#transport.classify(refusal, 'files.get media');
        if (classified.code === 'drive/flagged-file' && !acknowledgeAbuse) {
          // Sealed bytes can look like anything; the owner may insist.
          acknowledgeAbuse = true;
          this.#transport.means.log.warn(
            'Google holds a file for harmful; asking for it all the same',
            {
              id,
            },
          );
          throw new HoldfastError(classified.code, { retry: 'now', context: classified.context });
        }
        if (status === 401) throw Object.assign(new Error('unauthorized'), refusal);
        throw classified;
      }
      // A server may answer a range with everything.
      const skip = status === 200 ? first : 0;
      const { bytes, failure } = await receive(
        data,
        skip + length,
        this.#transport.means.bandwidth,
        watch,
      );
      const wanted = bytes.subarray(skip, skip + length - received);
      pieces.push(wanted);
      received += wanted.length;
      if (failure !== null && received < length) throw failure;
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
      this.#transport.call('write', 'files.update', signal, (options) =>
        this.#transport.drive.files.update(
          { fileId: id, requestBody: { trashed: true }, fields: 'id' },
          options,
        ),
      ),
    );
  }

  /** For ever. Harmless when it is gone. */
  async remove(id: string, signal?: AbortSignal): Promise<void> {
    await orNull(
      this.#transport.call('write', 'files.delete', signal, (options) =>
        this.#transport.drive.files.delete({ fileId: id }, options),
      ),
    );
  }

  async #list(q: string, signal?: AbortSignal): Promise<DriveItem[]> {
    const items: DriveItem[] = [];
    for (let pageToken: string | undefined; ;) {
      const at = pageToken;
      const page = await this.#transport.call('read', 'files.list', signal, (options) =>
        this.#transport.drive.files.list(
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
}

/** For a query: `'` and `\` are escaped. */
function quoted(text: string): string {
  return text.replaceAll(/['\\]/gu, String.raw`\$&`);
}
