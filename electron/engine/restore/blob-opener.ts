/** Opens the blobs of a batch, in a worker, in the order in which they are needed. */
import {
  OPENED_TOGETHER_BYTES,
  openTogether,
  type CipherKey,
  type OpenedTogether,
} from '../crypto/sealed.ts';
import { isDamage } from '../damage.ts';
import type { Id } from '../format/id.ts';
import { openBlobBriefly, openBlobNow, proveBlobBriefly } from '../repository/blob-reader.ts';
import type { SealedBlob } from './restore-messages.ts';

/** Small ones beside each other, whose seals are opened together. */
interface Group {
  readonly places: ReadonlyMap<Id, number>;
  readonly open: OpenedTogether;
}

/** What was opened stays as long as somebody else waits for it. */
export class BlobOpener {
  readonly #masterKey: CipherKey;
  readonly #ranges: readonly (Buffer | null)[];
  /** How often each is still needed. */
  readonly #expected = new Map<Id, number>();
  readonly #kept = new Map<Id, Buffer | null>();
  /** As they will be asked for, each once. */
  readonly #order: SealedBlob[] = [];
  #next = 0;
  #group: Group | null = null;

  /** `wanted`: all that will be asked for, in this order. `ranges`: null for what could not be read. */
  constructor(
    masterKey: CipherKey,
    ranges: readonly (Uint8Array | null)[],
    wanted: readonly SealedBlob[],
  ) {
    this.#masterKey = masterKey;
    this.#ranges = ranges.map((range) =>
      range === null
        ? null
        : Buffer.from(range.buffer as ArrayBuffer, range.byteOffset, range.length),
    );
    for (const blob of wanted) {
      const before = this.#expected.get(blob.id) ?? 0;
      if (before === 0) this.#order.push(blob);
      this.#expected.set(blob.id, before + 1);
    }
  }

  /** Good until the next call; null for one that is not what it must be. */
  open(blob: SealedBlob): Buffer | null {
    const left = (this.#expected.get(blob.id) ?? 1) - 1;
    this.#expected.set(blob.id, left);
    const known = this.#kept.get(blob.id);
    const bytes = known === undefined ? this.#open(blob, left > 0) : known;
    if (left > 0) this.#kept.set(blob.id, bytes);
    else this.#kept.delete(blob.id);
    return bytes;
  }

  #open(blob: SealedBlob, isKept: boolean): Buffer | null {
    const { id, uncompressedLength } = blob;
    const sealed = this.#sealed(blob);
    if (sealed === null) return null;
    try {
      if (isKept) return openBlobNow(this.#masterKey, sealed, 'data', id, uncompressedLength);
      const unsealed = this.#unsealedTogether(blob);
      return unsealed === null
        ? openBlobBriefly(this.#masterKey, sealed, 'data', id, uncompressedLength)
        : proveBlobBriefly(unsealed, 'data', id, uncompressedLength);
    } catch (error) {
      if (!isDamage(error)) throw error;
      return null;
    }
  }

  #sealed({ range, start, length }: SealedBlob): Buffer | null {
    return this.#ranges[range]?.subarray(start, start + length) ?? null;
  }

  /** null for one that is not small. @throws HoldfastError `crypto/not-authentic` */
  #unsealedTogether(blob: SealedBlob): Buffer | null {
    const group = this.#group?.places.has(blob.id) === true ? this.#group : this.#gather(blob);
    this.#group = group;
    const place = group?.places.get(blob.id);
    return group === null || place === undefined ? null : group.open(place);
  }

  /** It and what comes after it; null where that is not two of them. */
  #gather(blob: SealedBlob): Group | null {
    while (this.#next < this.#order.length && this.#order[this.#next]?.id !== blob.id)
      this.#next += 1;
    const places = new Map<Id, number>();
    const group: Buffer[] = [];
    let bytes = 0;
    for (; this.#next < this.#order.length; this.#next += 1) {
      const next = this.#order[this.#next];
      const sealed = next === undefined ? null : this.#sealed(next);
      if (next === undefined || sealed === null) break;
      bytes += sealed.length;
      if (bytes > OPENED_TOGETHER_BYTES) break;
      places.set(next.id, group.push(sealed) - 1);
    }
    return group.length < 2 ? null : { places, open: openTogether(this.#masterKey, group) };
  }
}
