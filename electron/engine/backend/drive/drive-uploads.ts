/**
 * Uploads to Google Drive, each safe to repeat because its id was asked for beforehand: small files in one request, larger ones by the resumable
 * protocol, spoken by hand over the authenticated transport.
 * Source: Google's page "Upload file data".
 */
import type { drive_v3 } from 'googleapis/build/src/apis/drive/index.js';
import { HoldfastError } from '../../../../shared/errors.ts';
import { inMemory, uploadBody, type UploadSource } from '../remote/upload-source.ts';
import type { StallWatch } from '../remote/transfer.ts';
import { isUnclear } from './drive-errors.ts';
import { BINARY_TYPE, FILE_FIELDS, itemOf, type DriveItem, type NewFile } from './drive-item.ts';
import type { DriveTransport } from './drive-transport.ts';

const HTTP_RESUME_INCOMPLETE = 308;
/** About how far an upload has come; then it begins anew. */
const MAX_DISAGREEMENTS = 3;

/** What is known of an upload that was begun. */
export type UploadState =
  | { readonly kind: 'done'; readonly item: DriveItem }
  | { readonly kind: 'going'; readonly receivedBytes: number }
  | { readonly kind: 'lost' };

export class DriveUploads {
  readonly #transport: DriveTransport;

  constructor(transport: DriveTransport) {
    this.#transport = transport;
  }

  /**
   * Stores a small file in one request. Safe to repeat. What is found under the id, mostly of an earlier attempt, is returned as it is: the
   * caller compares. null when something is there that cannot be seen.
   */
  async createSmall(
    file: NewFile,
    bytes: Uint8Array,
    mayExist: boolean,
    signal?: AbortSignal,
  ): Promise<DriveItem | null> {
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
    return this.#transport.once('create', 'files.create', signal, async (options) => {
      if (look) {
        const existing = await this.#transport.lookUp(file.id, options);
        if (existing !== null) return existing;
      }
      const { watch } = options;
      const creating = this.#transport.auth
        .request<drive_v3.Schema$File>({
          method: 'POST',
          url: `${this.#transport.rootUrl}upload/drive/v3/files?uploadType=multipart&fields=${encodeURIComponent(FILE_FIELDS)}`,
          headers: {
            'content-type': `multipart/related; boundary=${boundary}`,
            'content-length': String(body.length),
          },
          data: uploadBody(inMemory(body), 0, this.#transport.means.bandwidth, watch),
          responseType: 'json',
          retry: false,
          signal: watch.signal,
        })
        .then(({ data }) => itemOf(data));
      return this.#transport.orExisting(file.id, options, creating).catch((error: unknown) => {
        // Whether it was carried out is known only after a refusal.
        const classified = this.#transport.classify(error, 'files.create');
        look = isUnclear(classified);
        throw classified;
      });
    });
  }

  /** The address of a new upload session. Whoever has it can write the file: it is a secret. */
  async startUpload(
    file: NewFile,
    sizeBytes: number,
    signal?: AbortSignal,
  ): Promise<{ readonly session: string } | 'exists'> {
    return this.#transport.once('create', 'upload start', signal, async (options) => {
      try {
        const { headers } = await this.#transport.auth.request({
          method: 'POST',
          url: `${this.#transport.rootUrl}upload/drive/v3/files?uploadType=resumable&fields=${encodeURIComponent(FILE_FIELDS)}`,
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
        const classified = this.#transport.classify(error, 'upload start');
        if (classified.context['status'] === 409) return 'exists';
        throw classified;
      }
    });
  }

  /** One attempt to send the rest; how far it came is asked for afterwards where that is not clear. */
  async continueUpload(
    session: string,
    source: UploadSource,
    fromByte: number,
    signal?: AbortSignal,
  ): Promise<UploadState> {
    let known: number | null = fromByte;
    let furthest = fromByte;
    let disagreements = 0;
    return this.#transport.once('write', 'upload', signal, async (options) => {
      if (known === null) {
        const state = await this.#askUpload(session, source.sums.sizeBytes, options.signal);
        options.watch.touch();
        if (state.kind !== 'going') return state;
        known = state.receivedBytes;
        // Only those in a row count: a weak line may be cut for as often as it likes, as long as it brings something.
        if (known > furthest) disagreements = 0;
        furthest = Math.max(furthest, known);
      }
      const sentFrom = known;
      // After any end but a clear one, how far it came is asked for: it may have taken anything.
      known = null;
      try {
        const state = await this.#send(session, source, sentFrom, options.watch);
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
        const classified = this.#transport.classify(error, 'upload');
        const status = Number(classified.context['status'] ?? 0);
        // In use: another process has ended the same create. Whoever begins again finds it.
        if ([404, 409, 410].includes(status)) return { kind: 'lost' };
        if (status === 400) {
          // It has got further than we know: bytes of an earlier attempt that was cut off were still on their way.
          disagreements += 1;
          if (disagreements > MAX_DISAGREEMENTS) return { kind: 'lost' };
          throw new HoldfastError('backend/unavailable', { retry: 'now', context: { status } });
        }
        // A refusal took nothing.
        if (classified.code === 'backend/slow-down') known = sentFrom;
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
    return this.#transport.once('read', 'upload state', signal, (options) =>
      this.#askUpload(session, sizeBytes, options.signal),
    );
  }

  async #send(
    session: string,
    source: UploadSource,
    fromByte: number,
    watch: StallWatch,
  ): Promise<UploadState> {
    const { sizeBytes } = source.sums;
    return uploadAnswer(
      await this.#transport.auth.request<drive_v3.Schema$File>({
        method: 'PUT',
        url: session,
        headers: {
          'content-length': String(sizeBytes - fromByte),
          'content-range': `bytes ${fromByte}-${sizeBytes - 1}/${sizeBytes}`,
        },
        data: uploadBody(source, fromByte, this.#transport.means.bandwidth, watch),
        responseType: 'json',
        retry: false,
        signal: watch.signal,
        validateStatus: isUploadStatus,
      }),
    );
  }

  async #askUpload(session: string, sizeBytes: number, signal: AbortSignal): Promise<UploadState> {
    try {
      return uploadAnswer(
        await this.#transport.auth.request<drive_v3.Schema$File>({
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
      const classified = this.#transport.classify(error, 'upload state');
      const status = Number(classified.context['status'] ?? 0);
      // Every refusal of an upload that was begun means to begin again, but for "later" and "who are you".
      const again = status >= 400 && status < 500 && ![401, 403, 408, 429].includes(status);
      if (again) return { kind: 'lost' };
      throw classified;
    }
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
