import type { FuturesAccount, SymbolSettings, FuturesFill, FuturesOrder } from './ledger/futures-account.js';
import { MARGIN_ASSET } from './ledger/futures-ledger.js';
import { maintenanceMargin } from './ledger/brackets.js';
import { abs } from './ledger/exact.js';
import type { MarkOf } from './ledger/margin.js';
import type { Position } from './ledger/position.js';
import { atLeast, averageText, entryPriceUnits, moneyText, priceText, qtyText } from './texts.js';

type Event = Record<string, unknown>;

export type FuturesExecution = 'NEW' | 'TRADE' | 'CALCULATED' | 'CANCELED' | 'EXPIRED' | 'AMENDMENT';

/** The vendor's `ORDER_TRADE_UPDATE`, a snapshot of the order at this moment. */
export function orderTradeUpdate(
  order: FuturesOrder,
  execution: FuturesExecution,
  at: number,
  fill?: FuturesFill,
): Event {
  const { spec, account } = order;
  const position = account.position(spec, order.positionSide);
  return {
    e: 'ORDER_TRADE_UPDATE',
    E: at,
    T: order.updatedAt,
    o: {
      s: spec.symbol,
      c: order.clientOrderId,
      S: order.side,
      o: order.liquidation ? 'LIQUIDATION' : order.type,
      f: order.timeInForce,
      q: qtyText(spec, order.lots),
      p: priceText(spec, order.ticks),
      ap: averageText(order),
      sp: '0',
      x: execution,
      X: order.status,
      i: order.id,
      l: qtyText(spec, fill?.lots ?? 0),
      z: qtyText(spec, order.filledLots),
      L: priceText(spec, fill?.ticks ?? 0),
      ...(fill && { N: MARGIN_ASSET }),
      n: fill ? moneyText(fill.feeUnits) : '0',
      T: order.updatedAt,
      t: fill?.tradeId ?? 0,
      b: moneyText(position.bidUnits),
      a: moneyText(position.askUnits),
      m: fill?.isMaker ?? false,
      R: order.reduceOnly,
      wt: 'CONTRACT_PRICE',
      ot: order.liquidation ? 'LIQUIDATION' : order.type,
      ps: order.positionSide,
      cp: false,
      rp: moneyText(fill?.realisedUnits ?? 0n),
      pP: false,
      si: 0,
      ss: 0,
      V: order.selfTrade,
      pm: 'NONE',
      gtd: order.goodTill,
      er: '0',
    },
  };
}

/** The vendor's `TRADE_LITE`: the fill alone, ahead of everything else. */
export function tradeLite(order: FuturesOrder, fill: FuturesFill, at: number): Event {
  const { spec } = order;
  return {
    e: 'TRADE_LITE',
    E: at,
    T: fill.at,
    s: spec.symbol,
    q: qtyText(spec, order.lots),
    p: priceText(spec, order.ticks),
    m: fill.isMaker,
    c: order.clientOrderId,
    S: order.side,
    L: priceText(spec, fill.ticks),
    l: qtyText(spec, fill.lots),
    t: fill.tradeId,
    i: order.id,
  };
}

/** Why balances or positions changed, in the vendor's words. */
export type AccountUpdateReason =
  'ORDER' | 'FUNDING_FEE' | 'DEPOSIT' | 'WITHDRAW' | 'MARGIN_TRANSFER' | 'INSURANCE_CLEAR' | 'ADJUSTMENT';

/**
 * The vendor's `ACCOUNT_UPDATE`.
 *
 * @param changeUnits balance change that is neither profit nor commission
 */
export function accountUpdate(
  account: FuturesAccount,
  reason: AccountUpdateReason,
  positions: readonly Position[],
  changeUnits: bigint,
  markOf: MarkOf,
  at: number,
): Event {
  return {
    e: 'ACCOUNT_UPDATE',
    E: at,
    T: account.updatedAt,
    a: {
      m: reason,
      B: [
        {
          a: MARGIN_ASSET,
          wb: moneyText(account.totalUnits),
          cw: moneyText(account.walletUnits),
          bc: moneyText(changeUnits),
        },
      ],
      P: positions.map((position) => ({
        s: position.spec.symbol,
        pa: qtyText(position.spec, position.lots),
        ep: atLeast(entryPriceUnits(position), 5),
        cr: moneyText(position.realisedUnits),
        up: moneyText(position.unrealisedAt(markOf(position.spec.symbol))),
        mt: account.isIsolated(position) ? 'isolated' : 'cross',
        iw: moneyText(position.isolatedUnits),
        ps: position.side,
        ma: MARGIN_ASSET,
        bep: atLeast(entryPriceUnits(position), 5),
      })),
    },
  };
}

export function leverageUpdate(symbol: string, { leverage }: SymbolSettings, at: number): Event {
  return { e: 'ACCOUNT_CONFIG_UPDATE', E: at, T: at, ac: { s: symbol, l: leverage } };
}

/** The vendor's `MARGIN_CALL`: these positions are close to liquidation. */
export function marginCall(
  account: FuturesAccount,
  positions: readonly Position[],
  crossed: boolean,
  markOf: MarkOf,
  at: number,
): Event {
  return {
    e: 'MARGIN_CALL',
    E: at,
    ...(crossed && { cw: moneyText(account.walletUnits) }),
    p: positions.map((position) => {
      const mark = markOf(position.spec.symbol);
      return {
        s: position.spec.symbol,
        ps: position.side,
        pa: qtyText(position.spec, position.lots),
        mt: crossed ? 'CROSSED' : 'ISOLATED',
        iw: moneyText(position.isolatedUnits),
        mp: moneyText(mark),
        up: moneyText(position.unrealisedAt(mark)),
        mm: moneyText(maintenanceMargin(abs(position.valueAt(mark)))),
      };
    }),
  };
}
