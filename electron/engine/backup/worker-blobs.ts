/** A worker's way of storing blobs: each is stored by one worker alone, unless the repository has it. */
import { packedBytes } from '../repository/open-pack.ts';
import type { BlobClaims } from '../repository/blob-claims.ts';
import type { KnownBlobs } from '../repository/blob-index.ts';
import { sha256, type Id, type IdBytes } from '../format/id.ts';
import type { BlobType } from '../format/pack-file.ts';
import type { BatchWriter } from '../workers/blob-batch.ts';
import type { WorkerReport } from './worker-report.ts';

export class WorkerBlobs {
  readonly #known: KnownBlobs;
  readonly #claims: BlobClaims;
  readonly #batches: BatchWriter;
  readonly #report: WorkerReport;
  readonly #id: IdBytes = Buffer.alloc(32);

  constructor(known: KnownBlobs, claims: BlobClaims, batches: BatchWriter, report: WorkerReport) {
    this.#known = known;
    this.#claims = claims;
    this.#batches = batches;
    this.#report = report;
  }

  /** `plain` is not empty. @throws Stopped */
  save(type: BlobType, plain: Uint8Array): Id {
    const id = sha256(plain);
    if (!this.#known.has(type, id) && this.#claims.claim(type, id)) {
      const { length, uncompressedLength } = this.#batches.add(type, id, plain);
      this.#report.blob(type, plain.length, packedBytes(length, uncompressedLength));
    }
    return id.toString('hex');
  }

  /** In the repository, or on its way into it. */
  hasAll(type: BlobType, ids: readonly Id[]): boolean {
    return ids.every((id) => {
      this.#id.write(id, 'hex');
      return this.#known.has(type, this.#id) || this.#claims.has(type, this.#id);
    });
  }

  flush(): void {
    this.#batches.flush();
  }
}
