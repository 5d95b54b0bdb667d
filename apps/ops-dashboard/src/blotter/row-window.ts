/** Which rows of a long table exist in the page, and how much room the others take. */
export interface RowWindow {
  readonly first: number;
  /** Exclusive. */
  readonly end: number;
  readonly spaceAbove: number;
  readonly spaceBelow: number;
}

const EXTRA_ROWS = 12;

/** All lengths in pixels; every row is `rowHeight` high. */
export function rowWindow(count: number, rowHeight: number, scrolled: number, height: number): RowWindow {
  const first = Math.min(Math.max(0, Math.floor(scrolled / rowHeight) - EXTRA_ROWS), Math.max(0, count - 1));
  const end = Math.min(count, Math.ceil((scrolled + height) / rowHeight) + EXTRA_ROWS);
  return { first, end, spaceAbove: first * rowHeight, spaceBelow: Math.max(0, count - end) * rowHeight };
}
