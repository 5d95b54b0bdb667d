export type Side = 'BUY' | 'SELL';

/** What the book needs of an order; links make queues intrusive, so a fill allocates nothing. */
export interface BookOrder {
  readonly owner: number;
  readonly side: Side;
  readonly ticks: number;
  /** Lots not yet filled. In the book it is what the order shows; an iceberg out of the book has its reserve in it. */
  openLots: number;
  /** Most lots that an iceberg shows at once; absent or 0 for an order that shows everything. */
  readonly sliceLots?: number;
  /** What an iceberg in the book has beyond `openLots`. Only the book sets it; 0 or absent out of the book. */
  hiddenLots?: number;
  level: Level | null;
  before: BookOrder | null;
  after: BookOrder | null;
}

export interface Level {
  readonly side: Side;
  readonly ticks: number;
  /** What its orders show. */
  lots: number;
  /** What icebergs have in reserve here; never published. */
  hiddenLots: number;
  /** Number of the publication that its change is noted for; 0: never noted. Whoever publishes the book sets it. */
  noted: number;
  first: BookOrder | null;
  last: BookOrder | null;
}
