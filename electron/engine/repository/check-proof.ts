/** What is to be proven of a pack that was read, on any thread. Damage is an answer here, not an error. */
import { HoldfastError } from '../../../shared/errors.ts';
import type { CipherKey } from '../crypto/sealed.ts';
import { isDamage } from '../damage.ts';
import type { Id } from '../format/id.ts';
import { decodePackHeader, type BlobType, type PackEntry } from '../format/pack-file.ts';
import type { DamagedBlob, PackOutcome } from './check-messages.ts';
import { reasonOf } from './check-run.ts';
import { asDamage } from './sealed-files.ts';

/** `tail` are the last bytes of a pack of `packBytes`, with all of its header. */
export function contentsOf(
  masterKey: CipherKey,
  tail: Uint8Array,
  packBytes: number,
  indexed: readonly PackEntry[],
): PackOutcome['contents'] {
  try {
    const decoded = decodePackHeader(masterKey, tail, packBytes);
    return sameEntries(decoded, indexed) ? 'as indexed' : 'others';
  } catch (error) {
    if (!isDamage(error)) throw error;
    return 'unreadable';
  }
}

/** Nothing when `open` gives the blob. */
export function damageOf(type: BlobType, id: Id, open: () => unknown): DamagedBlob[] {
  try {
    open();
    return [];
  } catch (error) {
    const damage = asDamage(type, id, error);
    if (!(damage instanceof HoldfastError) || damage.code !== 'repo/damaged') throw error;
    return [{ type, id, reason: reasonOf(damage) }];
  }
}

function sameEntries(a: readonly PackEntry[], b: readonly PackEntry[]): boolean {
  return (
    a.length === b.length &&
    a.every((entry, at) => {
      const other = b[at];
      return (
        other?.type === entry.type &&
        other.id === entry.id &&
        other.offset === entry.offset &&
        other.length === entry.length &&
        other.uncompressedLength === entry.uncompressedLength
      );
    })
  );
}
