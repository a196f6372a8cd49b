/**
 * Where blobs lie in several packs one copy of each is enough. It is chosen in a pack that is kept anyway, so that the others become free:
 * a prune that was cut off goes on from what it had rewritten.
 */
import type { Id } from '../format/id.ts';
import type { BlobIndex, NumberedEntry } from './blob-index.ts';
import { EntrySet } from './entry-set.ts';

export interface CopyChoice {
  /** Entry numbers: exactly one of each used blob that lies in one of the packs. */
  readonly chosen: EntrySet;
  /** Blob numbers: the used ones that lie in one of the packs. */
  readonly found: EntrySet;
}

/** @param packs those that are there and have the right size */
export function chooseCopies(index: BlobIndex, used: EntrySet, packs: readonly Id[]): CopyChoice {
  const found = new EntrySet(index.entryCount);
  const repeated = new EntrySet(index.entryCount);
  for (const pack of packs) {
    for (const { blob } of index.numberedEntries(pack)) {
      if (used.has(blob) && !found.add(blob)) repeated.add(blob);
    }
  }
  const chosen = new EntrySet(index.entryCount);
  const settled = new EntrySet(index.entryCount);
  const choose = ({ blob, number }: NumberedEntry): void => {
    if (settled.add(blob)) chosen.add(number);
  };
  for (const pack of packs) {
    const entries = index.numberedEntries(pack);
    const isWanted = staysAsItIs(entries, used);
    for (const entry of entries) {
      if (used.has(entry.blob) && (isWanted || !repeated.has(entry.blob))) choose(entry);
    }
  }
  if (repeated.size === 0) return { chosen, found };
  // Then where something else is needed, and then anywhere.
  for (const onlyWhereNeeded of [true, false]) {
    for (const pack of packs) {
      const entries = index.numberedEntries(pack);
      const isNeeded = entries.some(({ number }) => chosen.has(number));
      if (onlyWhereNeeded && !isNeeded) continue;
      for (const entry of entries) if (repeated.has(entry.blob)) choose(entry);
    }
  }
  return { chosen, found };
}

/** Nothing in it is unneeded, and nothing of it must be written anew. */
function staysAsItIs(entries: readonly NumberedEntry[], used: EntrySet): boolean {
  return (
    entries.every(({ blob }) => used.has(blob)) &&
    new Set(entries.map(({ type }) => type)).size === 1 &&
    entries.every(({ type, uncompressedLength }) => type === 'data' || uncompressedLength > 0)
  );
}
