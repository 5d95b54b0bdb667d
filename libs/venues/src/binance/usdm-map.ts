import type { z } from 'zod';
import {
  Dec,
  decimal,
  epochMs,
  notional,
  price,
  type EpochMs,
  type Instrument,
  type MarginTier,
  type VenueId,
} from '#domain';
import type { AccountSettings, Balance, FeeSchedule, PlaceAck, PositionView, UserEvent, VenueFill } from '../ports.js';
import * as map from './map.js';
import type * as wire from './usdm-wire-schemas.js';

const SIDES = { BOTH: 'both', LONG: 'long', SHORT: 'short' } as const;

/** A position's price, or none of it: the wire has a zero then. */
function priceOrNull(text: string): PositionView['entryPx'] {
  return new Dec(text).isZero() ? null : price(text);
}

/** An acknowledgement that does not say how the order stands. */
export function bareAck(reply: z.output<typeof wire.placedBody>): PlaceAck {
  return { venueOrderId: map.orderIdOf(reply.orderId), view: null, fills: [] };
}

export function venueFill(trade: z.output<typeof wire.tradesBody>[number]): VenueFill {
  return {
    symbol: trade.symbol,
    clientOrderId: null, // userTrades does not say; the order id does
    venueOrderId: map.orderIdOf(trade.orderId),
    tradeId: map.tradeIdOf(trade.id),
    lastQty: map.executed(trade.qty),
    lastPx: price(trade.price),
    role: trade.maker ? 'maker' : 'taker',
    fee: decimal(trade.commission),
    feeAsset: trade.commissionAsset,
    tradedAt: epochMs(trade.time),
  };
}

/** `locked` is what margins and open orders hold of the wallet; profits not taken may free more than it has. */
export function balances(rows: z.output<typeof wire.balancesBody>): Balance[] {
  return rows.map(({ asset, balance, availableBalance }) => {
    const free = decimal(availableBalance);
    const locked = decimal(balance).sub(free);
    return { asset, free, locked: locked.isNegative() ? new Dec(0) : locked };
  });
}

/** The wire has rates as shares of one; ours are basis points. */
export function feeSchedule(rates: z.output<typeof wire.commissionRateBody>): FeeSchedule {
  return {
    makerBps: decimal(rates.makerCommissionRate).mul(10_000),
    takerBps: decimal(rates.takerCommissionRate).mul(10_000),
  };
}

/** @throws RangeError where nothing has happened yet, which cannot be said of a position that is not flat */
function changedAt(updateTime: number): EpochMs {
  if (updateTime === 0) throw new RangeError('updateTime: must be the time of the position, was 0');
  return epochMs(updateTime);
}

/** Flat positions are left out: the venue lists every symbol. */
export function positions(rows: z.output<typeof wire.positionsBody>): PositionView[] {
  return rows
    .filter(({ positionAmt }) => !decimal(positionAmt).isZero())
    .map((row) => ({
      symbol: row.symbol,
      side: SIDES[row.positionSide],
      qty: decimal(row.positionAmt),
      entryPx: priceOrNull(row.entryPrice),
      markPx: priceOrNull(row.markPrice),
      unrealizedPnl: decimal(row.unRealizedProfit),
      leverage: Number(row.leverage),
      marginType: row.marginType,
      updatedAt: changedAt(row.updateTime),
    }));
}

export function symbolSettings(rows: z.output<typeof wire.symbolConfigBody>): AccountSettings['bySymbol'] {
  return new Map(
    rows.map(({ symbol, leverage, marginType }) => [
      symbol,
      { leverage, marginType: marginType === 'ISOLATED' ? 'isolated' : 'cross' },
    ]),
  );
}

/** Steps by rising notional. */
export function marginTiers(rows: z.output<typeof wire.leverageBracketBody>): Map<string, readonly MarginTier[]> {
  return new Map(
    rows.map(({ symbol, brackets }) => [
      symbol,
      brackets
        .map(({ initialLeverage, notionalCap, maintMarginRatio, cum }) => ({
          notionalCap: new Dec(notionalCap),
          maxLeverage: initialLeverage,
          maintenanceRate: new Dec(maintMarginRatio),
          deduction: new Dec(cum),
        }))
        .sort((a, b) => a.notionalCap.cmp(b.notionalCap)),
    ]),
  );
}

/** What an `ORDER_TRADE_UPDATE` says as our event. */
export function orderEvent(update: z.output<typeof wire.orderTradeUpdate>, receivedAt: EpochMs): UserEvent {
  const { o } = update;
  const view = map.orderView(
    {
      symbol: o.s,
      orderId: o.i,
      clientOrderId: o.c,
      price: o.p,
      origQty: o.q,
      executedQty: o.z,
      // Orders of the venue's own, from liquidations: as good as new.
      status: o.X === 'NEW_INSURANCE' || o.X === 'NEW_ADL' ? 'NEW' : o.X,
      side: o.S,
    },
    o.T,
  );
  const avgPx = priceOrNull(o.ap);
  const order = avgPx === null ? view : { ...view, avgPx };
  const isFill = (o.x === 'TRADE' || o.x === 'CALCULATED') && !new Dec(o.l).isZero();
  const fill: VenueFill | null = isFill
    ? {
        symbol: o.s,
        clientOrderId: order.clientOrderId,
        venueOrderId: order.venueOrderId,
        tradeId: map.tradeIdOf(o.t),
        lastQty: map.executed(o.l),
        lastPx: price(o.L),
        role: o.m ? 'maker' : 'taker',
        fee: decimal(o.n ?? '0'),
        feeAsset: o.N ?? '',
        tradedAt: epochMs(o.T),
      }
    : null;
  return {
    kind: 'order',
    // The wire numbers no executions; an amendment changes quantity or price at its instant.
    executionId: `${o.i}.${o.x}.${o.t}.${o.T}.${o.z}`,
    order,
    rejectReason: o.er === undefined || o.er === null || String(o.er) === '0' ? '' : String(o.er),
    fill,
    venueAt: epochMs(update.E),
    receivedAt,
  };
}

/** The positions of an `ACCOUNT_UPDATE`, flat ones too: they have just been closed. */
export function positionEvents({ a, T }: z.output<typeof wire.accountUpdate>): UserEvent[] {
  return a.P.map((row) => ({
    kind: 'position',
    symbol: row.s,
    side: SIDES[row.ps],
    qty: decimal(row.pa),
    entryPx: priceOrNull(row.ep),
    markPx: null,
    unrealizedPnl: decimal(row.up),
    leverage: null,
    marginType: row.mt,
    updatedAt: epochMs(T),
  }));
}

/**
 * The balances of an `ACCOUNT_UPDATE`. It tells wallets, not what is free of them: what was locked at the last look is
 * taken off. Assets that were never looked at are left out.
 */
export function balanceEvents(
  { a, E }: z.output<typeof wire.accountUpdate>,
  lockedOf: (asset: string) => Balance['locked'] | undefined,
): UserEvent[] {
  const balances = a.B.flatMap(({ a: asset, wb }): Balance[] => {
    const locked = lockedOf(asset);
    if (locked === undefined) return [];
    const free = decimal(wb).sub(locked);
    return [{ asset, free: free.isNegative() ? new Dec(0) : free, locked }];
  });
  return balances.length === 0 ? [] : [{ kind: 'balances', balances, venueAt: epochMs(E) }];
}

/** Perpetual contracts that are margined in what they are quoted in, where the filters give every step we need. */
export function instruments(venue: VenueId, { symbols }: z.output<typeof wire.exchangeInfoBody>): Instrument[] {
  return symbols.flatMap((entry) => {
    if (entry.contractType !== 'PERPETUAL' || entry.marginAsset !== entry.quoteAsset) return [];
    const filter = (type: string) => entry.filters.find((candidate) => candidate.filterType === type);
    const steps = map.stepsOf(filter('PRICE_FILTER')?.tickSize, filter('LOT_SIZE'));
    if (steps === null) return [];
    return [
      {
        venue,
        symbol: entry.symbol,
        pair: `${entry.baseAsset}:PERP-${entry.quoteAsset}`,
        marketType: 'perp',
        base: entry.baseAsset,
        quote: entry.quoteAsset,
        ...steps,
        minNotional: notional(filter('MIN_NOTIONAL')?.notional ?? '0'),
        status: entry.status === 'TRADING' ? 'trading' : 'halted',
      } satisfies Instrument,
    ];
  });
}
