import type { Fill, Order } from './account.js';
import type { Ledger } from './ledger.js';
import type { LedgerRecord } from './records.js';

/** A record with its place among all facts of the ledger. */
export type Placed = readonly [seq: number, record: LedgerRecord];

/** The ledger as the shortest list of records that folds back into it: money first, then what happened, in order. */
export function dumpLedger(ledger: Ledger): LedgerRecord[] {
  const records: LedgerRecord[] = [];
  const placed: Placed[] = [];
  for (const account of ledger.accounts.values()) {
    const { id, createdAt: at } = account.customer;
    for (const [asset, amount] of account.deposits)
      records.push({ k: 'deposit', account: id, asset, units: amount.toString(), at });
  }
  for (const order of ledger.orders.values()) placed.push(...dumpOrder(order, order.fills));
  placed.sort(([a], [b]) => a - b);
  for (const [, record] of placed) records.push(record);
  return [...records, ...dumpMarks(ledger)];
}

/** Which ids are used up. */
export function dumpMarks(ledger: Ledger): LedgerRecord[] {
  return [...ledger.ids].map(([symbol, marks]): LedgerRecord => ({ k: 'ids', symbol, ...marks }));
}

/** One order from its first record to its last, with those of its standing fills that are given. */
export function dumpOrder(order: Order, fills: readonly Fill[]): Placed[] {
  const placed: Placed[] = [[order.seq, orderRecord(order)]];
  for (const fill of fills) placed.push([fill.seq, fillRecord(order, fill)]);
  for (const { fill, at, seq } of order.busted) {
    placed.push([fill.seq, fillRecord(order, fill)]);
    placed.push([seq, { k: 'bust', order: order.id, trade: fill.tradeId, at }]);
  }
  for (const { executionId: exec, toLots: lots, toClientOrderId: cid, at, seq } of order.amendments)
    placed.push([seq, { k: 'amend', order: order.id, lots, cid, exec, at }]);
  for (const match of order.preventedMatches)
    if (match.takerOrderId === order.id)
      placed.push([
        match.seq,
        {
          k: 'prevented',
          id: match.id,
          maker: match.makerOrderId,
          taker: match.takerOrderId,
          stp: match.mode,
          ticks: match.ticks,
          ...(match.makerLots !== null && { makerLots: match.makerLots }),
          ...(match.takerLots !== null && { takerLots: match.takerLots }),
          at: match.at,
        },
      ]);
  // An order without anything left was closed by its trades, or by the loss of one.
  if (!order.isOpen && order.tradedLots < order.lots)
    placed.push([
      order.closedSeq,
      {
        k: 'close',
        order: order.id,
        status: order.status as Extract<LedgerRecord, { k: 'close' }>['status'],
        at: order.updatedAt,
        ...(order.cancelClientOrderId !== null && { cancelId: order.cancelClientOrderId }),
      },
    ]);
  return placed;
}

function fillRecord(order: Order, fill: Fill): LedgerRecord {
  return {
    k: 'fill',
    order: order.id,
    trade: fill.tradeId,
    ticks: fill.ticks,
    lots: fill.lots,
    maker: fill.isMaker,
    fee: fill.feeUnits.toString(),
    at: fill.at,
    ...(fill.isOver && { over: true as const }),
  };
}

function orderRecord(order: Order): LedgerRecord {
  const [first] = order.amendments;
  return {
    k: 'order',
    id: order.id,
    account: order.account.id,
    symbol: order.spec.symbol,
    cid: first?.fromClientOrderId ?? order.clientOrderId,
    side: order.side,
    type: order.type,
    tif: order.timeInForce,
    ticks: order.ticks,
    lots: first?.fromLots ?? order.lots,
    ...(order.sliceLots > 0 && { iceberg: order.sliceLots }),
    quote: order.quoteOrderUnits.toString(),
    stp: order.selfTrade,
    ...(order.strategyId !== null && { strategyId: order.strategyId }),
    ...(order.strategyType !== null && { strategyType: order.strategyType }),
    lock: order.initialLockUnits.toString(),
    at: order.createdAt,
    hash: order.requestHash,
  };
}
