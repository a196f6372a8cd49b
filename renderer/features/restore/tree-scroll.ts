/**
 * Where rows of one height stand in a list that may be higher than a page can be. Beyond `MAX_SCROLL_PX` (positions that a compositor's
 * 32-bit floats still tell apart) the scroll bar covers the list in larger steps; below, both are the same.
 */
export const ROW_PX = 32;
const MAX_SCROLL_PX = 16_000_000;

export interface TreeScroll {
  /** Height of what is scrolled. */
  readonly contentPx: number;
  /** Whether the scroll bar covers more than its own length. */
  readonly isScaled: boolean;
  /** From the scroll position to the place in the list of all rows. */
  readonly toListPx: (scrollTop: number) => number;
  /** The way back. */
  readonly toScrollTop: (listPx: number) => number;
}

export function treeScroll(rowCount: number, viewportPx: number): TreeScroll {
  const listPx = rowCount * ROW_PX;
  const contentPx = Math.min(listPx, MAX_SCROLL_PX);
  const ratio =
    listPx <= MAX_SCROLL_PX ? 1 : (listPx - viewportPx) / Math.max(1, MAX_SCROLL_PX - viewportPx);
  return {
    contentPx,
    isScaled: listPx > MAX_SCROLL_PX,
    toListPx: (scrollTop) => scrollTop * ratio,
    toScrollTop: (px) => px / ratio,
  };
}

/** The place in the list to show so that a row is whole in view; null when it is already. */
export function placeToShow(rowIndex: number, atPx: number, viewportPx: number): number | null {
  const top = rowIndex * ROW_PX;
  if (top < atPx) return top;
  const bottom = top + ROW_PX;
  return bottom > atPx + viewportPx ? bottom - viewportPx : null;
}
