import { Refusal } from '../floor/refusal.js';
import type { FloorFill } from '../floor/trading-floor.js';
import type { SymbolSpec } from '../matching/symbol-spec.js';
import { marketOfOrder, orderFacts, type FuturesCore } from './futures-core.js';
import type { FuturesAccount, FuturesFill, FuturesOrder } from './ledger/futures-account.js';
import { Position } from './ledger/position.js';
import { checkMargin } from './order-checks.js';
import { payableLots } from './payable.js';
import { accountUpdate, orderTradeUpdate, tradeLite } from './user-events.js';

/** Books what orders trade, tells of it, and takes it back when the venue does. */
export class FillDesk {
  /** @param positionChanged called when a trade is taken back, inside the operation */
  constructor(
    private readonly core: FuturesCore,
    private readonly positionChanged: (account: FuturesAccount, position: Position) => void,
  ) {}

  /** Books a trade of an order, and whatever the venue's habits make of it. Inside an operation. */
  fill(order: FuturesOrder, fill: FloorFill): void {
    const { core } = this;
    const facts = orderFacts(order);
    if (order.fills.length === 0) core.floor.operation.firstFill(order.account.id, fill.isMaker);
    const booked = this.#book(order, fill, false);
    if (order.liquidation) core.noteForced(order, booked);
    const { delayMs, overfillLots, bustAfterMs } = core.policy.filled(facts, booked);
    this.#tell(order, booked, delayMs);
    if (bustAfterMs !== null && !order.liquidation)
      core.policy.later(bustAfterMs, () => this.#bust(order.spec, booked.tradeId));
    if (order.isOpen || overfillLots === 0 || !this.#canTakeMore(order, fill.ticks, overfillLots)) return;
    const tradeId = core.floor.printTrade(
      marketOfOrder(core, order),
      fill.ticks,
      overfillLots,
      (order.side === 'BUY') === fill.isMaker,
    );
    const beyond = this.#book(order, { ...fill, tradeId, lots: overfillLots }, true);
    if (delayMs > 0) core.policy.withhold(facts, beyond, delayMs);
    this.#tell(order, beyond, delayMs);
  }

  #book(order: FuturesOrder, { tradeId: trade, ticks, lots, isMaker: maker }: FloorFill, isOver: boolean): FuturesFill {
    const { core } = this;
    core.keepMark(order.spec.symbol);
    const fee = core.ledger.feeFor(order, ticks, lots, maker).toString();
    const at = core.now();
    core.record({ k: 'usdm.fill', order: order.id, trade, ticks, lots, maker, fee, at, ...(isOver && { over: true }) });
    return order.fills.at(-1) as FuturesFill;
  }

  /** @param delayMs how late the account hears of it; what it hears is of now in any case */
  #tell(order: FuturesOrder, fill: FuturesFill, delayMs: number): void {
    const { core } = this;
    const { account } = order;
    const position = account.position(order.spec, order.positionSide);
    const events = [
      (at: number) => tradeLite(order, fill, at),
      (at: number) => accountUpdate(account, 'ORDER', [position], 0n, core.markOf, at),
      (at: number) => orderTradeUpdate(order, order.liquidation ? 'CALCULATED' : 'TRADE', at, fill),
    ];
    if (delayMs === 0) {
      for (const event of events) core.tell(account, event);
      return;
    }
    const told = events.map((event) => event(core.now()));
    core.policy.later(delayMs, () =>
      core.floor.transact(() => {
        for (const event of told) core.tell(account, (at) => ({ ...event, E: at }));
      }),
    );
  }

  /** Lots beyond the quantity must be covered by margin like any other; an order that only reduces takes none. */
  #canTakeMore(order: FuturesOrder, ticks: number, lots: number): boolean {
    if (order.onlyReduces || order.liquidation) return false;
    const { account, side, positionSide, selfTrade } = order;
    if (payableLots(account, order, { ticks, lots, isMaker: false }, this.core.markOf) < lots) return false;
    try {
      checkMargin(
        marketOfOrder(this.core, order),
        account,
        { side, positionSide, type: 'LIMIT', ticks, lots, selfTrade },
        this.core.markOf,
      );
      return true;
    } catch (error) {
      if (error instanceof Refusal) return false;
      throw error;
    }
  }

  /** Takes a trade back from every account that had part in it, unless one of them cannot give it back. */
  #bust(spec: SymbolSpec, tradeId: number): void {
    const { core } = this;
    const sides = [...core.ledger.orders.values()]
      .filter((order) => order.spec === spec)
      .flatMap((order) => order.fills.filter((fill) => fill.tradeId === tradeId).map((fill) => ({ order, fill })));
    if (!sides.every(({ order, fill }) => canReturn(order, fill))) return;
    core.floor.transact(() => {
      core.floor.log.add(`bust ${spec.symbol} ${sides.map(({ order }) => core.logged(order.id)).join(' ')}`);
      for (const { order } of sides) {
        const { account } = order;
        const position = account.position(spec, order.positionSide);
        core.record({ k: 'usdm.bust', order: order.id, trade: tradeId, at: core.now() });
        core.tell(account, (at) => accountUpdate(account, 'ADJUSTMENT', [position], 0n, core.markOf, at));
        this.positionChanged(account, position);
      }
    });
  }
}

/** Not with margin of its own, not beyond what the position still holds, and not into debt. */
function canReturn({ account, spec, side, positionSide, liquidation }: FuturesOrder, fill: FuturesFill): boolean {
  const position = account.position(spec, positionSide);
  if (liquidation || account.isIsolated(position)) return false;
  const after = Object.assign(new Position(spec, positionSide), { lots: position.lots, costUnits: position.costUnits });
  const { realisedUnits } = after.trade(side === 'BUY' ? -fill.lots : fill.lots, spec.notional(fill.ticks, fill.lots));
  if (positionSide !== 'BOTH' && after.lots * (positionSide === 'LONG' ? 1 : -1) < 0) return false;
  return account.walletUnits + realisedUnits + fill.feeUnits >= 0n;
}
