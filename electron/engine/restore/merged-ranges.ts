/** What lies close together in a pack is read at once: neighbours become one range. */

/** Reading so much for nothing is cheaper than another read. */
const MAX_GAP_BYTES = 64 * 1024;
const MAX_RANGE_BYTES = 16 * 1024 * 1024;
/** Of one answer: small blobs far apart would else bring many times their own size into memory. */
const MAX_GAPS_BYTES = 4 * 1024 * 1024;

/** In a pack, by its id or number; bytes. */
export interface Stretch {
  readonly pack: string | number;
  readonly offset: number;
  readonly length: number;
}

/** In the order of packs and places, those of one range together. A range goes from its first to the end of whichever ends last. */
export function mergeRanges<S extends Stretch>(stretches: readonly S[]): S[][] {
  const sorted = stretches.toSorted((a, b) =>
    a.pack === b.pack ? a.offset - b.offset : a.pack < b.pack ? -1 : 1,
  );
  const ranges: S[][] = [];
  let range: S[] = [];
  let start = 0;
  let end = 0;
  let gapsLeft = MAX_GAPS_BYTES;
  for (const stretch of sorted) {
    const { pack, offset, length } = stretch;
    const gap = Math.max(0, offset - end);
    const joins =
      range[0]?.pack === pack &&
      gap <= Math.min(MAX_GAP_BYTES, gapsLeft) &&
      Math.max(end, offset + length) - start <= MAX_RANGE_BYTES;
    if (joins) {
      gapsLeft -= gap;
      range.push(stretch);
      end = Math.max(end, offset + length);
    } else {
      range = [stretch];
      ranges.push(range);
      start = offset;
      end = offset + length;
    }
  }
  return ranges;
}

/** From the first byte to the last one of a range. */
export function extentOf<P extends Stretch['pack']>(
  range: readonly (Stretch & { readonly pack: P })[],
): (Stretch & { readonly pack: P }) | null {
  const [first] = range;
  if (first === undefined) return null;
  // Not spread over arguments: there may be more blobs than a call takes.
  let end = 0;
  for (const { offset, length } of range) end = Math.max(end, offset + length);
  return { pack: first.pack, offset: first.offset, length: end - first.offset };
}
