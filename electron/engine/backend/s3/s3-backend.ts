/**
 * A repository in a bucket, as restic's `s3:` backend lays it out. Amazon's library makes single requests; how they are paced and repeated
 * is the gate's. Objects are there whole or not at all, and what was written is seen by all at once.
 * Source: restic's "Repository layout" and its s3 backend; Amazon's reference of the S3 API.
 */
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { HoldfastError } from '../../../../shared/errors.ts';
import { placeText } from '../../../../shared/location-names.ts';
import type { CredentialsOf, LocationOf, Space } from '../../../../shared/model/destination.ts';
import type { WaitReason } from '../../../../shared/model/job.ts';
import type { Clock, Log } from '../../ports.ts';
import type {
  Backend,
  BackendTraits,
  ByteRange,
  FileHandle,
  FileKind,
  StoredFile,
} from '../backend.ts';
import { folderOf, isFileName, pathOf } from '../layout.ts';
import type { CallGate, CallKind, GateLimits } from '../remote/call-gate.ts';
import { receive, watchingForStalls, type Bandwidth, type StallWatch } from '../remote/transfer.ts';
import { inMemory, uploadBody } from '../remote/upload-source.ts';
import { sizeOf, stored } from './s3-answers.ts';
import { classifyS3Error } from './s3-errors.ts';

/** Object storage is made for many requests; only what is under way at once is bounded tightly. */
export const S3_LIMITS: Partial<GateLimits> = {
  callsPerSecond: 100,
  callBurst: 100,
  createsPerSecond: 50,
};

export interface S3Means {
  readonly clock: Clock;
  readonly log: Log;
  readonly gate: CallGate;
  readonly bandwidth: Bandwidth;
  readonly stallMs: number;
}

const TRAITS: BackendTraits = {
  packSizeBytes: 16 * 1024 * 1024,
  uploadsAtOnce: 3,
  visibilityLagMs: 0,
  isRemote: true,
  resumesUploads: false,
};
/** The library would write to the console that it does not repeat, which is just what it was told. */
const SILENT = {
  debug: (): void => undefined,
  info: (): void => undefined,
  warn: (): void => undefined,
  error: (): void => undefined,
};
const HASH_HEADER = 'x-amz-content-sha256';

export class S3Backend implements Backend {
  readonly location: string;
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #means: S3Means;
  /** False once the service has said that it does not know conditions. */
  #knowsConditions = true;

  constructor(location: LocationOf<'s3'>, credentials: CredentialsOf<'s3'>, means: S3Means) {
    const { endpoint, region, bucket, path, pathStyle } = location;
    const { accessKeyId, secretAccessKey } = credentials;
    this.location = placeText(location);
    this.#bucket = bucket;
    this.#prefix = path === '' ? '' : `${path}/`;
    this.#means = means;
    this.#client = new S3Client({
      endpoint,
      region,
      forcePathStyle: pathStyle,
      credentials: { accessKeyId, secretAccessKey },
      // The gate repeats.
      maxAttempts: 1,
      logger: SILENT,
      // Older services refuse the newer checksums; the hash that is signed protects what is sent.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
  }

  traits(): Promise<BackendTraits> {
    return Promise.resolve(TRAITS);
  }

  /** Folders are only parts of names here. The bucket is never made: who pays for it, and where it lies, is the person's. */
  async prepare(signal?: AbortSignal): Promise<void> {
    try {
      await this.#once('read', 'HeadBucket', signal, ({ signal: abortSignal }) =>
        this.#client.send(new HeadBucketCommand({ Bucket: this.#bucket }), { abortSignal }),
      );
    } catch (error) {
      if (isCode(error, 'backend/not-found')) throw new HoldfastError('s3/bucket-missing');
      throw error;
    }
  }

  async write(file: FileHandle, bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { path } = pathOf(file);
    const sha256 = createHash('sha256').update(bytes).digest();
    // A file named by its bytes may be written again: whatever is there has the same bytes, or is damaged.
    const isNamedByBytes = sha256.toString('hex') === file.name;
    if (!isNamedByBytes && (await this.#holdsAlready(file, bytes, signal))) return;
    if (await this.#put(path, bytes, sha256, this.#knowsConditions, signal)) return;
    if (isNamedByBytes) {
      const existing = await this.stat(file, signal);
      if (existing?.sizeBytes === bytes.length) return;
      this.#means.log.warn('an object has another size than its bytes; it is written anew', {
        path,
      });
      await this.#put(path, bytes, sha256, false, signal);
    } else if (!(await this.#holdsAlready(file, bytes, signal))) {
      throw this.#existsWithOtherBytes(path);
    }
  }

  async read(file: FileHandle, range?: ByteRange, signal?: AbortSignal): Promise<Buffer> {
    signal?.throwIfAborted();
    if (range?.length === 0) return Buffer.alloc(0);
    const { path } = pathOf(file);
    const offset = range?.offset ?? 0;
    let length = range?.length ?? null;
    let received = 0;
    const pieces: Buffer[] = [];
    return this.#once('read', 'GetObject', signal, async (watch) => {
      const first = offset + received;
      const wanted = length === null ? '' : String(offset + length - 1);
      const isPart = range !== undefined || received > 0;
      const answer = await this.#client.send(
        new GetObjectCommand({
          Bucket: this.#bucket,
          Key: this.#prefix + path,
          ...(isPart ? { Range: `bytes=${first}-${wanted}` } : {}),
        }),
        { abortSignal: watch.signal },
      );
      // A service may answer a range with everything.
      const isWhole = answer.ContentRange === undefined;
      const size = sizeOf(answer.ContentRange, answer.ContentLength);
      length ??= size;
      const body = answer.Body as Readable | undefined;
      if (length === null || body === undefined || (size !== null && offset + length > size)) {
        body?.destroy();
        throw pastTheEnd();
      }
      if (length === 0) return Buffer.alloc(0);
      const skip = isWhole ? first : 0;
      const left = length - received;
      const { bytes, failure } = await receive(body, skip + left, this.#means.bandwidth, watch);
      const part = bytes.subarray(skip, skip + left);
      pieces.push(part);
      received += part.length;
      if (received === length) return Buffer.concat(pieces);
      throw (
        failure ??
        new HoldfastError('backend/unavailable', { retry: 'now', context: { what: 'GetObject' } })
      );
    });
  }

  async stat(file: FileHandle, signal?: AbortSignal): Promise<StoredFile | null> {
    signal?.throwIfAborted();
    const { path } = pathOf(file);
    try {
      const { ContentLength, LastModified } = await this.#once(
        'read',
        'HeadObject',
        signal,
        ({ signal: abortSignal }) =>
          this.#client.send(
            new HeadObjectCommand({ Bucket: this.#bucket, Key: this.#prefix + path }),
            { abortSignal },
          ),
      );
      return stored(file.name, ContentLength, LastModified);
    } catch (error) {
      if (isCode(error, 'backend/not-found')) return null;
      throw error;
    }
  }

  async *list(
    kind: Exclude<FileKind, 'config'>,
    signal?: AbortSignal,
  ): AsyncGenerator<StoredFile, void, void> {
    const folder = `${this.#prefix}${folderOf(kind)}/`;
    for (let token: string | undefined; ;) {
      signal?.throwIfAborted();
      const at = token;
      const page = await this.#once('read', 'ListObjectsV2', signal, ({ signal: abortSignal }) =>
        this.#client.send(
          new ListObjectsV2Command({
            Bucket: this.#bucket,
            Prefix: folder,
            ...(at === undefined ? {} : { ContinuationToken: at }),
          }),
          { abortSignal },
        ),
      );
      for (const { Key = '', Size, LastModified } of page.Contents ?? []) {
        const name = Key.split('/').at(-1) ?? '';
        // Only what lies where it is looked for.
        if (!isFileName(name) || `${this.#prefix}${pathOf({ kind, name }).path}` !== Key) continue;
        yield stored(name, Size, LastModified);
      }
      if (page.IsTruncated !== true) return;
      token = page.NextContinuationToken;
      // What comes after cannot be asked for: taken for the end, packs would seem to be missing, and locks not to be there.
      if (token === undefined || token === at) {
        throw new HoldfastError('s3/listing-incomplete', { retry: 'later' });
      }
    }
  }

  /** A key slot goes with all its versions: as long as one is there, the old secret opens. */
  async delete(file: FileHandle, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const key = this.#prefix + pathOf(file).path;
    await this.#remove(key, undefined, signal);
    if (file.kind !== 'key') return;
    for (const version of await this.#versions(key, signal)) {
      await this.#remove(key, version, signal);
    }
  }

  space(): Promise<Space> {
    return Promise.resolve({ freeBytes: null, totalBytes: null });
  }

  onWait(listener: (reason: WaitReason | null) => void): () => void {
    return this.#means.gate.onWait((wait) => listener(wait?.reason ?? null));
  }

  /** False when the condition "not there yet" was not met. */
  async #put(
    path: string,
    bytes: Uint8Array,
    sha256: Buffer,
    onlyNew: boolean,
    signal?: AbortSignal,
  ): Promise<boolean> {
    try {
      await this.#once('create', 'PutObject', signal, (watch) =>
        this.#client.send(this.#putCommand(path, bytes, sha256, onlyNew, watch), {
          abortSignal: watch.signal,
        }),
      );
      return true;
    } catch (error) {
      const status = error instanceof HoldfastError ? Number(error.context['status'] ?? 0) : 0;
      if (onlyNew && (status === 412 || status === 409)) return false;
      if (onlyNew && (status === 501 || status === 400)) {
        this.#knowsConditions = false;
        return this.#put(path, bytes, sha256, false, signal);
      }
      throw error;
    }
  }

  #putCommand(
    path: string,
    bytes: Uint8Array,
    sha256: Buffer,
    onlyNew: boolean,
    watch: StallWatch,
  ): PutObjectCommand {
    const command = new PutObjectCommand({
      Bucket: this.#bucket,
      Key: this.#prefix + path,
      Body: uploadBody(inMemory(bytes), 0, this.#means.bandwidth, watch),
      ContentLength: bytes.length,
      ContentType: 'application/octet-stream',
      ...(onlyNew ? { IfNoneMatch: '*' } : {}),
    });
    // Signed with the request: the service refuses a body that arrives otherwise.
    command.middlewareStack.add(
      (next) => (args) => {
        const { headers } = args.request as { readonly headers: Record<string, string> };
        headers[HASH_HEADER] = sha256.toString('hex');
        return next(args);
      },
      { step: 'build', name: 'holdfastContentHash' },
    );
    return command;
  }

  /** True when it is there with these bytes; throws when it is there with others. */
  async #holdsAlready(file: FileHandle, bytes: Uint8Array, signal?: AbortSignal): Promise<boolean> {
    const existing = await this.stat(file, signal);
    if (existing === null) return false;
    const { path } = pathOf(file);
    if (existing.sizeBytes !== bytes.length) throw this.#existsWithOtherBytes(path);
    if (!(await this.read(file, undefined, signal)).equals(bytes)) {
      throw this.#existsWithOtherBytes(path);
    }
    return true;
  }

  async #remove(key: string, version: string | undefined, signal?: AbortSignal): Promise<void> {
    try {
      await this.#once('write', 'DeleteObject', signal, ({ signal: abortSignal }) =>
        this.#client.send(
          new DeleteObjectCommand({
            Bucket: this.#bucket,
            Key: key,
            ...(version === undefined ? {} : { VersionId: version }),
          }),
          { abortSignal },
        ),
      );
    } catch (error) {
      if (!isCode(error, 'backend/not-found')) throw error;
    }
  }

  /** Empty where the service keeps none, or does not tell. */
  async #versions(key: string, signal?: AbortSignal): Promise<string[]> {
    try {
      const { Versions = [], DeleteMarkers = [] } = await this.#once(
        'read',
        'ListObjectVersions',
        signal,
        ({ signal: abortSignal }) =>
          this.#client.send(new ListObjectVersionsCommand({ Bucket: this.#bucket, Prefix: key }), {
            abortSignal,
          }),
      );
      return [...Versions, ...DeleteMarkers].flatMap(({ Key, VersionId }) =>
        Key === key && VersionId !== undefined && VersionId !== 'null' ? [VersionId] : [],
      );
    } catch (error) {
      signal?.throwIfAborted();
      this.#means.log.info('versions of a removed key slot are not known', {
        code: error instanceof HoldfastError ? error.code : String(error),
      });
      return [];
    }
  }

  async #once<T>(
    kind: CallKind,
    what: string,
    signal: AbortSignal | undefined,
    send: (watch: StallWatch) => Promise<T>,
  ): Promise<T> {
    return this.#means.gate.run(
      kind,
      async () => {
        try {
          // A long answer arrives in one piece as far as can be seen from here: a slow line is no dead one.
          const patience = what.startsWith('List') ? 5 : 1;
          return await watchingForStalls(patience * this.#means.stallMs, signal, send);
        } catch (error) {
          signal?.throwIfAborted();
          throw classifyS3Error(error, what);
        }
      },
      signal,
    );
  }

  #existsWithOtherBytes(path: string): HoldfastError {
    return new HoldfastError('backend/io', {
      context: { path: this.location, file: path, reason: 'exists with other content' },
    });
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof HoldfastError && error.code === code;
}

function pastTheEnd(): HoldfastError {
  return new HoldfastError('backend/io', { context: { reason: 'range past the end of the file' } });
}
