import type { Ledger } from './ledger.js';
import type { LedgerRecord } from './records.js';

/** The ledger as the shortest list of records that folds back into it. */
export function dumpLedger(ledger: Ledger): LedgerRecord[] {
  const records: LedgerRecord[] = [];
  for (const account of ledger.accounts.values()) {
    const { id, createdAt: at } = account.customer;
    for (const [asset, amount] of account.deposits)
      records.push({ k: 'deposit', account: id, asset, units: amount.toString(), at });
  }
  for (const order of ledger.orders.values()) {
    records.push({
      k: 'order',
      id: order.id,
      account: order.account.id,
      symbol: order.spec.symbol,
      cid: order.clientOrderId,
      side: order.side,
      type: order.type,
      tif: order.timeInForce,
      ticks: order.ticks,
      lots: order.lots,
      quote: order.quoteOrderUnits.toString(),
      stp: order.selfTrade,
      lock: order.initialLockUnits.toString(),
      at: order.createdAt,
      hash: order.requestHash,
    });
    for (const fill of order.fills)
      records.push({
        k: 'fill',
        order: order.id,
        trade: fill.tradeId,
        ticks: fill.ticks,
        lots: fill.lots,
        maker: fill.isMaker,
        fee: fill.feeUnits.toString(),
        at: fill.at,
      });
    if (!order.isOpen && order.status !== 'FILLED')
      records.push({
        k: 'close',
        order: order.id,
        status: order.status as Extract<LedgerRecord, { k: 'close' }>['status'],
        at: order.updatedAt,
        ...(order.cancelClientOrderId !== null && { cancelId: order.cancelClientOrderId }),
      });
  }
  for (const [symbol, marks] of ledger.ids) records.push({ k: 'ids', symbol, ...marks });
  return records;
}
