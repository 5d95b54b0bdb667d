import type { SymbolMarket } from '../floor/symbol-market.js';
import { crosses, type Side } from '../matching/book.js';
import type { SelfTradeMode } from '../matching/match.js';
import { FuturesOrder, type FuturesAccount } from './ledger/futures-account.js';
import { reducible } from './ledger/futures-ledger.js';
import type { MarkOf } from './ledger/margin.js';
import type { PositionSide } from './ledger/records.js';
import { payableLots, tryTrade, type Payer } from './payable.js';

interface Asked {
  readonly side: Side;
  readonly positionSide: PositionSide;
  readonly selfTrade: SelfTradeMode;
  readonly ticks: number;
  readonly lots: number;
}

/**
 * Lots that an order with a limit would trade at once, trade by trade as the match would go: resting orders that may
 * only reduce give what is left of their position by then, and nobody trades what they cannot pay.
 */
export function tradableLots(
  market: SymbolMarket,
  account: FuturesAccount,
  command: Asked,
  onlyReduces: boolean,
  markOf: MarkOf,
): number {
  const { side, positionSide, selfTrade } = command;
  const taker: Payer = { spec: market.spec, side, positionSide, onlyReduces };
  const copies = new Map<number, FuturesAccount>([[account.id, account.copy()]]);
  const copyOf = (one: FuturesAccount): FuturesAccount => {
    const copy = copies.get(one.id) ?? one.copy();
    copies.set(one.id, copy);
    return copy;
  };
  let traded = 0;
  /** @returns whether the match goes on behind this order */
  const meet = (maker: FuturesOrder | null, ticks: number, offered: number): boolean => {
    let left = offered;
    while (left > 0 && traded < command.lots) {
      let lots = Math.min(left, command.lots - traded);
      if (maker !== null) {
        const holder = copyOf(maker.account);
        if (maker.onlyReduces)
          lots = Math.min(lots, reducible(holder.position(maker.spec, maker.positionSide), maker.side));
        if (lots > 0) lots = payableLots(holder, maker, { ticks, lots, isMaker: true }, markOf);
        if (lots === 0) return true;
      }
      const own = copyOf(account);
      let payer = own;
      if (maker?.account === account) {
        payer = own.copy();
        tryTrade(payer, maker, { ticks, lots, isMaker: true });
      }
      lots = payableLots(payer, taker, { ticks, lots, isMaker: false }, markOf);
      if (lots === 0) return false;
      if (maker !== null) tryTrade(copyOf(maker.account), maker, { ticks, lots, isMaker: true });
      tryTrade(own, taker, { ticks, lots, isMaker: false });
      traded += lots;
      left -= lots;
    }
    return traded < command.lots;
  };
  for (const level of market.book.levels(side === 'BUY' ? 'SELL' : 'BUY')) {
    if (!crosses(side, command.ticks, level.ticks)) break;
    for (let order = level.first; order !== null; order = order.after) {
      const maker = order instanceof FuturesOrder ? order : null;
      if (maker?.account === account && selfTrade !== 'NONE') {
        if (selfTrade === 'EXPIRE_MAKER') continue;
        return traded;
      }
      if (!meet(maker, level.ticks, order.openLots)) return traded;
    }
  }
  return traded;
}
