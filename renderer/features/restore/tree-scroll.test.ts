import { describe, expect, it } from 'vitest';
import { placeToShow, ROW_PX, treeScroll } from './tree-scroll.ts';

describe('scrolling a list of rows', () => {
  it('is plain as long as a page can be that high', () => {
    const scroll = treeScroll(500_000, 400);
    expect(scroll.contentPx).toBe(500_000 * ROW_PX);
    expect(scroll.toListPx(1234)).toBe(1234);
    expect(scroll.toScrollTop(1234)).toBe(1234);
  });

  it.each([500_001, 1_000_001, 20_000_000])('reaches both ends of %d rows', (rows) => {
    const scroll = treeScroll(rows, 400);
    expect(scroll.contentPx).toBeLessThanOrEqual(2 ** 24);
    expect(scroll.toListPx(0)).toBe(0);
    expect(scroll.toListPx(scroll.contentPx - 400)).toBeCloseTo(rows * ROW_PX - 400, 3);
    expect(scroll.toListPx(scroll.toScrollTop(777_777))).toBeCloseTo(777_777, 3);
  });

  it('moves no further than needed to show a row', () => {
    expect(placeToShow(10, 0, 400)).toBeNull();
    expect(placeToShow(2, 100, 400)).toBe(64);
    expect(placeToShow(12, 0, 400)).toBe(13 * ROW_PX - 400);
  });
});
