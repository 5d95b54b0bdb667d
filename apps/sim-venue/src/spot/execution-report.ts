import type { Fill, Order } from './account.js';
import { unitsText } from '../matching/scaled.js';

export type ExecutionType = 'NEW' | 'CANCELED' | 'REPLACED' | 'REJECTED' | 'TRADE' | 'EXPIRED' | 'TRADE_PREVENTION';

export interface ReportDetails {
  readonly execution: ExecutionType;
  readonly executionId: number;
  readonly fill?: Fill;
  /** Why an order expired, in the vendor's numbers of field `eR`. */
  readonly expiryReason?: number;
  /** Client id that an amended order had before. */
  readonly replacedClientOrderId?: string;
  /** Why an order that was acknowledged is none, in the vendor's words of field `r`. */
  readonly rejectReason?: string;
  readonly prevented?: {
    readonly matchId: number;
    /** What the two would have traded. */
    readonly lots: number;
    readonly ticks: number;
    readonly counterOrderId: number;
    readonly counterSymbol: string;
  };
}

/** What the vendor says of accounts that share their self-trade prevention with no other. */
export const NO_TRADE_GROUP = -1;

/** The vendor's `executionReport`, a snapshot of the order at this moment. */
export function executionReport(order: Order, details: ReportDetails): Record<string, unknown> {
  const { spec } = order;
  const { fill, prevented } = details;
  const canceledByRequest = details.execution === 'CANCELED' && order.cancelClientOrderId !== null;
  return {
    e: 'executionReport',
    E: order.updatedAt,
    s: spec.symbol,
    c: canceledByRequest ? order.cancelClientOrderId : order.clientOrderId,
    S: order.side,
    o: order.type,
    f: order.timeInForce,
    q: spec.qtyText(order.lots),
    p: spec.priceText(order.ticks),
    P: '0.00000000',
    F: spec.qtyText(order.sliceLots),
    g: -1,
    C: canceledByRequest ? order.clientOrderId : (details.replacedClientOrderId ?? ''),
    x: details.execution,
    X: details.execution === 'REJECTED' ? 'REJECTED' : order.status,
    r: details.rejectReason ?? 'NONE',
    i: order.id,
    l: spec.qtyText(fill?.lots ?? 0),
    z: spec.qtyText(order.filledLots),
    L: spec.priceText(fill?.ticks ?? 0),
    n: fill ? unitsText(fill.feeUnits) : '0',
    N: fill?.feeAsset ?? null,
    T: order.updatedAt,
    t: fill?.tradeId ?? -1,
    ...(prevented && { v: prevented.matchId }),
    I: details.executionId,
    w: order.isOpen && order.type !== 'MARKET',
    m: fill?.isMaker ?? false,
    M: fill !== undefined,
    O: order.createdAt,
    Z: unitsText(order.quoteFilled),
    Y: unitsText(fill ? spec.notional(fill.ticks, fill.lots) : 0n),
    Q: unitsText(order.quoteOrderUnits),
    ...(order.strategyId !== null && { j: order.strategyId }),
    ...(order.strategyType !== null && { J: order.strategyType }),
    W: order.createdAt,
    V: order.selfTrade,
    ...(prevented && {
      A: spec.qtyText(order.preventedLots),
      B: spec.qtyText(order.preventedLots),
      u: NO_TRADE_GROUP,
      U: prevented.counterOrderId,
      Cs: prevented.counterSymbol,
      pl: spec.qtyText(prevented.lots),
      pL: spec.priceText(prevented.ticks),
      pY: unitsText(spec.notional(prevented.ticks, prevented.lots)),
    }),
    ...(details.expiryReason !== undefined && { eR: details.expiryReason }),
  };
}
