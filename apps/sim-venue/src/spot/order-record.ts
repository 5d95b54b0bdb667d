import type { SymbolSpec } from '../matching/symbol-spec.js';
import type { Account } from './account.js';
import type { PlaceCommand } from './order-sizing.js';
import type { LedgerRecord } from './records.js';

/** The fact that an order was accepted. @param lockUnits what it holds back */
export function orderRecord(
  id: number,
  account: Account,
  { symbol }: SymbolSpec,
  command: PlaceCommand,
  lockUnits: bigint,
  at: number,
): Extract<LedgerRecord, { k: 'order' }> {
  return {
    k: 'order',
    id,
    account: account.id,
    symbol,
    cid: command.clientOrderId,
    side: command.side,
    type: command.type,
    tif: command.timeInForce,
    ticks: command.ticks,
    lots: command.lots,
    ...(command.sliceLots !== undefined && { iceberg: command.sliceLots }),
    quote: command.quoteUnits.toString(),
    stp: command.selfTrade,
    ...(command.strategyId !== undefined && { strategyId: command.strategyId }),
    ...(command.strategyType !== undefined && { strategyType: command.strategyType }),
    lock: lockUnits.toString(),
    at,
    hash: command.requestHash,
  };
}
