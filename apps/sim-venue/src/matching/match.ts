import { crosses, MARKET_OWNER, type Book, type BookOrder, type Level, type Side } from './book.js';

/** Self-trade prevention, decided by the taker's order and checked at every match. */
export type SelfTradeMode = 'NONE' | 'EXPIRE_TAKER' | 'EXPIRE_MAKER' | 'EXPIRE_BOTH';

export interface Taker extends BookOrder {
  readonly selfTrade: SelfTradeMode;
}

/**
 * What happens at a match. The book is already changed when `trade` is called: a maker whose `level` is null is filled,
 * and an iceberg maker may show its next slice already.
 */
export interface MatchSink {
  trade(maker: BookOrder, taker: Taker, ticks: number, lots: number): void;
  /**
   * Asked before a trade where orders do not lock all that they may cost: how many of its lots both can pay for. With 0
   * one of the two has been ended: the maker is out of the book, or the taker has no open lots.
   */
  payable?(maker: BookOrder, taker: Taker, ticks: number, lots: number): number;
  /**
   * Two orders of one account met; `maker` is already out of the book when the mode expires it, and `openLots` of each
   * is then all that it had left. `lots` is what this match would have traded.
   */
  prevented(maker: BookOrder, taker: Taker, lots: number): void;
}

const opposite = (side: Side): Side => (side === 'BUY' ? 'SELL' : 'BUY');

/**
 * Lets the taker trade with the opposite side, best price first and oldest order first, at the makers' prices, down
 * to `limitTicks` (null: any price). What it could not trade stays in `taker.openLots`. Allocates nothing.
 *
 * @returns whether self-trade prevention ended the taker, or that it could not pay
 */
export function matchTaker(book: Book, taker: Taker, limitTicks: number | null, sink: MatchSink): boolean {
  const side = opposite(taker.side);
  const mode = modeOf(taker);
  while (taker.openLots > 0) {
    const level = book.best(side);
    if (level === undefined || (limitTicks !== null && !crosses(taker.side, limitTicks, level.ticks))) return false;
    const maker = level.first as BookOrder;
    let lots = Math.min(maker.openLots, taker.openLots);
    if (mode !== 'NONE' && maker.owner === taker.owner) {
      if (mode !== 'EXPIRE_TAKER') book.remove(maker);
      sink.prevented(maker, taker, lots);
      if (mode !== 'EXPIRE_MAKER') return true;
      continue;
    }
    if (sink.payable !== undefined) {
      lots = sink.payable(maker, taker, level.ticks, lots);
      if (lots === 0 && taker.openLots === 0) return true;
      if (lots === 0) continue;
    }
    book.fill(maker, lots);
    taker.openLots -= lots;
    sink.trade(maker, taker, level.ticks, lots);
  }
  return false;
}

export interface Walk {
  readonly lots: number;
  /** Levels that would trade, with the lots taken from each. */
  readonly steps: readonly { readonly ticks: number; readonly lots: number }[];
}

/**
 * What a taker of `owner` would get, without changing anything; icebergs give their reserve as well. Own orders that
 * self-trade prevention would expire are left out; when it would end the taker instead, the walk ends there.
 *
 * @param take lots wanted at most from a level, given how many it offers; fewer than offered ends the walk
 */
export function walkBook(
  book: Book,
  taker: { side: Side; owner: number; selfTrade: SelfTradeMode },
  limitTicks: number | null,
  take: (level: Level, offered: number) => number,
): Walk {
  const side = opposite(taker.side);
  const mode = modeOf(taker);
  const steps: { ticks: number; lots: number }[] = [];
  let total = 0;
  for (const level of book.levels(side)) {
    if (limitTicks !== null && !crosses(taker.side, limitTicks, level.ticks)) break;
    const own = mode === 'NONE' ? null : firstOf(level, taker.owner);
    const ended = own !== null && mode !== 'EXPIRE_MAKER';
    const offered = ended ? shownBefore(own) : level.lots + level.hiddenLots - (own === null ? 0 : lotsFrom(own));
    const lots = take(level, offered);
    if (lots > 0) steps.push({ ticks: level.ticks, lots });
    total += lots;
    if (ended || lots < offered) break;
  }
  return { lots: total, steps };
}

/** Interest of the market is nobody's own. */
function modeOf(taker: { readonly owner: number; readonly selfTrade: SelfTradeMode }): SelfTradeMode {
  return taker.owner === MARKET_OWNER ? 'NONE' : taker.selfTrade;
}

function firstOf(level: Level, owner: number): BookOrder | null {
  let order = level.first;
  while (order !== null && order.owner !== owner) order = order.after;
  return order;
}

/** A reserve stands behind the whole queue, so that a taker who ends at `order` never sees those in front of it. */
function shownBefore(order: BookOrder): number {
  let lots = 0;
  for (let other = order.before; other !== null; other = other.before) lots += other.openLots;
  return lots;
}

/** All that this owner has in the level, the order given being its first. */
function lotsFrom(first: BookOrder): number {
  let lots = 0;
  for (let order: BookOrder | null = first; order !== null; order = order.after)
    if (order.owner === first.owner) lots += order.openLots + (order.hiddenLots ?? 0);
  return lots;
}
