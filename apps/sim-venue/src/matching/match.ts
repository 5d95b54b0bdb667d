import { crosses, MARKET_OWNER, type Book, type BookOrder, type Level, type Side } from './book.js';

/** Self-trade prevention, decided by the taker's order and checked at every match. */
export type SelfTradeMode = 'NONE' | 'EXPIRE_TAKER' | 'EXPIRE_MAKER' | 'EXPIRE_BOTH';

export interface Taker extends BookOrder {
  readonly selfTrade: SelfTradeMode;
}

/** What happens at a match; the book is already changed when `trade` is called. */
export interface MatchSink {
  trade(maker: BookOrder, taker: Taker, ticks: number, lots: number): void;
  /** Two orders of one account met; `maker` is already out of the book when the mode expires it. */
  prevented(maker: BookOrder, taker: Taker, lots: number): void;
}

const opposite = (side: Side): Side => (side === 'BUY' ? 'SELL' : 'BUY');

/**
 * Lets the taker trade with the opposite side, best price first and oldest order first, at the makers' prices, down
 * to `limitTicks` (null: any price). What it could not trade stays in `taker.openLots`.
 *
 * @returns whether self-trade prevention ended the taker
 */
export function matchTaker(book: Book, taker: Taker, limitTicks: number | null, sink: MatchSink): boolean {
  const side = opposite(taker.side);
  while (taker.openLots > 0) {
    const level = book.best(side);
    if (level === undefined || (limitTicks !== null && !crosses(taker.side, limitTicks, level.ticks))) return false;
    const maker = level.first as BookOrder;
    if (isSelfTrade(maker, taker)) {
      const lots = Math.min(maker.openLots, taker.openLots);
      if (taker.selfTrade !== 'EXPIRE_TAKER') book.remove(maker);
      sink.prevented(maker, taker, lots);
      if (taker.selfTrade !== 'EXPIRE_MAKER') return true;
      continue;
    }
    const lots = Math.min(maker.openLots, taker.openLots);
    book.reduce(maker, lots);
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
 * What a taker of `owner` would get, without changing anything. Own orders that self-trade prevention would expire
 * are left out; when it would end the taker instead, the walk ends there.
 *
 * @param take lots wanted at most from a level, given how many it offers; 0 ends the walk
 */
export function walkBook(
  book: Book,
  taker: { side: Side; owner: number; selfTrade: SelfTradeMode },
  limitTicks: number | null,
  take: (level: Level, offered: number) => number,
): Walk {
  const steps: { ticks: number; lots: number }[] = [];
  let total = 0;
  for (const level of book.levels(opposite(taker.side))) {
    if (limitTicks !== null && !crosses(taker.side, limitTicks, level.ticks)) break;
    const { offered, ended } = offeredTo(level, taker);
    const lots = take(level, offered);
    if (lots > 0) steps.push({ ticks: level.ticks, lots });
    total += lots;
    if (ended || lots < offered) break;
  }
  return { lots: total, steps };
}

function offeredTo(
  level: Level,
  taker: { owner: number; selfTrade: SelfTradeMode },
): { offered: number; ended: boolean } {
  if (taker.selfTrade === 'NONE' || taker.owner === MARKET_OWNER) return { offered: level.lots, ended: false };
  let offered = 0;
  for (let order = level.first; order !== null; order = order.after) {
    if (order.owner !== taker.owner) offered += order.openLots;
    else if (taker.selfTrade !== 'EXPIRE_MAKER') return { offered, ended: true };
  }
  return { offered, ended: false };
}

function isSelfTrade(maker: BookOrder, taker: Taker): boolean {
  return maker.owner === taker.owner && taker.owner !== MARKET_OWNER && taker.selfTrade !== 'NONE';
}
