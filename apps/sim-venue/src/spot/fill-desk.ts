import type { FloorFill } from '../floor/trading-floor.js';
import type { SymbolSpec } from '../matching/symbol-spec.js';
import type { Fill, Order } from './account.js';
import { executionReport } from './execution-report.js';
import { amountsOf } from './ledger.js';
import { orderFacts, type SpotCore } from './spot-core.js';

/** Books what orders trade, tells of it, and takes it back when the venue does. */
export class FillDesk {
  constructor(private readonly core: SpotCore) {}

  /** Books a trade of an order, and whatever the venue's habits make of it. Inside an operation. */
  fill(order: Order, fill: FloorFill): void {
    const { policy } = this.core;
    const facts = orderFacts(order);
    if (order.fills.length === 0) this.core.floor.operation.firstFill(order.account.id, fill.isMaker);
    const booked = this.#bookFill(order, fill, false);
    const { delayMs, overfillLots, bustAfterMs } = policy.filled(facts, booked);
    this.#tellFill(order, booked, delayMs);
    if (bustAfterMs !== null) policy.later(bustAfterMs, () => this.#bust(order.spec, booked.tradeId));
    const over = order.isOpen ? 0 : this.#affordableLots(order, fill.ticks, overfillLots);
    if (over === 0) return;
    const tradeId = this.core.floor.printTrade(
      this.core.marketOf(order),
      fill.ticks,
      over,
      (order.side === 'BUY') === fill.isMaker,
    );
    const beyond = this.#bookFill(order, { ...fill, tradeId, lots: over }, true);
    if (delayMs > 0) policy.withhold(facts, beyond, delayMs);
    this.#tellFill(order, beyond, delayMs);
  }

  #bookFill(order: Order, { tradeId: trade, ticks, lots, isMaker: maker }: FloorFill, isOver: boolean): Fill {
    const fee = this.core.ledger.feeFor(order, ticks, lots, maker).toString();
    const at = this.core.now();
    this.core.record({ k: 'fill', order: order.id, trade, ticks, lots, maker, fee, at, ...(isOver && { over: true }) });
    return order.fills.at(-1) as Fill;
  }

  /** @param delayMs how late the account hears of it; the report is of now in any case */
  #tellFill(order: Order, fill: Fill, delayMs: number): void {
    const { account, spec } = order;
    const { baseAsset, quoteAsset } = spec.definition;
    if (delayMs === 0) {
      this.core.tellBalances(account, baseAsset, quoteAsset);
      this.core.report(order, { execution: 'TRADE', fill });
      return;
    }
    const event = executionReport(order, { execution: 'TRADE', fill, executionId: this.core.nextExecutionId() });
    this.core.policy.later(delayMs, () =>
      this.core.floor.transact(() => {
        this.core.floor.operation.user(account.id, { ...event, E: this.core.now() });
        this.core.tellBalances(account, baseAsset, quoteAsset);
      }),
    );
  }

  /** How many lots beyond its quantity a complete order can trade with what its account has free. */
  #affordableLots({ account, lockedAsset, side, spec }: Order, ticks: number, wanted: number): number {
    if (wanted === 0) return 0;
    const { free } = account.balance(lockedAsset);
    return Math.min(wanted, side === 'BUY' ? spec.affordableLots(free, ticks) : Number(free / spec.stepUnits));
  }

  /** Takes a trade back from every account that had part in it, unless one of them has spent what it received. */
  #bust(spec: SymbolSpec, tradeId: number): void {
    const sides = [...this.core.ledger.orders.values()]
      .filter((order) => order.spec === spec)
      .flatMap((order) => order.fills.filter((fill) => fill.tradeId === tradeId).map((fill) => ({ order, fill })));
    const canReturn = sides.every(
      ({ order, fill }) =>
        order.account.balance(order.receivedAsset).free >= amountsOf(order, fill).received - fill.feeUnits,
    );
    if (!canReturn) return;
    this.core.floor.transact(() => {
      this.core.floor.log.add(`bust ${spec.symbol} ${sides.map(({ order }) => this.core.logged(order.id)).join(' ')}`);
      for (const { order } of sides) {
        this.core.record({ k: 'bust', order: order.id, trade: tradeId, at: this.core.now() });
        this.core.tellBalances(order.account, spec.definition.baseAsset, spec.definition.quoteAsset);
      }
    });
  }
}
