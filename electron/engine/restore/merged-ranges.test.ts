import fc from 'fast-check';
import { expect, it } from 'vitest';
import { extentOf, mergeRanges } from './merged-ranges.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const stretch = fc.record({
  pack: fc.nat({ max: 3 }),
  offset: fc.nat({ max: 64 * MIB }),
  length: fc.integer({ min: 32, max: 2 * MIB }),
});

it('covers all that is wanted, each once, with ranges that do not overlap without need and are not too long', () => {
  fc.assert(
    fc.property(fc.array(stretch, { maxLength: 200 }), (wanted) => {
      const ranges = mergeRanges(wanted);
      expect(new Set(ranges.flat())).toEqual(new Set(wanted));
      expect(ranges.flat().length).toBe(wanted.length);
      let gaps = 0;
      for (const range of ranges) {
        const extent = extentOf(range);
        if (extent === null) throw new Error('an empty range');
        expect(extent.length).toBeLessThanOrEqual(16 * MIB);
        let end = extent.offset;
        for (const { pack, offset, length } of range) {
          expect(pack).toBe(extent.pack);
          expect(offset).toBeGreaterThanOrEqual(extent.offset);
          expect(offset + length).toBeLessThanOrEqual(extent.offset + extent.length);
          expect(offset - end).toBeLessThanOrEqual(64 * KIB);
          gaps += Math.max(0, offset - end);
          end = Math.max(end, offset + length);
        }
      }
      expect(gaps).toBeLessThanOrEqual(4 * MIB);
    }),
  );
});

it('tells the extent of a range of very many tiny blobs', () => {
  const range = Array.from({ length: 200_000 }, (_, at) => ({
    pack: 1,
    offset: at * 40,
    length: 40,
  }));
  expect(extentOf(range)).toEqual({ pack: 1, offset: 0, length: 8_000_000 });
});

it('reads neighbours at once, and what lies far apart or in another pack by itself', () => {
  const blobs = [
    { pack: 'b', offset: 0, length: 100 },
    { pack: 'a', offset: 200, length: 100 },
    { pack: 'a', offset: 0, length: 100 },
    { pack: 'a', offset: MIB, length: 100 },
  ];
  expect(mergeRanges(blobs).map((range) => extentOf(range))).toEqual([
    { pack: 'a', offset: 0, length: 300 },
    { pack: 'a', offset: MIB, length: 100 },
    { pack: 'b', offset: 0, length: 100 },
  ]);
  expect(extentOf([])).toBe(null);
});

it('does not let one blob hide that another reaches further', () => {
  const range = mergeRanges([
    { pack: 'a', offset: 0, length: 1000 },
    { pack: 'a', offset: 10, length: 20 },
  ]);
  expect(range.map((blobs) => extentOf(blobs))).toEqual([{ pack: 'a', offset: 0, length: 1000 }]);
});
